"""Bugs in the text of SQL, and in the dialect that spells it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from .bug import add, bug
from .tree import Change


def _replaced(pattern: str, by: str) -> Change:
    return lambda text: re.sub(pattern, by, text)


add(
    "rank for row_number",
    "text",
    _replaced(r"\brow_number\(\) over \(partition", "rank() over (partition"),
    "history/rows_of_one_instant",
    "order_ties",
    "rows",
)
add("NULL last among ties", "text", lambda text: text.replace(" nulls first", " nulls last"), "order_ties")
add("NULL first in the reverse order", "text", lambda text: text.replace(" desc nulls last", " desc nulls first"), "order_ties")
add("last skips NULL", "text", _replaced(r"\barg_max_null\((?!\w+\.?\w*, row\()", "arg_max("), "aggregates")
add("first skips NULL", "text", _replaced(r"\barg_min_null\((?!\w+\.?\w*, row\()", "arg_min("), "aggregates")
add("ties of arg_max fall to the earliest row", "text", _replaced(r"(arg_max_null\([^()]*row\([^(),]+, )", r"\1-"), "aggregates")
add(
    "arg_max takes a NULL y",
    "text",
    _replaced(r"(arg_max_null\(.*?\) filter \(where .*?)[\w.]+ is not null", r"\1true"),
    "aggregates",
)
add(
    "lists in any order",
    "text",
    _replaced(r"(array_agg\([^()]*?) order by ([^()]*)\)", r"\1 order by -\2)"),
    "aggregates",
    "order_ties",
)
add("mode takes the greatest", "text", _replaced(r"(mode\((.*?) order by .*?)\)", r"\1 desc)"), "aggregates")


# --- the dialect


@bug("what is below a microsecond is rounded", "dialect", "sessions", is_poison=True)
def _rounded(dialect: Any) -> Any:
    return replace(dialect, epoch_us=lambda column, type_name: f"epoch_us(cast({column} as timestamp))")


@bug("calendar units start in UTC", "dialect", "calendar", "dst")
def _in_utc(dialect: Any) -> Any:
    start = dialect.calendar_start_us
    return replace(dialect, calendar_start_us=lambda us, unit, back, timezone: start(us, unit, back, "UTC"))
