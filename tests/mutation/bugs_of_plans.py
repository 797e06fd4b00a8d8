"""Bugs in the logical plan: what every strategy is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from featsql.ir.header import CalendarWindow, Closed, RangeWindow, RowsWindow

from .bug import add, bug, of
from .tree import Change, kind, rewritten


def _closed(change: Callable[[Closed], tuple[bool, bool]]) -> Change:
    ends = {(False, True): "left", (True, False): "right", (True, True): "both", (False, False): "neither"}
    return of("Rows", lambda rows: replace(rows, closed=Closed(ends[change(rows.closed)])))


def _extent(type_: type, change: Callable[[Any], Any]) -> Change:
    """On the aggregations and asks: both say what a window is."""
    return lambda node: change(node) if isinstance(node, type_) else node


def _outputs(change: Change) -> Change:
    return of("Output", change)


add("t itself is seen, or not", "plan", _closed(lambda c: (not c.sees_now, c.has_start)), "visibility", "windows", is_poison=True)
add("the far end belongs, or not", "plan", _closed(lambda c: (c.sees_now, not c.has_start)), "windows", "ttl")
add("delay is forgotten", "plan", of("Rows", lambda r: replace(r, delay_us=0)), "late_rows", "visibility", is_poison=True)
add(
    "delay is a microsecond long",
    "plan",
    of("Rows", lambda r: replace(r, delay_us=min(r.delay_us, 1))),
    "late_rows",
    is_poison=True,
)
add(
    "available_at is forgotten",
    "plan",
    of("Rows", lambda r: replace(r, available=None)),
    "visibility",
    "late_rows",
    is_poison=True,
)
add(
    "known time for event time",
    "plan",
    of("Rows", lambda r: replace(r, event=replace(r.available, name=r.event.name)) if r.available else r),
    "late_rows",
)
add("offset is ignored", "plan", _extent(RangeWindow, lambda w: replace(w, offset_us=0)), "offset")
add(
    "offset is a microsecond longer",
    "plan",
    _extent(RangeWindow, lambda w: replace(w, offset_us=w.offset_us and w.offset_us + 1)),
    "offset",
)
add("windows are a microsecond longer", "plan", _extent(RangeWindow, lambda w: replace(w, length_us=w.length_us + 1)), "windows")
add("windows are a microsecond shorter", "plan", _extent(RangeWindow, lambda w: replace(w, length_us=w.length_us - 1)), "windows")
add("windows are twice as long", "plan", _extent(RangeWindow, lambda w: replace(w, length_us=w.length_us * 2)), "windows")
add("rows N + 1", "plan", _extent(RowsWindow, lambda w: replace(w, count=w.count + 1)), "rows")
add("rows N - 1", "plan", _extent(RowsWindow, lambda w: replace(w, count=max(w.count - 1, 1))), "rows")
add("calendar windows start one unit earlier", "plan", _extent(CalendarWindow, lambda w: replace(w, back=w.back + 1)), "calendar")
add("`back` is ignored", "plan", _extent(CalendarWindow, lambda w: replace(w, back=0)), "calendar")
add("calendars are read in UTC", "plan", _extent(CalendarWindow, lambda w: replace(w, timezone="UTC")), "calendar", "dst")
add("ttl is forgotten", "plan", of("LatestLookup", lambda x: replace(x, ttl_us=None)), "ttl")
add("ttl is a microsecond longer", "plan", of("LatestLookup", lambda x: replace(x, ttl_us=x.ttl_us and x.ttl_us + 1)), "ttl")
add("ttl is a microsecond shorter", "plan", of("LatestLookup", lambda x: replace(x, ttl_us=x.ttl_us and x.ttl_us - 1)), "ttl")
add("ties are not broken by columns", "plan", of("Rows", lambda r: replace(r, order=())), "order_ties")
add("tie columns in the wrong order", "plan", of("Rows", lambda r: replace(r, order=r.order[::-1])), "order_ties")
add(
    "the last tie column is forgotten",
    "plan",
    of("Rows", lambda r: replace(r, order=r.order[:-1])),
    "order_ties/full_ties",
    "order_ties",
)
add("distinct is dropped", "plan", of("Aggregation", lambda a: replace(a, distinct=False)), "aggregates")
add("filter is dropped", "plan", of("Aggregation", lambda a: replace(a, where=None)), "aggregates", "rows")
add(
    "count(*) for count(x)",
    "plan",
    of("Aggregation", lambda a: replace(a, args=()) if a.function == "count" and not a.distinct else a),
    "aggregates",
)


def _swapped(one: str, other: str) -> Change:
    return of("Aggregation", lambda a: replace(a, function=other) if a.function == one else a)


add("max for min", "plan", _swapped("min", "max"), "aggregates/min_and_max")
add("last for first", "plan", _swapped("first", "last"), "aggregates")
add("samples for populations", "plan", _swapped("stddev_pop", "stddev_samp"), "aggregates/spread")
add("`and` for `or`", "plan", _swapped("bool_or", "bool_and"), "aggregates")


@bug("NULL for zero", "plan", "aggregates", "misses")
def _null_for_zero(node: Any) -> Any:
    return replace(node, zero=False) if kind(node) == "FromWindows" else node


@bug("zero for NULL", "plan", "misses", "aggregates")
def _zero_for_null(node: Any) -> Any:
    if kind(node) != "Part":
        return node
    sums = {a.column for lookup in node.windows for a in lookup.aggregations if a.function == "sum"}
    return rewritten(node, of("FromWindows", lambda f: replace(f, zero=True) if f.column in sums else f))[0]


add("constants where there is no row", "plan", _outputs(lambda o: replace(o, guarded=False)), "latest", "misses")


@bug("all windows of a view are the first one", "plan", "windows", "dst")
def _one_window(node: Any) -> Any:
    if kind(node) != "WindowLookup" or isinstance(node.aggregations[0].extent, CalendarWindow | RowsWindow):
        return node
    first = node.aggregations[0]
    return replace(node, aggregations=tuple(replace(a, window=first.window, extent=first.extent) for a in node.aggregations))


@bug("a second role asks for the first one's entity", "plan", "roles")
def _first_role(node: Any) -> Any:
    if kind(node) != "PointInTime":
        return node
    first = {part.rows.view: part.on for part in reversed(node.parts)}
    return replace(node, parts=tuple(_asked_by(part, first[part.rows.view]) for part in node.parts))


def _asked_by(part: Any, on: tuple[str, ...]) -> Any:
    return rewritten(part, of("SpineAsks Part", lambda node: replace(node, on=on)))[0]


add(
    "online tables are of a microsecond later",
    "plan",
    of("OnlineAsks", lambda o: replace(o, as_of_us=o.as_of_us + 1)),
    "online",
    is_poison=True,
)
add(
    "online tables are of a microsecond earlier",
    "plan",
    of("OnlineAsks", lambda o: replace(o, as_of_us=o.as_of_us - 1)),
    "online",
)
add("sums keep the warehouse's type", "plan", of("Aggregation", lambda a: replace(a, type=None)), "types", "aggregates")
