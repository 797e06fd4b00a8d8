"""What a dialect has to declare. Every field is needed: one that is missing is an error at import, never wrong SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from featsql.ir.graph import TableName

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def literal(value: str) -> str:
    """A string literal of standard SQL. The one place that quotes values; a quote is doubled and read nothing else in it."""
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Dialect:
    """SQL text for one warehouse: no connection, no driver.

    Functions take and give SQL text. Times inside generated SQL are integer microseconds of UTC since 1970: `epoch_us`
    makes them of a time column of any type, cutting off what is below a microsecond.
    """

    name: str
    reserved: frozenset[str]
    """Words that cannot stand as a plain name, lower case."""
    epoch_us: Callable[[str, str | None], str]
    from_epoch_us: Callable[[str], str]
    calendar_start_us: Callable[[str, str, int, str], str]
    """(as_of_us, unit, back, time zone) -> microseconds at which that calendar unit began (R12)."""
    asof_join: Callable[[str, tuple[str, ...], str], str]
    """(right relation with its alias, equalities, the one comparison) -> a join to the nearest row."""
    asof_keeps_all: bool
    """Does that join keep rows that have none?"""
    kept_cte: str
    """What makes a CTE be computed once, after `as`; empty where there is no such word."""
    inlined_cte: str
    """What makes it be computed for each of its readers."""
    keeps_order: bool
    """Does a window function without an order see the rows in the order of the subquery that it reads?"""
    frames_by_row: bool
    """May the bounds of a window frame differ from row to row?"""
    any_order: str
    """What stands in the window of a rank whose order does not matter."""
    star_except: Callable[[str, tuple[str, ...]], str]
    """(relation, columns) -> all columns of it but those."""
    total_type: Callable[[str | None], str]
    """The type in which numbers of a type add up without overflow."""
    power_of_two: Callable[[str], str]
    numbers: Callable[[str, int], str]
    """(column, count) -> a query with the numbers from 0 up to `count`, which is left out."""
    extreme_of_known: Mapping[str, str]
    """The functions that give the `least` and the `greatest` of values of which some are NULL."""
    greatest_where: Callable[[str, str], str]
    """(value, condition) -> the greatest value of those rows of a group that meet the condition."""
    type_name: Callable[[str], str]
    """A type in the compiler's spelling (`base.sqltypes`) -> the warehouse's own."""
    casts_features: bool
    """Do calculated features need a cast to have the types that the compiler says (R26)?"""
    compares_rows: bool
    """Can an aggregate go by several columns at once?"""
    counts_modes: bool
    """Does its own `mode` take any of equally frequent values, so that we have to count them ourselves?"""
    framed: frozenset[str] | None
    """The aggregates that can be had over a frame that moves, to the last bit; None: all of them."""
    file_scan: Callable[[str], str] | None
    """(absolute path or glob) -> a relation; None where the warehouse does not see the files of this machine."""
    literal: Callable[[str], str]
    """A text as a string literal."""

    def quote(self, identifier: str) -> str:
        """An identifier as SQL: plain where that is safe, else in double quotes. The one place that quotes names."""
        return _quoted(identifier, self.reserved)

    def table(self, name: TableName) -> str:
        parts = (name.database, name.schema, name.name)
        return ".".join(self.quote(part) for part in parts if part)


@lru_cache(maxsize=65_536)
def _quoted(identifier: str, reserved: frozenset[str]) -> str:
    if _PLAIN.fullmatch(identifier) and identifier.lower() not in reserved:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'
