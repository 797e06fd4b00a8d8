"""Stage 6: feature views, and who asks them, as a logical plan. Time becomes explicit here; the warehouse does not matter yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from featsql.aggregates import AGGREGATES
from featsql.base.spans import Text
from featsql.ir.graph import BoundView, Feature, FeatureViewNode, KeyColumn
from featsql.ir.header import CalendarWindow
from featsql.ir.model import AsOfUse, Column, ColumnUse, Expr, WindowCall
from featsql.ir.plan import (
    Aggregation,
    Asks,
    AsOf,
    Constant,
    FromLatest,
    FromWindows,
    GridAsks,
    HistoryAsks,
    Input,
    InputRef,
    LatestLookup,
    OnlineAsks,
    Operand,
    Output,
    Part,
    PointInTime,
    RowExpr,
    Rows,
    Spine,
    SpineAsks,
    WindowLookup,
)
from featsql.plan.names import AS_OF_US, OURS, SPINE_ROW, Names


def lower_training_set(
    spine_text: Text,
    spine_columns: tuple[Column, ...] | None,
    timestamp: str,
    bound: Sequence[tuple[BoundView, FeatureViewNode]],
    strategy: str | None,
) -> PointInTime:
    """A spine and the views bound to it. Grain of the query: one row per row of the spine (R18)."""
    bodies = {view.name: _Body(view) for _, view in bound}
    drafts = [(use, view, bodies[view.name].draft(_chosen(view, use.features))) for use, view in bound]
    names = _relation_names([*bodies, *(use.prefix + view.name for use, view in bound if use.prefix)])
    rows = {name: body.rows(names.fresh(name)) for name, body in bodies.items()}
    parts: list[Part] = []
    for use, view, draft in drafts:
        of_view = rows[view.name]
        name = of_view.name if all(part.name != of_view.name for part in parts) else names.fresh(use.prefix + view.name)
        part = _part(name, of_view, draft, SpineAsks(use.on), use.on, use.prefix, view)
        parts.append(replace(part, strategy=_pinned(view) or strategy))
    return PointInTime("training_set", tuple(parts), _spine(spine_text, spine_columns, timestamp))


def _spine(text: Text, columns: tuple[Column, ...] | None, timestamp: str) -> Spine:
    names = Names([c.name for c in columns or ()])
    by_name = {c.name.lower(): c for c in columns or ()}
    found = by_name.get(timestamp.lower(), Column(timestamp))
    kept = tuple(c.name for c in columns) if columns is not None else None
    return Spine(text, kept, found.name, found.type, row=names.fresh(SPINE_ROW), as_of=names.fresh(AS_OF_US))


def lower_online(view: FeatureViewNode, as_of_us: int) -> PointInTime:
    """Grain: one row per entity whose latest visible row is alive at t (R23)."""
    body = _Body(view)
    draft = body.draft(view.features)
    return _alone("online", view, body.rows(view.name), draft, OnlineAsks(as_of_us))


def lower_backfill(view: FeatureViewNode, grid: GridAsks) -> PointInTime:
    """Grain: one row per point of the grid and entity whose latest visible row is alive then."""
    body = _Body(view)
    draft = body.draft(view.features)
    return _alone("backfill", view, body.rows(view.name), draft, grid)


def lower_history(view: FeatureViewNode) -> PointInTime:
    """Grain: one row per row of the body that is ever visible (R29)."""
    body = _Body(view)
    draft = body.draft(view.features)
    written = body.carry(view.timestamp)
    return _alone("history", view, body.rows(view.name), draft, HistoryAsks(written))


def _alone(
    relation: Literal["online", "backfill", "history"],
    view: FeatureViewNode,
    rows: Rows,
    draft: _Draft,
    asks: OnlineAsks | GridAsks | HistoryAsks,
) -> PointInTime:
    part = _part(view.name, rows, draft, asks, (), "", view)
    return PointInTime(relation, (replace(part, strategy=_pinned(view)),))


def _pinned(view: FeatureViewNode) -> str | None:
    return view.config.strategy.text if view.config.strategy else None


def _chosen(view: FeatureViewNode, names: Iterable[str]) -> tuple[Feature, ...]:
    by_name = {f.name: f for f in view.features}
    return tuple(by_name[name] for name in names)


def _relation_names(wanted: Iterable[str]) -> Names:
    """Names for the uses of views such that `a_latest` of view `a` can never be a relation of a view `a_latest`."""
    return Names((), tuple(name.lower() for name in (*wanted, "spine_query")))


@dataclass(slots=True)
class _Draft:
    """What one use of a view needs of its rows."""

    names: Names
    outputs: list[Output] = field(default_factory=list)
    aggregations: dict[str, Aggregation] = field(default_factory=dict)
    latest_columns: list[str] = field(default_factory=list)
    uses_latest: bool = False


class _Body:
    """Collects the inputs that the features of one view need; each column and expression is carried once."""

    def __init__(self, view: FeatureViewNode) -> None:
        self.view = view
        self._names = Names(OURS)
        self._keys = {key.text.value.lower(): Input(self._names.fresh(key.name), key.text, key.type) for key in view.keys}
        self._inputs: dict[str, Input] = {}

    def rows(self, name: str) -> Rows:
        """The body with everything that was asked for so far."""
        view = self.view
        ties = [(t.text, t.name, t.type) for t in view.tie_break]
        ties += [(c.text, c.name, c.type) for c in _mentioned(view) if not _is_event_time(c, view.timestamp)]
        keys = tuple(self._keys[key.text.value.lower()] for key in view.keys)
        key_names = {key.name for key in keys}
        order = [column for tie in ties if (column := self._column(*tie)) not in key_names]
        known = view.known_time
        return Rows(
            view=view.name,
            name=name,
            prelude=view.sql.prelude,
            tail=view.sql.tail,
            keys=keys,
            event=Input(view.timestamp.name, view.timestamp.text, view.timestamp.type),
            available=Input(known.name, known.text, known.type) if known else None,
            delay_us=view.config.delay_us,
            inputs=tuple(self._inputs.values()),
            order=tuple(dict.fromkeys(order)),
            closed=view.config.closed,
        )

    def carry(self, column: KeyColumn) -> str:
        """The input that holds `column` as the user wrote it."""
        return self._input(f"as written: {column.name}", column.text, column.name, column.type)

    def draft(self, features: Sequence[Feature]) -> _Draft:
        draft = _Draft(Names((*OURS, *(key.name for key in self._keys.values()))))
        for feature in features:
            draft.outputs.append(self._output(feature, draft))
        return draft

    def _output(self, feature: Feature, draft: _Draft) -> Output:
        expr = feature.expr
        pieces: list[Text | FromLatest | FromWindows | AsOf] = []
        several = len(expr.calls) > 1 or len(expr.pieces) > 1
        for piece in expr.pieces:
            match piece:
                case Text():
                    pieces.append(piece)
                case AsOfUse():
                    pieces.append(AsOf())
                case ColumnUse():
                    column = self._column(piece.text, piece.name, piece.type)
                    _append(draft.latest_columns, column)
                    draft.uses_latest = True
                    pieces.append(FromLatest(column))
                case WindowCall():
                    aggregation = self._aggregation(piece, feature.name, several, draft)
                    zero = AGGREGATES[piece.function].empty == "zero"
                    pieces.append(FromWindows(aggregation.column, zero))
        alone = len(pieces) == 1 and isinstance(pieces[0], FromLatest)
        guarded = not expr.calls and not alone
        draft.uses_latest |= guarded
        return Output(feature.name, tuple(pieces), guarded, feature.type)

    def _aggregation(self, call: WindowCall, feature: str, several: bool, draft: _Draft) -> Aggregation:
        """The same call in two features is computed once."""
        key = call.text.value
        if key not in draft.aggregations:
            wanted = feature if not several else f"{call.function}_{_first_name(call)}_{call.window}"
            window = next(w for w in self.view.config.windows if w.name.text == call.window)
            constants = AGGREGATES[call.function].constants
            draft.aggregations[key] = Aggregation(
                column=draft.names.fresh(wanted),
                function=call.function,
                args=tuple(
                    Constant(arg.text) if i in constants else self._operand(arg, feature) for i, arg in enumerate(call.args)
                ),
                distinct=call.distinct,
                where=self._operand(call.where, f"{feature}_where") if call.where else None,
                window=call.window,
                extent=window.extent,
                type=call.type,
                argument_type=call.argument_type,
                origin=call.text.span,
            )
        return draft.aggregations[key]

    def _operand(self, expr: Expr, wanted: str) -> Operand:
        if not expr.uses_as_of:
            match expr.pieces:
                case (ColumnUse() as only,):
                    return InputRef(self._column(only.text, only.name, only.type))
            return InputRef(self._input(expr.text.value, expr.text, f"{wanted}_input", None))
        return RowExpr(expr, tuple(self._column(c.text, c.name, c.type) for c in expr.columns))

    def _column(self, text: Text, wanted: str, type_name: str | None) -> str:
        key = self._keys.get(text.value.lower())
        if key:
            return key.name
        lowered = text.value if '"' in text.value else text.value.lower()
        return self._input(lowered, text, wanted, type_name)

    def _input(self, key: str, text: Text, wanted: str, type_name: str | None) -> str:
        if key not in self._inputs:
            self._inputs[key] = Input(self._names.fresh(wanted), text, type_name)
        return self._inputs[key].name


def _mentioned(view: FeatureViewNode) -> tuple[ColumnUse, ...]:
    """The columns of the body that the SELECT list mentions, in the order of their first mention (R14)."""
    found: dict[str, ColumnUse] = {}
    for projection in view.sql.projections:
        for column in projection.expr.mentioned:
            found.setdefault(column.key, column)
    return tuple(found.values())


def _is_event_time(column: ColumnUse, timestamp: KeyColumn) -> bool:
    """Rows of one event time agree in it, unless it is finer than a microsecond."""
    same = column.text.value.lower() == timestamp.text.value.lower()
    return same and timestamp.type is not None and not timestamp.type.endswith("_NS")


def _first_name(call: WindowCall) -> str:
    parts: list[Expr] = [*call.args, *((call.where,) if call.where else ())]
    for arg in parts:
        for column in arg.mentioned:
            return column.name
    return "rows"


def _append(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _part(
    name: str,
    rows: Rows,
    draft: _Draft,
    origin: SpineAsks | OnlineAsks | GridAsks | HistoryAsks,
    on: tuple[str, ...],
    prefix: str,
    view: FeatureViewNode,
) -> Part:
    calendars = {a.window: a.extent for a in draft.aggregations.values() if isinstance(a.extent, CalendarWindow)}
    asks = Asks(
        f"{name}_asks",
        tuple(key.name for key in rows.keys),
        origin,
        tuple((window, extent) for window, extent in sorted(calendars.items()) if isinstance(extent, CalendarWindow)),
    )
    needs_latest = draft.uses_latest or isinstance(origin, OnlineAsks | GridAsks)
    latest = None
    if needs_latest:
        latest = LatestLookup(f"{name}_latest", rows, asks, tuple(draft.latest_columns), view.config.ttl_us)
    aggregations = tuple(draft.aggregations.values())
    windows = (WindowLookup(f"{name}_windows", rows, asks, aggregations),) if aggregations else ()
    outputs = tuple(replace(output, name=prefix + output.name) for output in draft.outputs)
    return Part(name, rows, asks, latest, windows, outputs, on, tuple(key.name for key in view.keys))
