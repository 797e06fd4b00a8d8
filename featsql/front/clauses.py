"""Small facts about pieces of parsed SQL: what reads the clock, what a window function sees, how long a truncated time is."""

from __future__ import annotations

import re
from typing import Final

from sqlglot import exp

_CLOCKS: Final = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, exp.Localtimestamp, exp.Localtime)
CLOCK_NAMES: Final = frozenset(
    "now today get_current_timestamp transaction_timestamp statement_timestamp clock_timestamp current_localtimestamp "
    "sysdate getdate systimestamp sysdatetime get_current_time".split()
)
_UNITS_US: Final = {
    "SECOND": 1_000_000,
    "MINUTE": 60_000_000,
    "HOUR": 3_600_000_000,
    "DAY": 86_400_000_000,
    "WEEK": 604_800_000_000,
    "MONTH": 31 * 86_400_000_000,
    "QUARTER": 92 * 86_400_000_000,
    "YEAR": 366 * 86_400_000_000,
}
"""The longest that each can be."""
DAY_US: Final = _UNITS_US["DAY"]
_TIMELY: Final = re.compile(r".*_(?:at|on|time|ts|date|day|month)|ts|date|time|timestamp|day", re.IGNORECASE)
_WHOLE_PARTITION: Final = (exp.Ntile, exp.PercentRank, exp.CumeDist)


def reads_the_clock(node: exp.Expr) -> bool:
    return isinstance(node, _CLOCKS) or (isinstance(node, exp.Anonymous) and node.name.lower() in CLOCK_NAMES)


def looks_like_time(name: str) -> bool:
    """For a column of which the type is not known."""
    return _TIMELY.fullmatch(name) is not None


def is_named_window(window: exp.Window) -> bool:
    """`f(x) over NAME`."""
    others = ("partition_by", "order", "spec")
    return isinstance(window.args.get("alias"), exp.Identifier) and not any(window.args.get(each) for each in others)


def has_aggregate(node: exp.Expr) -> bool:
    """Is there an aggregate of its own, outside of window functions and subqueries?"""
    found = node.walk(prune=lambda n: isinstance(n, exp.Window | exp.Query))
    return any(isinstance(each, exp.AggFunc) for each in found)


def sees_later_rows(window: exp.Window, by_time: bool) -> bool:
    """Can a row's value depend on rows that come after it? `by_time`: the order is by time, or something that grows with it."""
    call = window.this.this if isinstance(window.this, exp.IgnoreNulls | exp.RespectNulls | exp.Filter) else window.this
    order = window.args.get("order")
    if isinstance(call, exp.Lead | _WHOLE_PARTITION[0] | _WHOLE_PARTITION[1] | _WHOLE_PARTITION[2]) or order is None:
        return True
    if order.expressions[0].args.get("desc") or not by_time:
        return True
    spec = window.args.get("spec")
    return bool(spec and str(spec.args.get("end_side")).upper() == "FOLLOWING")


def unit_of(node: exp.Expr) -> int:
    """The length in microseconds of what a function cuts a time to; 0 for any other function."""
    match node:
        case exp.TimestampTrunc() | exp.DateTrunc():
            return _UNITS_US.get(node.args["unit"].name.upper() if node.args.get("unit") else "", 0)
        case exp.DateBin() if isinstance(node.this, exp.Interval):
            return _interval_us(node.this)
        case exp.Cast() if node.to.this in (exp.DType.DATE, exp.DType.DATE32):
            return DAY_US
        case exp.Date() | exp.TsOrDsToDate():
            return DAY_US
    return 0


def adds_a_length(node: exp.Expr) -> bool:
    """`time + interval ...`, `date + 1`: a later time than that of the rows."""
    if isinstance(node, exp.DateAdd | exp.TimestampAdd | exp.TsOrDsAdd | exp.LastDay):
        return True
    return isinstance(node, exp.Add) and isinstance(node.expression, exp.Interval | exp.Literal)


def gives_time(node: exp.Expr) -> bool:
    """Is a function of a time a time itself, as far as its kind tells?"""
    return not isinstance(
        node,
        exp.DateDiff
        | exp.TimestampDiff
        | exp.Extract
        | exp.Predicate
        | exp.TimeToStr
        | exp.Count
        | exp.CountIf
        | exp.Anonymous
        | exp.If
        | exp.Not
        | exp.Connector
        | exp.Sum
        | exp.Avg
        | exp.TimeToUnix
        | exp.Year
        | exp.Month
        | exp.Day,
    )


def _interval_us(interval: exp.Interval) -> int:
    unit = interval.args.get("unit")
    amount = interval.this.name if interval.this is not None else ""
    return _UNITS_US.get(unit.name.upper().rstrip("S"), 0) * int(amount) if unit is not None and amount.isdigit() else 0
