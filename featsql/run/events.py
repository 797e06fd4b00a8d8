"""What a run tells while it goes on; the command line shows it, a library may ignore it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from featsql.base.diagnostics import Diagnostic
from featsql.ir.query import NodeResult, RunResult


@dataclass(frozen=True, slots=True)
class RunStarted:
    """`command` is the verb; `warehouse` names the target for people (`DuckDB 2.0.0, target/flights.duckdb`)."""

    command: str
    run_id: str
    total: int
    target: str
    warehouse: str


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
class Published:
    """Every relation that was built is visible now."""

    relations: int


@dataclass(frozen=True, slots=True)
class Warned:
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    result: RunResult


Event = RunStarted | NodeStarted | NodeFinished | Published | Warned | RunFinished
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """The listener of those who do not ask."""
