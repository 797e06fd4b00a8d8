"""Why a feature has its value: the questions to the warehouse, and their answers put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.sqltypes import is_integer
from featsql.ir.graph import Feature, FeatureGraph, FeatureViewNode, TrainingSetNode
from featsql.ir.header import AllWindow, CalendarWindow, FeatureRef, Name, RangeWindow, RowsWindow
from featsql.ir.model import Column
from featsql.ir.query import Query
from featsql.ir.why import REASONS, Bounds, Piece, Unseen, Why, WhyPart
from featsql.plan.names import ROW_ORDER
from featsql.plan.strategies.base import calendar_column
from featsql.plan.why import Group, Inquiry, inquire
from featsql.plan.why_rows import nearest_rows, some_keys, summary, typed_keys

if TYPE_CHECKING:
    import pyarrow

    from featsql.compile import Compiler

Frames = Mapping[str, "pyarrow.Table"]
Ask = Callable[[Query, Frames], "pyarrow.Table"]
"""The rows of a query over the warehouse and some Arrow tables."""
ColumnsOf = Callable[["pyarrow.Table"], tuple[Column, ...]]
"""The columns of an Arrow table as the warehouse types them."""

_SPINE: Final = "featsql_spine"
_KEYS_SHOWN: Final = 5
_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]+\s*")


@dataclass(frozen=True, slots=True)
class Warehouse:
    ask: Ask
    columns_of: ColumnsOf


def find_feature(graph: FeatureGraph, text: str) -> tuple[FeatureViewNode, Feature]:
    """The feature that `VIEW.FEATURE` names. FS008, FS401 and FS404, with the nearest names."""
    wanted, _, name = text.strip().partition(".")
    views = {n.name.lower(): n for n in graph.nodes.values() if isinstance(n, FeatureViewNode)}
    view = views.get(wanted.lower())
    if view is None:
        raise FeatsqlError(Diagnostic("FS401", f"there is no feature view `{wanted}`", hints=_other_views(graph, wanted, name)))
    names = [f.name for f in view.features]
    found = next((f for f in view.features if f.name.lower() == name.lower()), None)
    if found:
        return view, found
    hints = nearest(name, names) or (f"its features: {', '.join(names)}",)
    if not name:
        raise FeatsqlError(Diagnostic("FS008", f"`{wanted}` names no feature: write `{view.name}.FEATURE`", hints=hints))
    raise FeatsqlError(Diagnostic("FS404", f"feature view `{view.name}` has no feature `{name}`", hints=hints))


def _other_views(graph: FeatureGraph, wanted: str, name: str) -> tuple[str, ...]:
    """Where the feature may be meant: in the view behind a training set's column, or in a view of a similar name."""
    for node in graph.nodes.values():
        if isinstance(node, TrainingSetNode) and node.name.lower() == wanted.lower():
            columns = {(use.prefix + f).lower(): f"{use.view}.{f}" for use in node.bound for f in use.features}
            if name.lower() in columns:
                return (f"`{node.name}` is a training set; it has `{name}` from `{columns[name.lower()]}`",)
            return (f"`{node.name}` is a training set; its features come from {_listed(use.view for use in node.bound)}",)
    views = [n.name for n in graph.nodes.values() if isinstance(n, FeatureViewNode)]
    return nearest(wanted, views) or ((f"feature views: {', '.join(views)}",) if views else ())


