"""What flows into a column while SQL is traced, and how two ways join into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from featsql.ir.lineage import ROWS, How, RowInput, Step

_RANK: Final[Mapping[How, int]] = {"condition": 0, "copy": 1, "expression": 2, "aggregate": 3}


@dataclass(frozen=True, slots=True)
class Flow:
    how: How
    steps: tuple[Step, ...] = ()


Flows = Mapping[tuple[str, str], Flow]
"""By (marker, column), in the order of mention."""

Columns = Sequence[tuple[str, Flows]]


def merged(*ways: Flows) -> Flows:
    """All of them; of two ways from one column the stronger one tells how, and the steps of both are kept."""
    if len(ways) == 1:
        return ways[0]
    found: dict[tuple[str, str], Flow] = {}
    for flows in ways:
        for at, flow in flows.items():
            known = found.get(at)
            if known is None:
                found[at] = flow
            elif known != flow:
                how = max(known.how, flow.how, key=_RANK.__getitem__)
                found[at] = Flow(how, tuple(dict.fromkeys((*known.steps, *flow.steps))))
    return found


def composed(flows: Flows, how: How) -> Flows:
    """The same columns, taking part by `how` in something else."""
    if how == "copy":
        return flows
    return {at: Flow(_after(flow.how, how), flow.steps) for at, flow in flows.items()}


def _after(inner: How, outer: How) -> How:
    return "condition" if "condition" in (inner, outer) else max(inner, outer, key=_RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Made:
    """What a query has: known columns in order; `open` are markers whose other columns stand here under their own names;
    `others` is what any other name is made of; `rows` the markers that its rows come from; `deciding` what chooses them."""

    columns: tuple[tuple[str, Flows], ...] = ()
    open: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    deciding: tuple[RowInput, ...] = ()
    others: Flows = field(default_factory=dict)

    @property
    def reach(self) -> tuple[dict[tuple[str, str], How], ...]:
        """What each column is made of, and how."""
        return tuple({at: flow.how for at, flow in flows.items()} for _, flows in self.columns)

    def find(self, name: str) -> Flows | None:
        """A known column of that name."""
        return next((flows for column, flows in self.columns if column.lower() == name.lower()), None)

    def guess(self, name: str) -> Flows | None:
        """What a name that is not known may be; None when every column is known."""
        if not self.open and not self.others:
            return None
        return merged({(marker, name): Flow("copy") for marker in self.open}, self.others)

    def renamed(self, names: Sequence[str]) -> Made:
        columns = tuple((names[i] if i < len(names) else name, flows) for i, (name, flows) in enumerate(self.columns))
        extra = tuple((name, {(marker, ROWS): Flow("expression") for marker in self.open}) for name in names[len(columns) :])
        return replace(self, columns=columns + (extra if self.open else ()))

    def united(self, other: Made, by_name: bool) -> Made:
        """Rows of both, columns matched by place, or by name."""
        if by_name or self.open or other.open:
            names = dict.fromkeys((*(n for n, _ in self.columns), *(n for n, _ in other.columns if other.find(n) is not None)))
            columns = {n.lower(): (n, merged(self.find(n) or {}, other.find(n) or {})) for n in reversed(names)}
            matched = tuple(reversed(columns.values()))
        else:
            places = {i: flows for i, (_, flows) in enumerate(other.columns)}
            matched = tuple((name, merged(flows, places.get(i, {}))) for i, (name, flows) in enumerate(self.columns))
        return Made(
            matched,
            tuple(dict.fromkeys((*self.open, *other.open))),
            tuple(dict.fromkeys((*self.rows, *other.rows))),
            tuple(dict.fromkeys((*self.deciding, *other.deciding))),
            merged(self.others, other.others),
        )


@dataclass(frozen=True, slots=True)
class Relation:
    """One entry of a FROM. The columns of a hidden one (SEMI, ANTI) have no names in the SELECT."""

    alias: str
    made: Made
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """`using` are columns that a join has merged; `windows` those that the SELECT names."""

    relations: tuple[Relation, ...]
    using: Mapping[str, Flows] = field(default_factory=dict)
    aliases: Mapping[str, Flows] = field(default_factory=dict)
    windows: Mapping[str, Any] = field(default_factory=dict)
    outer: Scope | None = None

    def find(self, name: str, table: str) -> Flows | None:
        """What `name`, or `table.name`, stands for; None when it is no column here or further out."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._here(name, table)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def _here(self, name: str, table: str) -> Flows | None:
        if table:
            relation = next((r for r in self.relations if r.alias.lower() == table.lower()), None)
            if relation is None:
                return None
            found = relation.made.find(name)
            return found if found is not None else relation.made.guess(name)
        if name.lower() in self.using:
            return self.using[name.lower()]
        matches = [found for r in self.relations if (found := r.made.find(name)) is not None]
        if matches:
            return matches[0]
        if name.lower() in self.aliases:
            return self.aliases[name.lower()]
        if any(r.alias.lower() == name.lower() for r in self.relations):
            return None
        guesses = [found for r in self.relations if (found := r.made.guess(name)) is not None]
        return merged(*guesses) if guesses else None

    def rows(self, table: str) -> Flows:
        """The rows of one relation, or of all."""
        found = [r for r in self.relations if not table or r.alias.lower() == table.lower()]
        return {(marker, ROWS): Flow("copy") for relation in found for marker in relation.made.rows}
