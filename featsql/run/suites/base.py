"""What every sort of test is to the runner: a suite that collects tests and runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from featsql.compile import Compiler, RenderedProject
from featsql.engines.base import Engine
from featsql.ir.model import TemplateContext
from featsql.ir.testing import Test, TestResult


@dataclass(frozen=True, slots=True)
class Bench:
    """What tests are run with. `compiler` is the target's, with its columns; its `inputs.as_of_us` is the t of online tables.

    `engine` opens the target when a suite first asks for it, and gives the same connection each time; while a run goes on
    it sees what the run has built (`Engine.query`). `store` says whether failing rows are to be kept as tables.
    """

    compiler: Compiler
    project: RenderedProject
    context: TemplateContext
    engine: Callable[[], Engine]
    store: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """One sort of tests. `collect` reads nothing but the graph; `run` gives a result for each test, in any order, as they come.

    `run` never raises for what is wrong with data or SQL: that is a result with status `error`. It lets
    `KeyboardInterrupt` through. `before_build`: it judges SQL, not data, so a build runs it before anything is built;
    other suites run on a node's relations once they are built, before they are published.
    """

    name: str
    collect: Callable[[Bench, Sequence[str]], tuple[Test, ...]]
    """(bench, ids of the selected nodes) -> tests."""
    run: Callable[[Bench, Sequence[Test]], Iterator[TestResult]]
    before_build: bool = False
