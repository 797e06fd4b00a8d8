"""What the columns of a model can reach: traced through CTEs, subqueries, joins, groups and window functions.

Not a check of names: a column that cannot be found reaches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp

from featsql.base.spans import Span
from featsql.base.sqltypes import base_name, is_time
from featsql.front.clauses import (
    DAY_US,
    adds_a_length,
    gives_time,
    has_aggregate,
    is_named_window,
    looks_like_time,
    reads_the_clock,
    sees_later_rows,
    unit_of,
)
from featsql.front.sql import Source, extent
from featsql.ir.model import MARKER, Column, Parsed
from featsql.ir.reach import ROWS, Hazard, HazardKind, ModelReach, Place, Reach

_Columns = Mapping[str, Reach]
_Ctes = Mapping[str, _Columns | None]
"""By name in lower case; None where the columns are not known."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """One entry of a FROM. `marker` is set for what the model reads; `columns` None: any name may be one."""

    alias: str
    columns: Mapping[str, Reach] | None
    marker: str = ""

    def find(self, name: str) -> Reach | None:
        if self.columns is not None:
            return self.columns.get(name.lower())
        if not self.marker:
            return None
        return Reach(frozenset({(self.marker, name.lower())}), is_plain=True, is_time=looks_like_time(name))


@dataclass(slots=True)
class _Scope:
    relations: list[_Relation] = field(default_factory=list)
    outer: _Scope | None = None
    aliases: dict[str, Reach] = field(default_factory=dict)

    def find(self, name: str, table: str) -> Reach | None:
        relations = [r for r in self.relations if not table or r.alias.lower() == table.lower()]
        known = [found for r in relations if r.columns is not None and (found := r.find(name))]
        if not known and len(relations) == 1:
            known = [found for r in relations if (found := r.find(name))]
        if known:
            return known[0]
        if not table and name.lower() in self.aliases:
            return self.aliases[name.lower()]
        return self.outer.find(name, table) if self.outer else None


def as_read(marker: str, columns: Iterable[Column]) -> Mapping[str, Reach]:
    """The columns of what a model reads, by name in lower case."""
    return {
        c.name.lower(): Reach(
            frozenset({(marker, c.name.lower())}),
            unit_us=DAY_US if c.type and base_name(c.type) == "DATE" else 0,
            is_time=is_time(c.type) if c.type else looks_like_time(c.name),
            is_plain=True,
        )
        for c in columns
    }


def reach_of(parsed: Parsed, inputs: Mapping[str, Mapping[str, Reach]], named: Iterable[str] = ()) -> ModelReach:
    """The model's columns. `inputs`, `as_read`, by marker; `named`: columns of the outer FROM that are wanted too."""
    source = parsed.tree
    assert isinstance(source, Source)
    walker = _Walker(source, inputs)
    columns = walker.query(source.tree, {}, None)
    top = walker.top
    found = {name.lower(): reach for name in named if top and (reach := top.find(name, ""))}
    return ModelReach(columns or {}, found)


