"""Where the columns of a model's SQL come from: through CTEs, subqueries, stars, unions, windows, to what the model reads.

Names are found as in `front.columns`: in the tables of the FROM, then among the aliases of the SELECT list, then in outer
queries. What is not known is kept open: a name that could come from several tables comes from each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from sqlglot import exp

from featsql.front.flows import Columns, Flow, Flows, Made, Relation, Scope, composed, merged
from featsql.front.lists import SelectLists
from featsql.front.scopes import Columns as KnownColumns
from featsql.front.sql import Source
from featsql.front.stars import expand_star, star_of
from featsql.ir.lineage import ROWS, How, Input, Role, RowInput, Step, Traced, TracedColumn
from featsql.ir.model import MARKER, Parsed

_AS_OF: Final = "as_of_time"
_CLAUSES: Final[Mapping[str, Role]] = {
    "where": "filter",
    "having": "filter",
    "qualify": "filter",
    "group": "group",
    "distinct": "group",
    "order": "order",
}
_ROUNDS: Final = 5
"""A recursive CTE is followed until nothing new is found, and no longer than this."""


def trace_model(parsed: Parsed, inputs: Mapping[str, KnownColumns], beside: Sequence[str] = ()) -> Traced:
    """The columns of a model and what each is made of; `inputs` by marker, None where columns are not known.

    `beside` are names over the model's FROM that are traced too, such as a feature view's `available_at`.
    """
    source = parsed.tree
    assert isinstance(source, Source)
    tracer = _Tracer(source, inputs, SelectLists(source))
    made = tracer.query(source.tree, {}, None, "")
    scope = tracer.scopes.get(id(source.tree), Scope(()))
    asked = [TracedColumn(name, _inputs(scope.find(name, "") or {})) for name in beside]
    columns = tuple(TracedColumn(name, _inputs(flows)) for name, flows in made.columns)
    return Traced(columns, made.deciding, made.open, made.rows, tuple(asked))


def _inputs(flows: Flows) -> tuple[Input, ...]:
    return tuple(Input(relation, column, flow.how, flow.steps) for (relation, column), flow in flows.items())


@dataclass(slots=True)
class _Tracer:
    source: Source
    inputs: Mapping[str, KnownColumns]
    lists: SelectLists
    scopes: dict[int, Scope] = field(default_factory=dict)

    def query(self, query: exp.Expr, ctes: Mapping[str, Made], outer: Scope | None, name: str) -> Made:
        """What any query has; `name` is what the user calls it, empty for the model itself."""
        ctes = self._with(query, ctes, outer)
        match query:
            case exp.Select():
                return self._select(query, ctes, outer, name)
            case exp.SetOperation():
                return self._set_operation(query, ctes, outer, name)
            case exp.Subquery():
                return self.query(query.this, ctes, outer, name)
            case exp.Values():
                return self._values(query, ctes, outer)
            case _:
                return Made()

    def _with(self, query: exp.Expr, ctes: Mapping[str, Made], outer: Scope | None) -> Mapping[str, Made]:
        clause = query.args.get("with_") or query.args.get("with")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            name = cte.alias.lower()
            alias = cte.args["alias"]
            if clause.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                known[name] = self.query(cte.this.left, known, outer, cte.alias).renamed(_names(alias))
                for _ in range(_ROUNDS):
                    again = self.query(cte.this, known, outer, cte.alias).renamed(_names(alias))
                    if again.reach == known[name].reach:
                        break
                    known[name] = again
            else:
                known[name] = self.query(cte.this, known, outer, cte.alias).renamed(_names(alias))
        return known

    def _set_operation(self, query: exp.SetOperation, ctes: Mapping[str, Made], outer: Scope | None, name: str) -> Made:
        branches: list[exp.Expr] = []
        by_name = False
        left: exp.Expr = query
        while isinstance(left, exp.SetOperation):  # a long union leans to the left
            by_name = by_name or bool(left.args.get("by_name"))
            branches.append(left.right)
            left = left.left
            if left.args.get("with_") or left.args.get("with"):
                break
        branches.append(left)
        found = [self.query(branch, ctes, outer, name) for branch in reversed(branches)]
        combined = found[0]
        for made in found[1:]:
            combined = combined.united(made, by_name)
        return combined

    def _values(self, query: exp.Values, ctes: Mapping[str, Made], outer: Scope | None) -> Made:
        width = max((len(row.expressions) for row in query.expressions), default=0)
        columns: list[tuple[str, Flows]] = []
        for i in range(width):
            cells = [row.expressions[i] for row in query.expressions if i < len(row.expressions)]
            flows = merged(*(self.flows(cell, outer or Scope(()), ctes) for cell in cells))
            columns.append((f"col{i}", flows))
        return Made(tuple(columns))

    # --- one SELECT

    def _select(self, select: exp.Select, ctes: Mapping[str, Made], outer: Scope | None, name: str) -> Made:
        scope, deciding = self._from(select, ctes, outer)
        aliases: dict[str, Flows] = {}
        windows = {w.this.name.lower(): w for w in select.args.get("windows") or () if isinstance(w.this, exp.Identifier)}
        scope = replace(scope, aliases=aliases, windows=windows)
        self.scopes[id(select)] = scope
        columns: list[tuple[str, Flows]] = []
        open_: list[str] = []
        places = self.lists.places(select)
        for projection, (start, end) in zip(select.expressions, places, strict=True):
            written = self.source.cut(start, end).value if start >= 0 else ""
            span = self.source.span(start, end) if start >= 0 else None
            star = star_of(projection)
            if star is not None:
                starred, passed = expand_star(star, scope, partial(self.flows, scope=scope, ctes=ctes))
                columns += [(c, _stepped(flows, Step(name, c, written, span))) for c, flows in starred]
                open_ += passed
                continue
            column = projection.output_name or written.lower()
            flows = _stepped(self.flows(projection, scope, ctes), Step(name, column, written, span))
            columns.append((column, flows))
            if isinstance(projection, exp.Alias):
                aliases.setdefault(column.lower(), flows)
        deciding += self._deciding(select, scope, ctes, columns)
        rows = tuple(dict.fromkeys(marker for relation in scope.relations for marker in relation.made.rows))
        return Made(tuple(columns), tuple(dict.fromkeys(open_)), rows, tuple(dict.fromkeys(deciding)), _others(scope, open_))

    def _deciding(self, select: exp.Select, scope: Scope, ctes: Mapping[str, Made], columns: Columns) -> Iterator[RowInput]:
        """The columns of the clauses that choose rows."""
        for key, role in _CLAUSES.items():
            clause = select.args.get(key)
            if not isinstance(clause, exp.Expr) or (key == "order" and not select.args.get("limit")):
                continue
            span = self.source.node_span(clause)
            if key == "distinct" and not clause.args.get("on"):
                flows = merged(*(found for _, found in columns))
            else:
                flows = merged(self.flows(clause, scope, ctes), *_ordinals(clause, columns))
            yield from (RowInput(relation, column, role, span) for relation, column in flows if column != ROWS)

    # --- FROM

    def _from(self, select: exp.Select, ctes: Mapping[str, Made], outer: Scope | None) -> tuple[Scope, list[RowInput]]:
        relations: list[Relation] = []
        merged_names: dict[str, Flows] = {}
        deciding: list[RowInput] = []
        first = select.args.get("from_") or select.args.get("from")
        if first is not None:
            relations += self._relations(first.this, ctes, Scope((), outer=outer))
        for join in [*(select.args.get("joins") or ()), *(select.args.get("laterals") or ())]:
            this = join.this if isinstance(join, exp.Join) else join
            joined = self._relations(this, ctes, Scope(tuple(relations), outer=outer))
            if isinstance(join, exp.Join):
                deciding += self._join(join, relations, joined, merged_names, ctes, outer)
            hidden = isinstance(join, exp.Join) and join.kind in ("SEMI", "ANTI")
            relations += [replace(r, hidden=True) for r in joined] if hidden else joined
        deciding += [decides for relation in relations for decides in relation.made.deciding]
        shown = tuple(r for r in relations if not r.hidden)
        return Scope(shown, merged_names, outer=outer), deciding

    def _join(
        self,
        join: exp.Join,
        left: Sequence[Relation],
        right: Sequence[Relation],
        merged_names: dict[str, Flows],
        ctes: Mapping[str, Made],
        outer: Scope | None,
    ) -> Iterator[RowInput]:
        names = [c.name for c in join.args.get("using") or ()]
        if join.method == "NATURAL":
            theirs = {c.lower() for r in right for c, _ in r.made.columns}
            names += [c for r in left for c, _ in r.made.columns if c.lower() in theirs]
        for name in names:
            sides = (Scope(tuple(left)).find(name, "") or {}, Scope(tuple(right)).find(name, "") or {})
            kept = {"RIGHT": sides[1:], "FULL": sides}.get(join.side, sides[:1])
            if join.kind not in ("SEMI", "ANTI"):
                merged_names[name.lower()] = merged(merged_names.get(name.lower(), {}), *kept)
            span = self.source.node_span(join.args["using"][0]) if join.args.get("using") else None
            yield from (RowInput(relation, column, "join", span) for side in sides for relation, column in side)
        condition = join.args.get("on")
        if isinstance(condition, exp.Expr):
            flows = self.flows(condition, Scope((*left, *right), outer=outer), ctes)
            span = self.source.node_span(condition)
            yield from (RowInput(relation, column, "join", span) for relation, column in flows if column != ROWS)

    def _relations(self, table: exp.Expr, ctes: Mapping[str, Made], so_far: Scope) -> list[Relation]:
        alias = table.args.get("alias")
        names = _names(alias)
        inner: list[Relation] = []
        for join in table.args.get("joins") or ():
            inner += self._relations(join.this, ctes, so_far)
        match table:
            case exp.Table() if isinstance(table.this, exp.Identifier):
                name, made = self._table(table, ctes)
            case exp.Subquery() if not isinstance(table.this, exp.Query):
                return [*self._relations(table.this, ctes, so_far), *inner]
            case exp.Subquery() | exp.Values():
                name, made = table.alias, self.query(table, ctes, so_far, table.alias)
            case exp.Lateral() if isinstance(table.this, exp.Subquery):
                name, made = table.alias, self.query(table.this, ctes, so_far, table.alias)
            case _:
                flows = self.flows(table, so_far, ctes)
                name, made = table.alias, Made(others=composed(flows, "expression"))
                names = names or ([table.alias] if table.alias else [])
                made = replace(made, columns=tuple((column, made.others) for column in names))
        made = made.renamed(names)
        for pivot in table.args.get("pivots") or ():
            made = self._pivoted(made, pivot, ctes)
        return [Relation(table.alias or name, made), *inner]

    def _table(self, table: exp.Table, ctes: Mapping[str, Made]) -> tuple[str, Made]:
        name = table.this.name
        if MARKER.fullmatch(f'"{name}"'):
            short = name.rpartition(".")[2].rpartition(":")[2]
            known = self.inputs.get(name)
            columns = tuple((c.name, {(name, c.name): Flow("copy")}) for c in known or ())
            return short, Made(columns, () if known is not None else (name,), (name,))
        if not table.db and name.lower() in ctes:
            return name, ctes[name.lower()]
        parts = [p.name for p in (table.args.get("catalog"), table.args.get("db"), table.this) if p is not None]
        marker = f"table:{'.'.join(parts)}"
        return name, Made((), (marker,), (marker,))

    def _pivoted(self, made: Made, pivot: exp.Expr, ctes: Mapping[str, Made]) -> Made:
        """Columns that are not in the pivot keep their names; the new ones are made of those that are."""
        scope = Scope((Relation("", made),))
        parts = [*(pivot.expressions or ()), *(pivot.args.get("fields") or ())]
        used = merged(*(composed(self.flows(part, scope, ctes), "expression") for part in parts))
        gone = {c.name.lower() for part in parts for c in part.find_all(exp.Column)}
        kept = tuple((name, flows) for name, flows in made.columns if name.lower() not in gone)
        return Made(kept, made.open, made.rows, made.deciding, merged(used, made.others))

    # --- expressions

    def flows(self, expression: exp.Expr, scope: Scope, ctes: Mapping[str, Made]) -> Flows:
        """The columns under an expression, in the order of mention, and how each takes part."""
        found: list[Flows] = []
        waiting: list[tuple[exp.Expr, How]] = [(expression, "copy")]
        while waiting:
            node, how = waiting.pop()
            match node:
                case exp.Column() if isinstance(node.this, exp.Star):
                    found.append(composed(scope.rows(node.table), how))
                case exp.Column():
                    if node.name.lower() != _AS_OF or node.table:
                        found.append(composed(self._resolved(node, scope), how))
                case exp.Star():
                    found.append(composed(scope.rows(""), how))
                case exp.Query():
                    found.append(self._subquery(node, how, scope, ctes))
                case _:
                    waiting += reversed(list(self._parts(node, how, scope)))
        return merged(*found)

    def _parts(self, node: exp.Expr, how: How, scope: Scope) -> Iterator[tuple[exp.Expr, How]]:
        """The children of a node and how each takes part."""
        match node:
            case exp.Alias() | exp.Paren():
                yield node.this, how
            case exp.Window():
                named = node.args.get("alias")
                yield node.this, _deeper(how, "aggregate")
                if isinstance(named, exp.Identifier) and named.name.lower() in scope.windows:
                    yield from _children(scope.windows[named.name.lower()], "condition")
                yield from ((child, "condition") for child in node.iter_expressions() if child is not node.this)
            case exp.Filter():
                yield node.this, how
                yield node.expression, "condition"
            case exp.Exists():
                yield from _children(node, "condition")
            case exp.Order() if isinstance(node.this, exp.Expr):
                yield node.this, how
                yield from ((child, "condition") for child in node.expressions)
            case exp.AggFunc():
                yield from _children(node, _deeper(how, "aggregate"))
            case _:
                yield from _children(node, _deeper(how, "expression"))

    def _subquery(self, query: exp.Query, how: How, scope: Scope, ctes: Mapping[str, Made]) -> Flows:
        made = self.query(query, ctes, scope, "")
        values = [composed(flows, _deeper(how, "expression")) for _, flows in made.columns]
        deciding: Flows = {(row.relation, row.column): Flow("condition") for row in made.deciding}
        return merged(*values, deciding)

    def _resolved(self, column: exp.Column, scope: Scope) -> Flows:
        """What a name stands for: a column, a field of one, or a whole row."""
        parts = [_plain(part.name) for part in column.parts]
        for at in range(len(parts) - 1):
            found = scope.find(parts[at + 1], parts[at])
            if found is not None:
                return found if at + 2 == len(parts) else composed(found, "expression")
        found = scope.find(parts[0], "")
        if found is not None:
            return found if len(parts) == 1 else composed(found, "expression")
        return composed(scope.rows(parts[0]), "expression")


def _children(node: exp.Expr, how: How) -> Iterator[tuple[exp.Expr, How]]:
    for child in node.iter_expressions():
        yield child, how


def _deeper(how: How, inner: How) -> How:
    return composed({("", ""): Flow(inner)}, how)["", ""].how


def _stepped(flows: Flows, step: Step) -> Flows:
    return {at: Flow(flow.how, (step, *(s for s in flow.steps if s != step))) for at, flow in flows.items()}


def _ordinals(clause: exp.Expr, columns: Columns) -> Iterator[Flows]:
    """`group by 1` is the first column."""
    for entry in clause.args.get("expressions") or ():
        if isinstance(entry, exp.Literal) and not entry.is_string and 0 < int(entry.name) <= len(columns):
            yield columns[int(entry.name) - 1][1]


def _others(scope: Scope, passed: Iterable[str]) -> Flows:
    """What stands behind names that a star passes on and nobody knows."""
    if not list(passed) and not any(r.made.others for r in scope.relations):
        return {}
    return merged(*(r.made.others for r in scope.relations))


def _names(alias: exp.Expr | None) -> list[str]:
    """`t(a, b)` renames the first columns."""
    return [c.name for c in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []


def _plain(name: str) -> str:
    return name.rpartition(".")[2].rpartition(":")[2] if MARKER.fullmatch(f'"{name}"') else name
