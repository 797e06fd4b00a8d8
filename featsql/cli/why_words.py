"""The words for windows, times and reasons that `featsql why` says to people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from featsql.base.lengths import length
from featsql.cli.amounts import counted
from featsql.cli.rows import Cell, cells
from featsql.ir.header import AllWindow, CalendarWindow, Closed, RowsWindow
from featsql.ir.why import Bounds, Reason, Why, WhyPart

_SECONDS: Final = re.compile(r"(\d\d:\d\d):00(Z?)$")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def reason_words(reason: Reason, why: Why, part: WhyPart) -> str:
    """What a row is to the value, in the few words that fit a cell."""
    match reason:
        case "future":
            return "after t" if why.closed.sees_now else "at t or later"
        case "late":
            return "known too late"
        case "before":
            return "before window"
        case "after":
            return "after window"
        case "beyond":
            assert isinstance(part.extent, RowsWindow)
            return f"not in last {part.extent.count}"
        case "filtered":
            return "filtered out"
        case "null":
            return "NULL, skipped"
        case "older":
            return "older"
        case "superseded":
            return "earlier version"
        case "tied":
            return "loses the tie"
        case "expired":
            return "past its ttl"
        case "in":
            return "counts" if part.window else "the latest"


def window_words(part: WhyPart) -> str:
    """The window's reach: an interval, or words where it has no start."""
    match part.extent:
        case RowsWindow(count):
            return f"the latest {counted(count, 'row')}"
        case AllWindow():
            assert part.bounds
            return f"every row {'up to' if part.bounds.closed.sees_now else 'before'} {moment(part.bounds.end_us)}"
    return interval(part.bounds) if part.bounds else ""


def calendar_words(part: WhyPart) -> str | None:
    """Where a calendar window starts on the clocks of its zone."""
    from zoneinfo import ZoneInfo

    if not isinstance(part.extent, CalendarWindow) or part.bounds is None or part.bounds.start_us is None:
        return None
    unit, back, zone = part.extent.unit, part.extent.back, part.extent.timezone
    local = (_EPOCH + timedelta(microseconds=part.bounds.start_us)).astimezone(ZoneInfo(zone))
    start = short([local.strftime("%Y-%m-%d %H:%M:%S")])[0]
    return f"its start in {zone}: {start} (calendar: {unit}{f', back: {back}' if back else ''})"


def interval(bounds: Bounds) -> str:
    """Both ends, with the brackets that say whether they belong to it."""
    opens = "[" if bounds.closed.has_start else "("
    closes = "]" if bounds.closed.sees_now else ")"
    start = "" if bounds.start_us is None else moment(bounds.start_us)
    return f"{opens}{start}, {moment(bounds.end_us)}{closes}"


def visible_words(closed: Closed) -> str:
    return f"what is known {'at t or before' if closed.sees_now else 'before t'} (closed: {closed})"


def known_words(timestamp: str, available_at: str | None, delay_us: int) -> str:
    """When a row becomes known (R4)."""
    if available_at:
        return f"at `{available_at}`, never before `{timestamp}`"
    if delay_us:
        return f"{length(delay_us)} after `{timestamp}`"
    return f"at `{timestamp}`"


def moment(us: int) -> str:
    import pyarrow

    return short([cells(pyarrow.array([us], pyarrow.timestamp("us")))[0]])[0] or ""


def short(times: Sequence[Cell]) -> list[Cell]:
    """Times without their seconds, if none has any."""
    if all(time is None or _SECONDS.search(time) for time in times):
        return [None if time is None else _SECONDS.sub(r"\1\2", time) for time in times]
    return list(times)