def explain(warehouse: Warehouse, compiler: Compiler, feature_name: str, key: Any, as_of_us: int, limit: int) -> Why:
    """The value of a feature for a key (one value, or values by name) at t, and the nearest `limit` rows of each kind."""
    view, feature = find_feature(compiler.graph, feature_name)
    values = _key_values(view, key)
    time = _free_name("as_of", {*values, feature.name})
    columns = (*(Column(key.name, key.type) for key in view.keys), Column(time, "TIMESTAMP"))
    at = view.header.span
    ref = FeatureRef(Name(view.name, at), (Name(feature.name, at),))
    plan, _ = compiler.retrieval(_SPINE, columns, time, [ref])
    inquiry = inquire(plan, view, feature)
    frames = {_SPINE: _spine(warehouse, compiler, inquiry, view, values, time, as_of_us)}
    answer = warehouse.ask(compiler.query(inquiry.answer), frames)
    told = warehouse.ask(compiler.written(summary(inquiry), view), frames).to_pylist()[0]
    near = warehouse.ask(compiler.written(nearest_rows(inquiry, limit), view), frames)
    found = _Found(inquiry, told, near, as_of_us, limit)
    keys = None
    if not told["rows"] and not told["without_event_time"] and not told["without_known_time"] and view.keys:
        keys = warehouse.ask(compiler.written(some_keys(inquiry, _KEYS_SHOWN), view), frames)
    config = view.config
    return Why(
        view=view.name,
        feature=feature.name,
        sql=" ".join(feature.expr.text.value.split()),
        type=feature.type or warehouse.columns_of(answer)[len(values) + 1].type or "",
        keys=tuple(values),
        as_of_us=as_of_us,
        answer=answer,
        closed=config.closed,
        timestamp=view.timestamp.name,
        available_at=view.known_time.name if view.known_time else None,
        delay_us=config.delay_us,
        ttl_us=config.ttl_us,
        tie_break=tuple(tie.name for tie in view.tie_break),
        parts=tuple(found.part(g, group) for g, group in enumerate(inquiry.groups)),
        rows=told["rows"],
        unseen=Unseen(told["without_key"], told["without_event_time"], told["without_known_time"]),
        some_keys=keys,
    )


# --- the key


def _key_values(view: FeatureViewNode, key: Any) -> dict[str, Any]:
    """A value for each key of the view, under its own name. FS008 for what is missing, unknown or NULL."""
    names = [key.name for key in view.keys]
    if key is None:
        given: dict[str, Any] = {}
    elif isinstance(key, Mapping):
        given = {str(name): value for name, value in key.items()}
    elif len(names) == 1:
        given = {names[0]: key}
    else:
        takes = f"has the keys {_listed(names)}: name each value" if names else "has no key: every time sees the same rows"
        raise FeatsqlError(Diagnostic("FS008", f"feature view `{view.name}` {takes}", hints=_how(names)))
    by_name = {name.lower(): name for name in names}
    unknown = [name for name in given if name.lower() not in by_name]
    values = {by_name[name.lower()]: value for name, value in given.items() if name.lower() in by_name}
    found = [_unknown_key(view, name, names) for name in unknown]
    found += [
        Diagnostic("FS008", f"the key `{name}` of `{view.name}` has no value", hints=_how(names))
        for name in names
        if values.get(name) is None and not unknown
    ]
    if found:
        raise FeatsqlError(*found)
    return {name: values[name] for name in names}


def _unknown_key(view: FeatureViewNode, name: str, names: Sequence[str]) -> Diagnostic:
    return Diagnostic("FS008", f"`{name}` is not a key of `{view.name}`", hints=nearest(name, names) or _how(names))


def _how(names: Sequence[str]) -> tuple[str, ...]:
    return (f"write `{' '.join(f'--key {name}=VALUE' for name in names)}`",) if names else ("leave out `--key`",)


