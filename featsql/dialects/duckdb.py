"""DuckDB's spelling. https://duckdb.org/docs/stable/sql/introduction"""

from __future__ import annotations

from typing import Final

from featsql.base.sqltypes import base_name, decimal_scale, is_decimal, is_float
from featsql.dialects.base import Dialect, literal

# https://duckdb.org/docs/stable/sql/keywords_and_identifiers: reserved words, and words that cannot name a column or table
_RESERVED: Final = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "anti",
        "any",
        "array",
        "as",
        "asc",
        "asof",
        "asymmetric",
        "at",
        "authorization",
        "between",
        "binary",
        "both",
        "by",
        "case",
        "cast",
        "check",
        "collate",
        "collation",
        "column",
        "columns",
        "concurrently",
        "constraint",
        "create",
        "cross",
        "current_catalog",
        "current_date",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "deferrable",
        "desc",
        "describe",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "exists",
        "extract",
        "false",
        "fetch",
        "filter",
        "for",
        "foreign",
        "freeze",
        "from",
        "full",
        "generated",
        "glob",
        "grant",
        "group",
        "having",
        "ilike",
        "in",
        "initially",
        "inner",
        "intersect",
        "interval",
        "into",
        "is",
        "isnull",
        "join",
        "lambda",
        "lateral",
        "leading",
        "left",
        "like",
        "limit",
        "localtime",
        "localtimestamp",
        "map",
        "natural",
        "not",
        "notnull",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "outer",
        "over",
        "overlaps",
        "pivot",
        "pivot_longer",
        "pivot_wider",
        "placing",
        "positional",
        "primary",
        "qualify",
        "references",
        "returning",
        "right",
        "row",
        "rows",
        "select",
        "semi",
        "session_user",
        "show",
        "similar",
        "some",
        "struct",
        "summarize",
        "symmetric",
        "table",
        "tablesample",
        "then",
        "to",
        "trailing",
        "true",
        "try_cast",
        "union",
        "unique",
        "unpivot",
        "user",
        "using",
        "values",
        "variadic",
        "verbose",
        "when",
        "where",
        "window",
        "with",
        "within",
    ]
)
_NANOSECONDS: Final = frozenset({"TIMESTAMP_NS", "TIMESTAMPTZ_NS", "TIMESTAMP WITH TIME ZONE_NS"})


def _epoch_us(column: str, type_name: str | None) -> str:
    # casts from nanoseconds round, which may move a row into the future: cut off, downwards before 1970 too
    cut = f"(epoch_ns({column}) - (epoch_ns({column}) % 1000 + 1000) % 1000) // 1000"
    if type_name is None:
        return f"case when typeof({column}) = 'TIMESTAMP_NS' then {cut} else epoch_us({column}) end"
    return cut if base_name(type_name) in _NANOSECONDS else f"epoch_us({column})"


def _calendar_start_us(as_of_us: str, unit: str, back: int, zone: str) -> str:
    """Calendar steps are counted in whole months or days: DuckDB merges intervals that compare equal (1 month, 30 days)."""
    zone = literal(zone)
    utc = f"make_timestamp({as_of_us})"
    local = utc if zone == "'UTC'" else f"timezone({zone}, timezone('UTC', {utc}))"
    start = f"date_trunc('{unit}', {local})"
    if back and unit in ("day", "week"):
        start = f"(cast({start} as date) - {back * (7 if unit == 'week' else 1)})"
    elif back:
        months = back * {"month": 1, "quarter": 3, "year": 12}[unit]
        index = f"(year({start}) * 12 + month({start}) - 1 - {months})"
        start = f"make_date({index} // 12, {index} % 12 + 1, 1)"
    start = f"cast({start} as timestamp)"
    if zone == "'UTC'":
        return f"epoch_us({start})"
    # a midnight that happens twice: ICU takes the later one, the unit began with the earlier (found by asking one hour before)
    later = f"timezone({zone}, {start})"
    earlier = f"({later} - to_hours(1))"
    twice = f"timezone({zone}, {earlier}) = timezone({zone}, {later})"
    return f"epoch_us(case when {twice} then {earlier} else {later} end)"


def _asof_join(right: str, equalities: tuple[str, ...], comparison: str) -> str:
    return f"asof join {right}\n    on {' and '.join((*equalities, comparison))}"


def _total_type(type_name: str | None) -> str:
    if type_name is None or is_float(type_name):
        return "double"
    return f"decimal(38, {decimal_scale(type_name)})" if is_decimal(type_name) else "hugeint"


def file_scan(path: str) -> str:
    """A relation of the rows of files."""
    lowered = path.lower().removesuffix(".gz").removesuffix(".zst")
    if lowered.endswith((".csv", ".tsv")):
        return f"read_csv({literal(path)})"
    if lowered.endswith((".json", ".jsonl", ".ndjson")):
        return f"read_json({literal(path)})"
    return f"read_parquet({literal(path)})"


DUCKDB: Final = Dialect(
    name="duckdb",
    reserved=_RESERVED,
    epoch_us=_epoch_us,
    from_epoch_us=lambda us: f"make_timestamp({us})",
    calendar_start_us=_calendar_start_us,
    asof_join=_asof_join,
    asof_keeps_all=False,
    kept_cte="materialized",
    inlined_cte="not materialized",
    # with preserve_insertion_order, its default; such a window is computed in one streaming pass
    keeps_order=True,
    frames_by_row=True,  # https://duckdb.org/docs/stable/sql/functions/window_functions: bounds are expressions
    any_order="",
    star_except=lambda relation, columns: f"{relation}.* exclude ({', '.join(columns)})",
    total_type=_total_type,
    power_of_two=lambda exponent: f"cast(power(2, {exponent}) as bigint)",
    numbers=lambda name, count: f"select range as {name}\nfrom range({count})",
    extreme_of_known={"least": "least", "greatest": "greatest"},
    greatest_where=lambda value, where: f"max({value}) filter (where {where})",
    type_name=lambda type_name: type_name.lower(),
    casts_features=False,
    compares_rows=True,
    counts_modes=False,
    framed=None,
    file_scan=file_scan,
    literal=literal,
)
