"""Stage 4, the part that needs the parser: columns and types of a model, given those of what it reads.

Names are resolved as DuckDB does: tables of the FROM, then aliases of the SELECT list, then outer queries. Whatever is
read from a relation whose columns are not known is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from featsql.base.diagnostics import Diagnostic, nearest
from featsql.front.asking import Asking, asking
from featsql.front.inference import type_of
from featsql.front.scopes import Columns, Relation, Scope
from featsql.front.sql import Source
from featsql.front.viewtypes import type_view
from featsql.ir.model import MARKER, Column, Parsed, Typed
from featsql.ir.project import Describe

_PSEUDO = frozenset({"rowid", "filename", "file_row_number", "as_of_time"})


def type_model(
    parsed: Parsed, inputs: Mapping[str, Columns], describe: Describe | None = None
) -> tuple[Typed, tuple[Diagnostic, ...]]:
    """Columns of a model; `inputs` by marker (`ref:orders`, `source:shop.orders`). Finds FS305, FS306, FS311.

    `describe` tells the types that inference leaves open, in the dialect of the model.
    """
    source = parsed.tree
    assert isinstance(source, Source)
    walker = _Walker(source, inputs, [])
    columns = walker.query(source.tree, {}, None)
    if walker.found and parsed.view is None:
        # what was meant is not known, and who reads it is not to blame
        return Typed(None), tuple(walker.found)
    asked = None if walker.found else asking(parsed, inputs, source.dialect, describe)
    if parsed.view is None:
        return Typed(_completed(columns, parsed, asked)), ()
    view, offered = type_view(parsed.view, source, walker.scopes[id(source.tree)], asked)
    return Typed(columns, view, offered), tuple(walker.found)


def _completed(columns: Columns, parsed: Parsed, asked: Asking | None) -> Columns:
    if columns is None or asked is None or all(column.type for column in columns):
        return columns
    told = asked.query(parsed.text.value)
    if told is None or len(told) != len(columns):
        return columns
    return tuple(Column(column.name, column.type or found) for column, found in zip(columns, told, strict=True))


@dataclass(slots=True)
class _Walker:
    source: Source
    inputs: Mapping[str, Columns]
    found: list[Diagnostic]
    scopes: dict[int, Scope] = field(default_factory=dict)

    def query(self, query: exp.Expr, ctes: Mapping[str, Columns], outer: Scope | None) -> Columns:
        """The columns of any query, after checking every name in it."""
        ctes = self._with(query, ctes, outer)
        if isinstance(query, exp.Select):
            return self._select(query, ctes, outer)
        if isinstance(query, exp.SetOperation):
            left = self.query(query.left, ctes, outer)
            right = self.query(query.right, ctes, outer)
            if left is None or right is None or query.args.get("by_name") or len(left) != len(right):
                return left if left is not None and not query.args.get("by_name") else None
            return tuple(Column(a.name, a.type if a.type == b.type else None) for a, b in zip(left, right, strict=True))
        if isinstance(query, exp.Subquery):
            return self.query(query.this, ctes, outer)
        return None

    def _with(self, query: exp.Expr, ctes: Mapping[str, Columns], outer: Scope | None) -> Mapping[str, Columns]:
        clause = query.args.get("with_") or query.args.get("with")
        if clause is None:
            return ctes
        known = dict(ctes)
        for cte in clause.expressions:
            name = cte.alias.lower()
            if clause.args.get("recursive"):
                known[name] = None
            known[name] = _renamed(self.query(cte.this, known, outer), cte.args["alias"])
        return known

    def _select(self, select: exp.Select, ctes: Mapping[str, Columns], outer: Scope | None) -> Columns:
        scope = self._from(select, ctes, outer)
        aliases: dict[str, Column] = {}
        scope = replace(scope, aliases=aliases)
        self.scopes[id(select)] = scope
        for projection in select.expressions:
            self._names(projection, scope, ctes)
            if isinstance(projection, exp.Alias):
                aliases.setdefault(projection.alias.lower(), Column(projection.alias, type_of(projection.this)))
        for key, clause in select.args.items():
            if key not in ("expressions", "from_", "from", "joins", "with_", "with", "laterals") and clause:
                for part in clause if isinstance(clause, list) else [clause]:
                    if isinstance(part, exp.Expr):
                        self._names(part, scope, ctes)
        return self._outputs(select.expressions, scope)

    def _from(self, select: exp.Select, ctes: Mapping[str, Columns], outer: Scope | None) -> Scope:
        relations: list[Relation] = []
        merged: set[str] = set()
        first = select.args.get("from_") or select.args.get("from")
        if first is not None:
            relations += self._relations(first.this, ctes, Scope((), outer=outer))
        for join in [*select.args.get("joins", ()), *select.args.get("laterals", ())]:
            this = join.this if isinstance(join, exp.Join) else join
            joined = self._relations(this, ctes, Scope(tuple(relations), outer=outer))
            if isinstance(join, exp.Join):
                self._using(join.args.get("using") or (), relations, joined)
            relations += joined
            if not isinstance(join, exp.Join):
                continue
            merged |= {c.name.lower() for c in join.args.get("using") or ()}
            if join.method == "NATURAL" or join.kind in ("SEMI", "ANTI"):
                columns = relations.pop().columns
                if join.method == "NATURAL":
                    relations.append(Relation("", None))
                elif columns is None and join.args.get("on"):
                    continue
            if join.args.get("on"):
                self._names(join.args["on"], Scope(tuple(relations), frozenset(merged), outer=outer), ctes)
        return Scope(tuple(relations), frozenset(merged), outer=outer)

    def _using(self, names: Iterable[exp.Expr], *sides: Sequence[Relation]) -> None:
        for name in names:
            side = next((s for s in sides if all(r.columns is not None and not r.find(name.name) for r in s)), None)
            if side is not None:
                known = [c.name for r in side for c in r.columns or ()]
                self._unknown(name, known, f"there is no column `{name.name}` on both sides of the join")

    def _relations(self, table: exp.Expr, ctes: Mapping[str, Columns], so_far: Scope) -> list[Relation]:
        alias = table.args.get("alias")
        if isinstance(table, exp.Table):
            joined: list[Relation] = []
            for join in table.args.get("joins") or ():
                joined += self._relations(join.this, ctes, so_far)
            name, columns = self._table(table, ctes)
            if table.args.get("pivots"):
                columns = None
            return [Relation(table.alias or name, _renamed(columns, alias)), *joined]
        if isinstance(table, exp.Subquery):
            if not isinstance(table.this, exp.Query):
                return self._relations(table.this, ctes, so_far)
            columns = self.query(table, ctes, so_far)
            if table.args.get("pivots"):
                columns = None
            return [Relation(table.alias, _renamed(columns, alias))]
        if isinstance(table, exp.Lateral) and isinstance(table.this, exp.Subquery):
            return [Relation(table.alias, _renamed(self.query(table.this, ctes, so_far), alias))]
        if isinstance(table, exp.Values) and alias and alias.args.get("columns"):
            return [Relation(table.alias, tuple(Column(c.name) for c in alias.args["columns"]))]
        return [Relation(table.alias, None)]

    def _table(self, table: exp.Table, ctes: Mapping[str, Columns]) -> tuple[str, Columns]:
        if not isinstance(table.this, exp.Identifier):
            return table.alias, None
        name = table.this.name
        marker = MARKER.fullmatch(f'"{name}"')
        if marker:
            return name.rpartition(".")[2].rpartition(":")[2], self.inputs.get(name)
        if not table.db and name.lower() in ctes:
            return name, ctes[name.lower()]
        return name, None

    def _names(self, expression: exp.Expr, scope: Scope, ctes: Mapping[str, Columns]) -> None:
        """Resolve every column under `expression`; subqueries see this scope as their outer one."""
        for node in expression.walk(prune=lambda n: isinstance(n, exp.Query) and n is not expression):
            if isinstance(node, exp.Query):
                columns = self.query(node, ctes, scope)
                if columns and len(columns) == 1 and columns[0].type:
                    node.meta["type"] = columns[0].type
            elif isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
                column = self._resolve(node, scope)
                if column and column.type:
                    node.meta["type"] = column.type

    def _resolve(self, node: exp.Column, scope: Scope | None) -> Column | None:
        name, table = node.name, _table_name(node)
        if node.args.get("db"):
            return None
        first = scope
        while scope is not None:
            if table:
                relation = next((r for r in scope.relations if r.alias.lower() == table.lower()), None)
                if relation is not None:
                    if relation.columns is None or name.lower() in _PSEUDO:
                        return None
                    column = relation.find(name)
                    if column is None:
                        self._unknown(node, [c.name for c in relation.columns], f"`{table}` has no column `{name}`")
                    return column
                if scope.is_open or any(r.find(table) for r in scope.relations) or table.lower() in scope.aliases:
                    return None
            else:
                matches = [c for r in scope.relations if (c := r.find(name))]
                if len(matches) > 1 and name.lower() not in scope.merged and not scope.is_open:
                    self._ambiguous(node, scope)
                if matches:
                    return matches[0] if len(matches) == 1 or name.lower() in scope.merged else None
                if name.lower() in scope.aliases:
                    return scope.aliases[name.lower()]
                if scope.is_open or name.lower() in _PSEUDO or any(r.alias.lower() == name.lower() for r in scope.relations):
                    return None
            scope = scope.outer
        known = [c.name for r in first.relations for c in r.columns or ()] if first else []
        if table:
            self._unknown_table(node, table, [r.alias for r in first.relations if r.alias] if first else [])
        else:
            self._unknown(node, known, f"there is no column `{name}`")
        return None

    def _unknown_table(self, node: exp.Column, table: str, known: list[str]) -> None:
        hints = nearest(table, known) or ((f"tables: {', '.join(f'`{k}`' for k in known[:12])}",) if known else ())
        self._report(Diagnostic("FS305", f"there is no table `{table}` here", self.source.node_span(node), hints=hints))

    def _unknown(self, node: exp.Expr, known: list[str], message: str) -> None:
        hints = nearest(node.name, known) or ((f"columns: {', '.join(f'`{k}`' for k in known[:12])}",) if known else ())
        self._report(Diagnostic("FS305", message, self.source.node_span(node), hints=hints))

    def _ambiguous(self, node: exp.Column, scope: Scope) -> None:
        tables = [r.alias for r in scope.relations if r.find(node.name)]
        hint = f"say which: {' or '.join(f'`{t}.{node.name}`' for t in tables)}"
        self._report(Diagnostic("FS306", f"`{node.name}` is in more than one table", self.source.node_span(node), hints=(hint,)))

    def _report(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    def _outputs(self, projections: Sequence[exp.Expr], scope: Scope) -> Columns:
        columns: list[Column] = []
        for projection in projections:
            if isinstance(projection, exp.Alias):
                columns.append(Column(projection.alias, type_of(projection.this)))
            elif isinstance(projection, exp.Star):
                expanded = self._star(projection, scope.relations, scope.merged)
                if expanded is None:
                    return None
                columns.extend(expanded)
            elif isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
                name = _table_name(projection).lower()
                expanded = self._star(projection.this, [r for r in scope.relations if r.alias.lower() == name], frozenset())
                if expanded is None:
                    return None
                columns.extend(expanded)
            elif isinstance(projection, (exp.Column, exp.Dot)):
                columns.append(Column(projection.output_name or projection.name, type_of(projection)))
            elif isinstance(projection, (exp.Columns, exp.Anonymous)) or projection.find(exp.Columns):
                return None
            else:
                columns.append(Column(projection.output_name or projection.sql("duckdb").lower(), type_of(projection)))
        return tuple(columns)

    def _star(self, star: exp.Expr, relations: Iterable[Relation], merged: frozenset[str]) -> list[Column] | None:
        args = star.args
        if args.get("rename") or args.get("replace") or args.get("ilike"):
            return None
        left_out = {e.name.lower() for e in (args.get("except_") or args.get("except") or ())}
        columns: list[Column] = []
        for relation in relations:
            if relation.columns is None:
                return None
            for column in relation.columns:
                lowered = column.name.lower()
                if lowered in left_out or (lowered in merged and any(c.name.lower() == lowered for c in columns)):
                    continue
                columns.append(column)
        return columns


def _renamed(columns: Columns, alias: exp.Expr | None) -> Columns:
    """`t(a, b)` renames the first columns."""
    names = [c.name for c in alias.args.get("columns") or ()] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return columns
    if columns is None:
        return None
    return tuple(Column(names[i], c.type) if i < len(names) else c for i, c in enumerate(columns))


def _table_name(column: exp.Column) -> str:
    table = column.table
    return table.rpartition(".")[2].rpartition(":")[2] if MARKER.fullmatch(f'"{table}"') else table