def _spine(
    warehouse: Warehouse,
    compiler: Compiler,
    inquiry: Inquiry,
    view: FeatureViewNode,
    values: Mapping[str, Any],
    time: str,
    as_of_us: int,
) -> pyarrow.Table:
    """One row: the key, in the types that the view's rows have, and t. FS008 for a value that has none in its type."""
    import pyarrow

    t = pyarrow.array([as_of_us], pyarrow.timestamp("us"))
    given = pyarrow.table({**{name: [value] for name, value in values.items()}, time: t})
    if not values:
        return given
    types = [(key.name, key.type or "") for key in view.keys]
    if not all(kind for _, kind in types):
        told = warehouse.columns_of(warehouse.ask(compiler.written(some_keys(inquiry, 0), view), {_SPINE: given}))
        types = [(name, kind or column.type or "VARCHAR") for (name, kind), column in zip(types, told, strict=True)]
    typed = warehouse.ask(compiler.written(typed_keys(_SPINE, types), view), {_SPINE: given})
    found = [
        Diagnostic("FS008", f"`{values[name]}` is no value of the key `{name}`, which is {kind}", hints=(_look(view),))
        for name, kind in types
        if typed.column(name)[0].as_py() is None or (is_integer(kind) and not _INTEGER.fullmatch(str(values[name])))
    ]
    if found:
        raise FeatsqlError(*found)
    return typed.append_column(time, t)


def _look(view: FeatureViewNode) -> str:
    return f"`featsql show {view.name}` shows rows with their keys"


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


def _free_name(wanted: str, taken: set[str]) -> str:
    name = wanted
    while name.lower() in {other.lower() for other in taken}:
        name += "_"
    return name


# --- the rows


@dataclass(frozen=True, slots=True)
class _Found:
    """What the warehouse told: `told` in numbers, `near` in rows, of which `limit` of each kind are shown."""

    inquiry: Inquiry
    told: Mapping[str, Any]
    near: pyarrow.Table
    as_of_us: int
    limit: int

    def part(self, g: int, group: Group) -> WhyPart:
        first = len(self.inquiry.part.on) + 1
        return WhyPart(
            window=group.window,
            extent=group.extent,
            bounds=self._bounds(group),
            filter=group.where,
            pieces=tuple(Piece(c.sql, first + c.output, self.told.get(f"null_{c.output}", 0)) for c in group.calls),
            counts={reason: count for reason in REASONS if (count := self.told[f"{reason}_{g}"])},
            rows=self._rows(g, group),
        )

    def _bounds(self, group: Group) -> Bounds | None:
        """The ends of the window; without one, those between which ttl lets the latest row be."""
        closed, end_us = self.inquiry.part.rows.closed, self.as_of_us
        match group.extent:
            case RangeWindow(length_us, offset_us):
                end_us -= offset_us
                return Bounds(end_us - length_us, end_us, closed)
            case CalendarWindow():
                return Bounds(self.told[calendar_column(group.window or "")], end_us, closed)
            case AllWindow():
                return Bounds(None, end_us, closed)
            case RowsWindow():
                return None
        ttl_us = self.inquiry.part.latest.ttl_us if self.inquiry.part.latest else None
        return Bounds(None if ttl_us is None else end_us - ttl_us, end_us, closed)

    def _rows(self, g: int, group: Group) -> pyarrow.Table:
        """The rows to show of a group, latest first: of those that make the value, and of the others some of each reason."""
        import pyarrow

        reasons, ranks, order = (self.near.column(name).to_pylist() for name in (f"reason_{g}", f"rank_{g}", ROW_ORDER))
        places = [at for at, rank in enumerate(ranks) if rank <= self.limit]
        # one of each reason before a second of any: a thousand old rows do not hide the one that came too late
        others = sorted((at for at in places if reasons[at] != "in"), key=lambda at: (ranks[at], REASONS.index(reasons[at])))
        shown = [at for at in places if reasons[at] == "in"] + others[: self.limit]
        columns = {name: self.near.column(name) for name in ("event_time", "known_time")}
        for column in group.columns:
            name = _free_name(column.name, {*columns, "reason"})
            columns[name] = self.near.column(f"column_{self.inquiry.inputs.index(column.input)}")
        columns["reason"] = self.near.column(f"reason_{g}")
        latest_first = pyarrow.array(sorted(shown, key=lambda at: -order[at]), pyarrow.int64())
        return pyarrow.table(columns).take(latest_first)
