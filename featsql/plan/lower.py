"""Stage 6: feature views, and who asks them, as a logical plan. Time becomes explicit here; the warehouse does not matter yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from featsql.aggregates import AGGREGATES
from featsql.base.spans import Text
from featsql.ir.graph import BoundView, Feature, FeatureViewNode, KeyColumn
from featsql.ir.header import CalendarWindow, RowsWindow
from featsql.ir.model import AsOfUse, ColumnUse, Expr, WindowCall
from featsql.ir.plan import (
    Aggregation,
    AsOf,
    Asks,
    Constant,
    FromLatest,
    FromWindows,
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
from featsql.plan.names import OURS


def lower_training_set(spine: Spine, bound: Sequence[tuple[BoundView, FeatureViewNode]], strategy: str | None) -> PointInTime:
    """A spine and the views bound to it. Grain of the query: one row per row of the spine (R18)."""
    bodies = {view.name: _Body(view) for _, view in bound}
    drafts = [(use, view, bodies[view.name].draft(_chosen(view, use.features))) for use, view in bound]
    rows = {name: body.rows() for name, body in bodies.items()}
    names = _Names(())
    parts = []
    for use, view, draft in drafts:
        name = names.fresh(use.prefix + view.name)
        part = _part(name, rows[view.name], draft, SpineAsks(use.on), use.on, use.prefix, view)
        parts.append(replace(part, strategy=_pinned(view) or strategy))
    return PointInTime("training_set", tuple(parts), spine)


def lower_online(view: FeatureViewNode, as_of_us: int) -> PointInTime:
    """Grain: one row per entity whose latest visible row is alive at t (R23)."""
    return _lower_alone(view, OnlineAsks(as_of_us), "online")


def lower_history(view: FeatureViewNode) -> PointInTime:
    """Grain: one row per row of the body that is ever visible (R29)."""
    return _lower_alone(view, HistoryAsks(), "history")


def _lower_alone(view: FeatureViewNode, asks: OnlineAsks | HistoryAsks, relation: str) -> PointInTime:
    body = _Body(view)
    draft = body.draft(view.features)
    rows = body.rows(timestamp=view.timestamp if relation == "history" else None)
    part = _part(view.name, rows, draft, asks, tuple(k.name for k in view.keys), "", view)
    kind = "online" if relation == "online" else "history"
    return PointInTime(kind, (replace(part, strategy=_pinned(view)),))


def _pinned(view: FeatureViewNode) -> str | None:
    return view.config.strategy.text if view.config.strategy else None


def _chosen(view: FeatureViewNode, names: Iterable[str]) -> tuple[Feature, ...]:
    by_name = {f.name: f for f in view.features}
    return tuple(by_name[name] for name in names)


@dataclass(slots=True)
class _Names:
    """Gives names that nobody has yet; names differ ignoring case."""

    taken: Iterable[str]
    _used: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._used = {name.lower() for name in self.taken}

    def fresh(self, wanted: str) -> str:
        name, number = wanted, 2
        while name.lower() in self._used:
            name, number = f"{wanted}_{number}", number + 1
        self._used.add(name.lower())
        return name


@dataclass(slots=True)
class _Draft:
    """What one use of a view needs of its rows."""

    names: _Names
    outputs: list[Output] = field(default_factory=list)
    aggregations: dict[str, Aggregation] = field(default_factory=dict)
    latest_columns: list[str] = field(default_factory=list)
    uses_latest: bool = False


class _Body:
    """Collects the inputs that the features of one view need; each column and expression is carried once."""

    def __init__(self, view: FeatureViewNode) -> None:
        self.view = view
        self._names = _Names((*OURS, *(key.name for key in view.keys)))
        self._inputs: dict[str, Input] = {}

    def rows(self, timestamp: KeyColumn | None = None) -> Rows:
        """The body with everything that was asked for so far; `timestamp` carries the event time as the user wrote it."""
        view = self.view
        ties = [(t.text, t.name, t.type) for t in view.tie_break]
        ties += [(c.text, c.name, c.type) for c in _mentioned(view) if not _is_event_time(c, view.timestamp)]
        keys = {key.name for key in view.keys}
        order = [name for tie in ties if (name := self._column(*tie)) not in keys]
        event_name = view.timestamp.name
        if timestamp:
            event_name = self._input(f"timestamp of {view.name}", view.timestamp.text, view.timestamp.name, view.timestamp.type)
        known = view.known_time
        return Rows(
            view=view.name,
            prelude=view.sql.prelude,
            tail=view.sql.tail,
            keys=tuple(Input(key.name, key.text, key.type) for key in view.keys),
            event=Input(event_name, view.timestamp.text, view.timestamp.type),
            available=Input(known.name, known.text, known.type) if known else None,
            delay_us=view.config.delay_us,
            inputs=tuple(self._inputs.values()),
            order=tuple(dict.fromkeys(order)),
            closed=view.config.closed,
        )

    def draft(self, features: Sequence[Feature]) -> _Draft:
        draft = _Draft(_Names((*OURS, *(key.name for key in self.view.keys))))
        for feature in features:
            draft.outputs.append(self._output(feature, draft))
        return draft

    def _output(self, feature: Feature, draft: _Draft) -> Output:
        expr = feature.expr
        if not expr.calls and not expr.uses_as_of:
            column = self._whole(feature)
            _append(draft.latest_columns, column)
            draft.uses_latest = True
            return Output(feature.name, (FromLatest(column),), False, feature.type)
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
        guarded = not expr.calls
        draft.uses_latest |= guarded
        return Output(feature.name, tuple(pieces), guarded, feature.type)

    def _whole(self, feature: Feature) -> str:
        """A feature that is a function of the row alone is computed with the row."""
        expr = feature.expr
        match expr.pieces:
            case (ColumnUse() as only,):
                return self._column(only.text, only.name, only.type)
        return self._input(f"feature {feature.name}", expr.text, feature.name, feature.type)

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
        for key in self.view.keys:
            if key.text.value.lower() == text.value.lower():
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
    for arg in (*call.args, *((call.where,) if call.where else ())):
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
    origin: SpineAsks | OnlineAsks | HistoryAsks,
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
    needs_latest = draft.uses_latest or isinstance(origin, OnlineAsks)
    latest = None
    if needs_latest:
        latest = LatestLookup(f"{name}_latest", rows, asks, tuple(draft.latest_columns), view.config.ttl_us)
    by_rows = tuple(a for a in draft.aggregations.values() if isinstance(a.extent, RowsWindow))
    by_time = tuple(a for a in draft.aggregations.values() if not isinstance(a.extent, RowsWindow))
    windows = tuple(
        WindowLookup(f"{name}_{suffix}", rows, asks, found)
        for suffix, found in (("windows", by_time), ("recent", by_rows))
        if found
    )
    outputs = tuple(replace(output, name=prefix + output.name) for output in draft.outputs)
    return Part(name, rows, asks, latest, windows, outputs, on)

