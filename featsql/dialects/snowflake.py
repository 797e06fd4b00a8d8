"""Snowflake's spelling. https://docs.snowflake.com/en/sql-reference-commands

Names: what is plain and no reserved word is written without quotes, and Snowflake folds it to upper case; anything else is
quoted as it was written. Sessions are in UTC; nothing here depends on another parameter of the session.
"""

from __future__ import annotations

from typing import Final

from featsql.base.sqltypes import base_name, decimal_scale, is_decimal, is_float, is_integer
from featsql.dialects.base import Dialect

# https://docs.snowflake.com/en/sql-reference/reserved-keywords: reserved words, and words that cannot name a column or table
_RESERVED: Final = frozenset(
    """
    account all alter and any as asof between by case cast check column connect connection constraint create cross current
    current_date current_time current_timestamp current_user database delete distinct drop else exists false following for
    from full grant group gscluster having ilike in increment inner insert intersect into is issue join lateral left like
    localtime localtimestamp match_condition minus natural not null of on or order organization qualify regexp revoke right
    rlike row rows sample schema select set some start table tablesample then to trigger true try_cast union unique update
    using values view when whenever where with
    """.split()
)
_TYPES: Final = {
    "BIGINT": "bigint",
    "TEXT": "varchar",
    "VARCHAR": "varchar",
    "TIMESTAMP": "timestamp_ntz",
    "DATETIME": "timestamp_ntz",
    "TIMESTAMP_S": "timestamp_ntz",
    "TIMESTAMP_MS": "timestamp_ntz",
    "TIMESTAMP_US": "timestamp_ntz",
    "TIMESTAMP_NS": "timestamp_ntz",
    # an instant that is shown in the session's zone, as DuckDB's; `timestamp_tz` would be cut into days by its own offset
    "TIMESTAMPTZ": "timestamp_ltz",
    "TIMESTAMP WITH TIME ZONE": "timestamp_ltz",
    "TIMESTAMPTZ_NS": "timestamp_ltz",
    "TIMESTAMP WITH TIME ZONE_NS": "timestamp_ltz",
    "BLOB": "binary",
}


def literal(value: str) -> str:
    """A string literal: here a backslash escapes what follows, so both it and the quote are doubled."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def type_name(name: str) -> str:
    """The compiler's spelling of a type as Snowflake's; every whole number is a `bigint`, which holds 38 digits there."""
    if name.endswith("[]"):
        return "array"
    base = base_name(name)
    if is_integer(name):
        return "bigint"
    if is_float(name):
        return "double"
    return _TYPES.get(base, name.lower())


def _epoch_us(column: str, type_name: str | None) -> str:
    # https://docs.snowflake.com/en/sql-reference/functions-date-time: times have nanoseconds, which are cut off downwards
    base = base_name(type_name) if type_name else None
    if base == "DATE":
        return f"date_part(epoch_microsecond, cast({column} as timestamp_ntz))"
    # of no type known: any time is an instant with a zone, where the session's is UTC
    time = column if base else f"cast({column} as timestamp_tz)"
    return f"date_part(epoch_microsecond, date_trunc('microsecond', {time}))"


def _from_epoch_us(us: str) -> str:
    return f"to_timestamp_ntz({us}, 6)"


def _calendar_start_us(as_of_us: str, unit: str, back: int, zone: str) -> str:
    """Weeks are counted from ISO weekdays: `date_trunc('week', ...)` goes by a parameter of the session."""
    utc = _from_epoch_us(as_of_us)
    is_utc = zone == "UTC"
    zone = literal(zone)
    local = utc if is_utc else f"convert_timezone('UTC', {zone}, {utc})"
    if unit == "week":
        start = f"dateadd(day, 1 - dayofweekiso({local}), date_trunc('day', {local}))"
    else:
        start = f"date_trunc('{unit}', {local})"
    if back:
        start = f"dateadd({unit}, -{back}, {start})"
    if is_utc:
        return f"date_part(epoch_microsecond, {start})"
    # a midnight that happens twice: the unit began with the earlier one, whichever of them Snowflake takes
    later = f"convert_timezone({zone}, 'UTC', {start})"
    earlier = f"dateadd(hour, -1, {later})"
    twice = f"convert_timezone('UTC', {zone}, {earlier}) = convert_timezone('UTC', {zone}, {later})"
    return f"date_part(epoch_microsecond, iff({twice}, {earlier}, {later}))"


def _asof_join(right: str, equalities: tuple[str, ...], comparison: str) -> str:
    # https://docs.snowflake.com/en/sql-reference/constructs/asof-join
    on = f"\n    on {' and '.join(equalities)}" if equalities else ""
    return f"asof join {right}\n    match_condition ({comparison}){on}"


def _total_type(type_name: str | None) -> str:
    if type_name is None or is_float(type_name):
        return "double"
    return f"number(38, {decimal_scale(type_name) if is_decimal(type_name) else 0})"


SNOWFLAKE: Final = Dialect(
    name="snowflake",
    reserved=_RESERVED,
    epoch_us=_epoch_us,
    from_epoch_us=_from_epoch_us,
    calendar_start_us=_calendar_start_us,
    asof_join=_asof_join,
    asof_keeps_all=True,
    # there is no such word: the planner decides
    kept_cte="",
    inlined_cte="",
    keeps_order=False,
    # https://docs.snowflake.com/en/sql-reference/functions-window-syntax: bounds are constants
    frames_by_row=False,
    # https://docs.snowflake.com/en/sql-reference/functions/row_number: it has to have one
    any_order="order by null",
    star_except=lambda relation, columns: f"{relation}.* exclude ({', '.join(columns)})",
    total_type=_total_type,
    power_of_two=lambda exponent: f"cast(power(2, {exponent}) as bigint)",
    # https://docs.snowflake.com/en/sql-reference/functions/seq1: a sequence may have gaps, its row numbers have none
    numbers=lambda name, count: (
        f"select row_number() over (order by seq8()) - 1 as {name}\nfrom table(generator(rowcount => {count}))"
    ),
    extreme_of_known={"least": "least_ignore_nulls", "greatest": "greatest_ignore_nulls"},
    greatest_where=lambda value, where: f"max(iff({where}, {value}, null))",
    type_name=type_name,
    casts_features=True,
    compares_rows=False,
    # https://docs.snowflake.com/en/sql-reference/functions/mode: if there is a tie, one of those values
    counts_modes=True,
    # https://docs.snowflake.com/en/sql-reference/functions-window-syntax: those that move with bounds on both sides, and
    # whose value over a frame does not depend on how it is added up
    framed=frozenset({"count", "sum", "avg", "min", "max"}),
    file_scan=None,
    literal=literal,
)
