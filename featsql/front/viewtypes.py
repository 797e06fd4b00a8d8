"""Stage 4 of a feature view: types for the columns, calls and projections of its SELECT list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

from featsql.aggregates import AGGREGATES, AggregateText
from featsql.base.spans import Text
from featsql.dialects import DIALECTS
from featsql.front.asking import Asking
from featsql.front.inference import argument_type, type_of
from featsql.front.scopes import Columns, Relation, Scope
from featsql.front.sql import Source
from featsql.ir.model import AsOfUse, Column, ColumnUse, Expr, Projection, ViewSql, WindowCall

_AS_OF_TIME: Final = "(select cast(null as timestamp))"
"""No constant: DuckDB takes `date_part` of a NULL for a DOUBLE."""


def type_view(view: ViewSql, source: Source, scope: Scope, asking: Asking | None) -> tuple[ViewSql, Columns]:
    """The view with its types, and the columns that its FROM offers (None where not known).

    What inference leaves open is asked in this order, each once: columns of the FROM, what rows carry (arguments, and
    projections without windows), what windows give.
    """
    typer = _Typer(view, source.dialect, asking, scope.relations, {}, _windows(source.tree), _nodes(source.tree))
    typer.type_relations()
    typer.ask(typer.of_rows())
    typer.ask(typer.of_windows())
    projections = tuple(map(typer.projection, view.projections))
    offered = None if scope.is_open else tuple(c for r in typer.relations for c in r.columns or ())
    return replace(view, projections=projections), offered


def _windows(select: exp.Query) -> dict[str, exp.Window]:
    """Every `f(x) over NAME`, by its text."""
    return {window.meta["call"]: window for window in select.find_all(exp.Window) if "call" in window.meta}


def _nodes(select: exp.Query) -> dict[str, exp.Expr]:
    """What the projections select, by their names in lower case."""
    return {p.alias_or_name.lower(): p.this if isinstance(p, exp.Alias) else p for p in select.expressions}


@dataclass(slots=True)
class _Typer:
    """`told` are the answers so far, by the text of the question."""

    view: ViewSql
    dialect: str
    asking: Asking | None
    relations: tuple[Relation, ...]
    told: dict[str, str]
    windows: Mapping[str, exp.Window]
    nodes: Mapping[str, exp.Expr]

    def ask(self, texts: Iterator[str]) -> None:
        if self.asking is not None:
            self.told |= self.asking.items(self.view, texts)

    def type_relations(self) -> None:
        self.ask(self._name(r, c) for r in self.relations for c in r.columns or () if c.type is None)
        self.relations = tuple(
            r if r.columns is None else replace(r, columns=tuple(Column(c.name, self._offered(r, c)) for c in r.columns))
            for r in self.relations
        )

    def of_rows(self) -> Iterator[str]:
        """Arguments of calls, and projections without calls, whose types are open."""
        for projection in self.view.projections:
            if not projection.expr.calls and self._type(projection) is None and self._is_known(projection.expr):
                yield self._null(projection.expr)
            for call in projection.expr.calls:
                for place, arg in enumerate(call.args):
                    is_open = place in AGGREGATES[call.function].constants or (place == 0 and self._argument(call) is None)
                    if is_open and self._is_known(arg) and not _is_number(arg):
                        yield self._null(arg)

    def of_windows(self) -> Iterator[str]:
        """Calls, and projections with calls, whose types are open."""
        for projection in self.view.projections:
            calls = projection.expr.calls
            for call in calls:
                if self._result(call) is None and self._argument(call):
                    yield self._spelled(call)
            if calls and self._type(projection) is None and self._is_known(projection.expr):
                yield self._null(projection.expr)

    def projection(self, projection: Projection) -> Projection:
        return Projection(projection.name, self._expr(projection.expr), self._type(projection))

    def _type(self, projection: Projection) -> str | None:
        match projection.expr.pieces:
            case (ColumnUse() as use,) if found := self._use(use).type:
                return found
            case (WindowCall() as call,) if found := self._result(call):
                return found
        return type_of(self.nodes[projection.name.text.lower()]) or self.told.get(self._null(projection.expr))

    def _expr(self, expr: Expr) -> Expr:
        return Expr(
            tuple(
                self._use(p) if isinstance(p, ColumnUse) else self._call(p) if isinstance(p, WindowCall) else p
                for p in expr.pieces
            )
        )

    def _use(self, use: ColumnUse) -> ColumnUse:
        columns = self._columns(use)
        return replace(use, type=columns[0].type if len(columns) == 1 else self.told.get(use.text.value))

    def _call(self, call: WindowCall) -> WindowCall:
        args = tuple(map(self._expr, call.args))
        where = self._expr(call.where) if call.where else None
        return replace(call, args=args, where=where, type=self._result(call), argument_type=self._argument(call))

    def _argument(self, call: WindowCall) -> str | None:
        if not call.args:
            return None
        return argument_type(self.windows[call.text.value]) or self.told.get(self._null(call.args[0]))

    def _result(self, call: WindowCall) -> str | None:
        others = (self.told.get(self._null(arg)) for arg in call.args[1:])
        argument = self._argument(call)
        found = AGGREGATES[call.function].result_type((argument, *others))
        return found or (self.told.get(self._spelled(call)) if argument else None)

    def _columns(self, use: ColumnUse) -> list[Column]:
        table = use.text.value.rpartition(".")[0].strip('"').lower()
        return [c for r in self.relations if not table or r.alias.lower() == table if (c := r.find(use.name))]

    def _is_known(self, expr: Expr) -> bool:
        """Is everything known that the type of an expression depends on?"""
        columns = all(self._is_typed(use) for use in expr.columns)
        return columns and all(self._result(call) or self._argument(call) for call in expr.calls)

    def _is_typed(self, use: ColumnUse) -> bool:
        found = self._columns(use)
        if not found:
            # a field of a struct
            whole = use.text.value.partition(".")[0].strip('"')
            found = [c for r in self.relations if (c := r.find(whole))]
        return bool(found) and all(column.type for column in found)

    def _name(self, relation: Relation, column: Column) -> str:
        quote = DIALECTS[self.dialect].quote
        return f"{quote(relation.alias)}.{quote(column.name)}" if relation.alias else quote(column.name)

    def _offered(self, relation: Relation, column: Column) -> str | None:
        return column.type or self.told.get(self._name(relation, column))

    def _null(self, expr: Expr) -> str:
        """The expression as SQL over one row of the body: a NULL of its type for everything that depends on t."""
        parts: list[str] = []
        for piece in expr.pieces:
            match piece:
                case Text():
                    parts.append(piece.value)
                case AsOfUse():
                    parts.append(_AS_OF_TIME)
                case ColumnUse():
                    parts.append(piece.text.value)
                case WindowCall():
                    found = self._result(piece)
                    parts.append(f"cast(null as {found})" if found else self._spelled(piece))
        return "".join(parts)

    def _spelled(self, call: WindowCall) -> str:
        """The call as our SQL has it, over one NULL."""
        args = (f"cast(null as {self._argument(call)})", *map(self._null, call.args[1:]))
        text = AggregateText(args, None, "1", call.distinct, argument_type=self._argument(call))
        return f"(select {AGGREGATES[call.function].spell[self.dialect](text)})"


def _is_number(expr: Expr) -> bool:
    return expr.text.value.replace(".", "", 1).isdigit()
