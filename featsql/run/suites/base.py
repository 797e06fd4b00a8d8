"""What every sort of test is to the runner: a suite that collects tests and runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from featsql.compile import Compiler, RenderedProject
from featsql.engines.base import Engine
from featsql.ir.model import TemplateContext
from featsql.ir.query import CreateTable
from featsql.ir.testing import Test, TestResult


@dataclass(frozen=True, slots=True)
class Bench:
    """What tests are run with. `compiler` is the target's, with its columns; its `inputs.as_of_us` is now, as `--as-of` has it.

    `engine` opens the target when a suite first asks for it, and gives the same connection each time; while a run goes on
    it sees what the run has built (`Engine.query`).
    """

    compiler: Compiler
    project: RenderedProject
    context: TemplateContext
    engine: Callable[[], Engine]
    keep: Callable[[CreateTable], None] | None = None
    """Makes a table of failing rows, visible when all tests are done; None where nothing can be written."""
    store_all: bool = False
    """Keep the failing rows of every test, not only of those that say `store_failures`."""
    memory: MutableMapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What tests remember of the time when they passed last, by test id; what is written here is kept."""
    building: bool = False
    """Are the tested relations those that a run has just built, from one state of their inputs?"""


def nothing_open() -> Engine:
    """The engine of those who need none."""
    raise AssertionError("a suite that is `offline` asked for the target")


@dataclass(frozen=True, slots=True)
class Suite:
    """One sort of tests. `collect` reads nothing but the graph and files; `run` gives a result for each test, as they come.

    `run` never raises for what is wrong with data or SQL: that is a result with status `error`. It lets
    `KeyboardInterrupt` through. `when` says what a build does:

    - `offline`: needs no warehouse, it judges SQL on rows of its own; a build runs it before anything else;
    - `built`: judges what a node leaves; a build runs a node's tests when it has built it, and publishes it if they pass;
    - `asked`: by `featsql test` alone;
    - `named`: by those who name it.
    """

    name: str
    collect: Callable[[Bench, Sequence[str]], tuple[Test, ...]]
    """(bench, ids of the selected nodes) -> tests."""
    run: Callable[[Bench, Sequence[Test]], Iterator[TestResult]]
    when: Literal["offline", "built", "asked", "named"] = "built"
