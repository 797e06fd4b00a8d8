"""How a project differs from what it was: node by node, and value by value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from featsql.ir.testing import Sample

Standing = Literal["new", "gone", "meaning", "rows", "downstream", "text"]
"""`meaning`: what is written of it decides other rows. `rows`: its table in another target has other rows or columns.
`downstream`: it reads something that has another meaning. `text`: nothing but words."""


@dataclass(frozen=True, slots=True)
class ColumnChange:
    """One column over all rows that are in both. `psi` of numbers alone: how far their distribution moved."""

    name: str
    changed: int
    nulls_before: float
    nulls_now: float
    psi: float | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """Rows of both sides by their identity; `sample` shows some values that are not the same."""

    rows_before: int
    rows_now: int
    rows_in_both: int
    columns: tuple[ColumnChange, ...] = ()
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class NodeChange:
    id: str
    name: str
    kind: str
    standing: Standing
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    """Column, type before, type now."""
    values: Values | None = None
    unknown: str = ""
    """Why values were not compared."""


@dataclass(frozen=True, slots=True)
class Changes:
    against: str
    nodes: tuple[NodeChange, ...] = field(default=())

    def of(self, *standings: Standing) -> tuple[NodeChange, ...]:
        return tuple(node for node in self.nodes if node.standing in standings)
