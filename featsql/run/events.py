"""What a run tells while it goes on; the command line shows it, a library may ignore it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from featsql.base.diagnostics import Diagnostic
from featsql.ir.query import NodeResult, RunResult
from featsql.ir.testing import TestResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`command` is the verb; `warehouse` names the target for people (`DuckDB 2.0.0, target/flights.duckdb`)."""

    command: str
    run_id: str
    total: int
    target: str
    warehouse: str
    unit: str = "node"
    """What `total` counts: nodes or tests."""


@dataclass(frozen=True, slots=True)
class NodeStarted:
    """`index` counts from 1; `label` says what is made, such as `table main.churn`."""

    index: int
    total: int
    name: str
    label: str


@dataclass(frozen=True, slots=True)
class NodeFinished:
    index: int
    total: int
    label: str
    result: NodeResult


@dataclass(frozen=True, slots=True)
class TestFinished:
    """`index` counts from 1; while nodes are built, tests are not counted: both are 0."""

    __test__ = False

    index: int
    total: int
    result: TestResult


@dataclass(frozen=True, slots=True)
class Published:
    """Every relation that was built is visible now."""

    relations: int


@dataclass(frozen=True, slots=True)
class ChunkPublished:
    """One of `total` parts of a long time; `end` is up to where it reaches, `left` the seconds that the rest may take."""

    index: int
    total: int
    end: str
    left: float


@dataclass(frozen=True, slots=True)
class Warned:
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    result: RunResult


Event = RunStarted | NodeStarted | NodeFinished | TestFinished | Published | ChunkPublished | Warned | RunFinished
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """The listener of those who do not ask."""