@dataclass(slots=True)
class _Walker:
    source: Source
    inputs: Mapping[str, Mapping[str, Reach]]
    top: _Scope | None = None
    """The scope of the outermost SELECT, once it is left."""
    places: dict[int, tuple[Place, Span | None]] = field(default_factory=dict)
    """Of SELECTs, by `id`: each is asked for again and again, and found by a walk over all of it."""

    def query(self, query: exp.Expr, ctes: _Ctes, outer: _Scope | None) -> Mapping[str, Reach] | None:
        ctes = self._with(query, ctes, outer)
        match query:
            case exp.Select():
                return self._select(query, ctes, outer)
            case exp.SetOperation():
                left, right = self.query(query.left, ctes, outer), self.query(query.right, ctes, outer)
                if left is None or right is None:
                    return left if right is None else right
                pairs = zip(left.items(), right.values(), strict=False)
                return {name: replace(_merged((a, b)), is_plain=a.is_plain and b.is_plain) for (name, a), b in pairs}
            case exp.Subquery():
                return self.query(query.this, ctes, outer)
        return None

    def _with(self, query: exp.Expr, ctes: _Ctes, outer: _Scope | None) -> _Ctes:
        clause = query.args.get("with_") or query.args.get("with")
        known = dict(ctes)
        for cte in clause.expressions if clause else ():
            known[cte.alias.lower()] = _renamed(self.query(cte.this, known, outer), cte.args.get("alias"))
        return known

    def _select(self, select: exp.Select, ctes: _Ctes, outer: _Scope | None) -> Mapping[str, Reach]:
        scope = _Scope(self._from(select, ctes, outer), outer)
        self.top = scope
        group = self._group(select, scope, ctes)
        rows = self._row_hazards(select, scope, ctes, group)
        columns: dict[str, Reach] = {}
        for projection in select.expressions:
            for name, reach in self._projected(projection, scope, ctes, group):
                known = replace(reach, hazards=reach.hazards | rows) if rows else reach
                columns.setdefault(name, known)
                scope.aliases.setdefault(name, reach)
        self.top = scope
        return {**columns, ROWS: Reach(hazards=rows)}

    # --- FROM

    def _from(self, select: exp.Select, ctes: _Ctes, outer: _Scope | None) -> list[_Relation]:
        first = select.args.get("from_") or select.args.get("from")
        relations = [self._relation(first.this, ctes, outer)] if first is not None else []
        joins = [*select.args.get("joins", ()), *select.args.get("laterals", ())]
        relations += [
            self._relation(j.this if isinstance(j, exp.Join) else j, ctes, _Scope(list(relations), outer)) for j in joins
        ]
        if len(relations) < 2:
            return relations
        timed = self._timed(select, relations)
        place, span = self._place(select)
        return [_compared(r) if r.alias.lower() in timed else _joined(r, place, span) for r in relations]

    def _timed(self, select: exp.Select, relations: list[_Relation]) -> set[str]:
        """Aliases of relations of which a time is compared in the conditions of this SELECT, but for equality."""
        scope = _Scope(relations)
        found: set[str] = set()
        for condition in (*(j.args.get("on") for j in select.args.get("joins", ())), select.args.get("where")):
            for node in condition.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between) if condition else ():
                for column in node.find_all(exp.Column):
                    reach = scope.find(column.name, _table(column))
                    if reach and reach.is_time:
                        table = _table(column).lower()
                        found |= {r.alias.lower() for r in relations if table in ("", r.alias.lower()) and r.find(column.name)}
        return found

    def _relation(self, table: exp.Expr, ctes: _Ctes, outer: _Scope | None) -> _Relation:
        alias = table.args.get("alias")
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            name = table.this.name
            if MARKER.fullmatch(f'"{name}"'):
                logical = name.rpartition(".")[2].rpartition(":")[2]
                return _Relation(table.alias or logical, _renamed(self.inputs.get(name), alias), name)
            if not table.db and name.lower() in ctes:
                return _Relation(table.alias or name, _renamed(ctes[name.lower()], alias))
            return _Relation(table.alias or name, None)
        if isinstance(table, exp.Subquery | exp.Lateral) and table.this.find(exp.Select):
            inner = table.this if isinstance(table, exp.Lateral) else table
            return _Relation(table.alias, _renamed(self.query(inner, ctes, outer), alias))
        return _Relation(table.args["alias"].name if alias else "", None)

    # --- SELECT list, WHERE, GROUP BY

    def _row_hazards(self, select: exp.Select, scope: _Scope, ctes: _Ctes, group: Hazard | None) -> frozenset[Hazard]:
        """Of everything that decides which rows there are."""
        conditions = [select.args.get(key) for key in ("where", "having", "qualify")]
        conditions += [join.args.get("on") for join in select.args.get("joins", ())]
        reaches = [self._expression(condition, scope, ctes, select) for condition in conditions if condition is not None]
        hazards = {hazard for reach in reaches for hazard in reach.hazards if hazard.kind in ("clock", "later_rows")}
        for relation in scope.relations:
            hazards |= (relation.columns or {}).get(ROWS, _MADE_OF_NOTHING).hazards
        for condition in (c for c in conditions if c is not None):
            for inner in condition.find_all(exp.Select):
                hazards |= self._other_rows(inner, scope, ctes)
        if group and select.args.get("having"):
            hazards.add(group)
        return frozenset(hazards)

    def _other_rows(self, select: exp.Select, scope: _Scope, ctes: _Ctes) -> set[Hazard]:
        """Of `exists (SELECT)`, `x in (SELECT)`: the groups behind it, and its tables if it compares no times."""
        columns = self.query(select, ctes, scope) or {}
        hazards = {hazard for reach in columns.values() for hazard in reach.hazards if hazard.kind == "aggregate"}
        place, span = self._place(select)
        relations = self._from(select, ctes, scope)
        timed = self._timed(select, relations)
        for relation in relations:
            if relation.alias.lower() not in timed:
                joined = _joined(relation, place, span)
                hazards |= {h for reach in (joined.columns or {}).values() for h in reach.hazards if h.kind == "join"}
        return hazards

    def _group(self, select: exp.Select, scope: _Scope, ctes: _Ctes) -> Hazard | None:
        group = select.args.get("group")
        if group is None and not any(has_aggregate(e) for e in select.expressions):
            return None
        keys: list[exp.Expr] = []
        if group is not None:
            keys = [select.expressions[int(k.name) - 1] if k.is_int else k for k in group.expressions]
            if group.args.get("all"):
                keys = [e for e in select.expressions if not has_aggregate(e)]
        times = [r for k in keys if (r := self._key(k, scope, ctes, select)).is_time]
        text = f"group by {', '.join(k.alias_or_name or k.sql(self.source.dialect) for k in keys)}" if keys else "aggregates"
        unit = min((r.unit_us for r in times), default=0)
        place, span = self._place(select)
        return Hazard("aggregate", place, text, span, has_time=bool(times), unit_us=unit)

    def _key(self, key: exp.Expr, scope: _Scope, ctes: _Ctes, select: exp.Select) -> Reach:
        inner = key.this if isinstance(key, exp.Alias) else key
        if isinstance(inner, exp.Column) and scope.find(inner.name, _table(inner)) is None:
            named = (e.this for e in select.expressions if isinstance(e, exp.Alias) and e.alias.lower() == inner.name.lower())
            inner = next(named, inner)
        return self._expression(inner, scope, ctes, select)

    def _projected(self, projection: exp.Expr, scope: _Scope, ctes: _Ctes, group: Hazard | None) -> list[tuple[str, Reach]]:
        inner = projection.this if isinstance(projection, exp.Alias) else projection
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            table = _table(inner).lower() if isinstance(inner, exp.Column) else ""
            stars = [r for r in scope.relations if not table or r.alias.lower() == table]
            return [column for r in stars for column in (r.columns or {}).items() if column[0] != ROWS]
        select = projection.find_ancestor(exp.Select)
        assert select is not None
        reach = self._expression(inner, scope, ctes, select)
        name = projection.alias_or_name or projection.output_name
        return [(name.lower(), reach if group is None else self._grouped(reach, inner, group))]

    def _grouped(self, reach: Reach, inner: exp.Expr, group: Hazard) -> Reach:
        """A column of a SELECT that gathers rows: a key, a latest time, or what was gathered."""
        if not has_aggregate(inner):
            starts = (*reach.starts, (group.place, reach.unit_us)) if reach.is_time else reach.starts
            return replace(reach, starts=starts)
        if reach.is_time and isinstance(inner, exp.Min):
            return replace(reach, starts=(), is_plain=False)  # the first of them is known when it happens
        latest = inner.find(exp.Max) is not None and reach.is_time and inner.find(exp.Min) is None
        closes = reach.closes | {group.place} if latest else frozenset()
        return replace(reach, hazards=reach.hazards | {group}, closes=closes, starts=(), is_plain=False)

    # --- expressions

    def _expression(self, node: exp.Expr, scope: _Scope, ctes: _Ctes, select: exp.Select) -> Reach:
        if isinstance(node, exp.Column):
            return scope.find(node.name, _table(node)) or Reach()
        if isinstance(node, exp.Query):
            inner = list((self.query(node, ctes, scope) or {}).values())
            return replace(_merged(inner), is_plain=False)
        if isinstance(node, exp.Window) and is_named_window(node):
            return replace(self._children(node.this, scope, ctes, select), is_plain=False)
        found = self._children(node, scope, ctes, select)
        if isinstance(node, exp.Window):
            return self._windowed(node, found, scope, ctes, select)
        if reads_the_clock(node):
            return replace(found, hazards=found.hazards | {self._hazard("clock", node, select)}, is_time=True)
        unit = unit_of(node)
        is_shifted = found.is_shifted or adds_a_length(node)
        is_plain = found.is_plain and isinstance(node, exp.Paren | exp.Alias | exp.Cast) and not unit
        is_time = found.is_time and gives_time(node)
        if not unit and (is_time, is_shifted, is_plain) == (found.is_time, found.is_shifted, found.is_plain):
            return found
        return replace(found, unit_us=max(unit, found.unit_us), is_time=is_time, is_shifted=is_shifted, is_plain=is_plain)

    def _children(self, node: exp.Expr, scope: _Scope, ctes: _Ctes, select: exp.Select) -> Reach:
        parts = [self._expression(child, scope, ctes, select) for child in node.iter_expressions()]
        return _merged(parts) if parts else _MADE_OF_NOTHING

    def _windowed(self, node: exp.Window, found: Reach, scope: _Scope, ctes: _Ctes, select: exp.Select) -> Reach:
        same = (self._expression(part, scope, ctes, select) for part in node.args.get("partition_by") or ())
        same_time = any(reach.is_time and not reach.unit_us for reach in same)
        order = node.args.get("order")
        first = order.expressions[0].this if order else None
        by_time = first is not None and self._expression(first, scope, ctes, select).is_time
        by_time = by_time or (isinstance(first, exp.Column) and first.name.lower().endswith(("id", "seq", "number", "version")))
        hazards = found.hazards
        if not same_time and sees_later_rows(node, by_time):
            hazards |= {self._hazard("later_rows", node, select)}
        return replace(found, hazards=hazards, is_plain=False)

    def _hazard(self, kind: HazardKind, node: exp.Expr, select: exp.Select) -> Hazard:
        return Hazard(kind, self._place(select)[0], node.sql(self.source.dialect).lower(), self.source.node_span(node))

    def _place(self, select: exp.Select) -> tuple[Place, Span | None]:
        if id(select) not in self.places:
            start, end = extent(select)
            self.places[id(select)] = (self.source.name, start), self.source.span(start, end) if start >= 0 else None
        return self.places[id(select)]


