"""Where columns come from: inside one model's SQL (`Traced`), and through the whole project (`Lineage`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from featsql.base.spans import Span

How = Literal["copy", "expression", "aggregate", "condition"]
"""What a column is to one that is made of it: the value itself, a part of an expression, something that is aggregated, or
something that decides which of the values are taken (the `filter` or the order of a window, the `where` of a subquery)."""

Role = Literal["filter", "join", "group", "order", "key", "time"]
"""Why a column decides which rows there are: `key` and `time` are those of a feature view or training set."""

ROWS: Final = "*"
"""In the place of a column's name: the rows themselves (`count(*)`), or columns that nobody knows by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One expression on the way: `expression` as written, `of` the CTE, subquery or model whose `column` it makes."""

    of: str
    column: str
    expression: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Input:
    """A column of something that a model reads. `relation` is a marker (`ref:orders`, `source:shop.orders`, `table:x`);
    `steps` are the expressions that it went through, the last one first."""

    relation: str
    column: str
    how: How
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class RowInput:
    """A column that decides which rows a model has. `span` is the clause's."""

    relation: str
    column: str
    role: Role
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TracedColumn:
    name: str
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """One model's columns. `passes`: what it passes on whole, under names that are not known (a star over the unknown).

    `beside` are the columns that were asked for besides those of the SELECT list, in the order asked.
    """

    columns: tuple[TracedColumn, ...]
    rows: tuple[RowInput, ...] = ()
    passes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    """The relations that its rows come from."""
    beside: tuple[TracedColumn, ...] = ()

    def find(self, name: str) -> TracedColumn | None:
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, order=True)
class ColumnId:
    """A column of a node of the graph, or its rows (`*`). A table that no node stands for is its own name's node."""

    node: str
    column: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` goes into `target`."""

    source: ColumnId
    target: ColumnId
    how: How
    steps: tuple[Step, ...] = ()

    @property
    def expression(self) -> str:
        """What the model's own SELECT says, as written."""
        return self.steps[0].expression if self.steps else ""


@dataclass(frozen=True, slots=True)
class RowEdge:
    """`source` decides which rows `target` has."""

    source: ColumnId
    target: str
    role: Role
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Lineage:
    """All edges of a project, those of a node together, nodes in the order of the graph."""

    columns: Mapping[str, tuple[str, ...]]
    """By node id: its columns, as far as they are known or asked for by others."""
    edges: tuple[Edge, ...]
    rows: tuple[RowEdge, ...]

    @cached_property
    def _into(self) -> dict[ColumnId, list[Edge]]:
        found: dict[ColumnId, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.target, []).append(edge)
        return found

    @cached_property
    def _out_of(self) -> dict[ColumnId, list[Edge]]:
        found: dict[ColumnId, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge)
        return found

    def inputs(self, column: ColumnId) -> tuple[Edge, ...]:
        """The edges into a column."""
        return tuple(self._into.get(column, ()))

    def uses(self, column: ColumnId) -> tuple[Edge, ...]:
        """The edges out of a column."""
        return tuple(self._out_of.get(column, ()))

    def upstream(self, column: ColumnId) -> tuple[Edge, ...]:
        """Every edge on a way into `column`, the nearest first."""
        return _walk(column, self._into, lambda edge: edge.source)

    def downstream(self, column: ColumnId) -> tuple[Edge, ...]:
        """Every edge on a way out of `column`, the nearest first."""
        return _walk(column, self._out_of, lambda edge: edge.target)

    def origins(self, column: ColumnId) -> tuple[ColumnId, ...]:
        """The columns at the far end: those of sources, seeds and tables that nothing here makes."""
        edges = self.upstream(column)
        return tuple(dict.fromkeys(edge.source for edge in edges if edge.source not in self._into))


def _walk(start: ColumnId, edges: Mapping[ColumnId, list[Edge]], other: Callable[[Edge], ColumnId]) -> tuple[Edge, ...]:
    found: list[Edge] = []
    seen = {start}
    waiting = [start]
    for column in waiting:
        for edge in edges.get(column, ()):
            found.append(edge)
            if other(edge) not in seen:
                seen.add(other(edge))
                waiting.append(other(edge))
    return tuple(found)