_MADE_OF_NOTHING: Final = Reach()


def _merged(parts: Iterable[Reach]) -> Reach:
    """What is made of all of them."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    return Reach(
        frozenset(origin for reach in found for origin in reach.origins),
        frozenset(hazard for reach in found for hazard in reach.hazards),
        tuple(dict.fromkeys(start for reach in found for start in reach.starts)),
        frozenset(place for reach in found for place in reach.closes),
        max((reach.unit_us for reach in found), default=0),
        any(reach.is_time for reach in found),
        any(reach.is_shifted for reach in found) and all(reach.is_shifted for reach in found if reach.is_time),
    )


def _joined(relation: _Relation, place: Place, span: Span | None) -> _Relation:
    """The relation, each column marked as one of a join without a comparison of times."""
    joined = frozenset(origin for reach in (relation.columns or {}).values() for origin in reach.origins)
    if not joined or relation.columns is None:
        return relation
    hazard = Hazard("join", place, f"join {relation.alias}", span, joined=joined)
    marked = {n: replace(r, hazards=r.hazards | {hazard}) if n != ROWS else r for n, r in relation.columns.items()}
    return replace(relation, columns=marked)


def _compared(relation: _Relation) -> _Relation:
    """A relation of which a time is compared with another: its groups by time are taken by their time."""
    if relation.columns is None:
        return relation
    kept = dict(relation.columns)
    for name, reach in kept.items():
        if any(hazard.has_time for hazard in reach.hazards):
            kept[name] = replace(reach, hazards=frozenset(h for h in reach.hazards if not h.has_time))
    return replace(relation, columns=kept)


def _renamed(columns: _Columns | None, alias: exp.Expr | None) -> _Columns | None:
    """`t(a, b)` renames the first columns."""
    names = [c.name for c in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []
    if not names or columns is None:
        return columns
    spelled = [*names, *list(columns)[len(names) :]]
    renamed = zip(spelled, columns.values(), strict=False)
    return {name.lower(): reach for name, reach in renamed}


def _table(column: exp.Column) -> str:
    table = column.table
    return table.rpartition(".")[2].rpartition(":")[2] if MARKER.fullmatch(f'"{table}"') else table
