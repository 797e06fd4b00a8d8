"""`median`, `quantile_cont` and `mode`."""

from featsql.aggregates.base import Aggregate, AggregateText, Types, of_doubles, plain, same_as_first
from featsql.base.sqltypes import is_decimal, is_float, is_integer


def _interpolated(types: Types) -> str | None:
    match types:
        case (_, str(points)) if points.endswith("[]"):
            return None  # a list, of what the warehouse says
        case (str(argument), *_) if is_integer(argument):
            return "DOUBLE"
        case (str(argument), *_) if is_float(argument) or is_decimal(argument):
            return argument
        case _:
            return None


def _mode(text: AggregateText) -> str:
    # among equally frequent values DuckDB's mode keeps the one it met first: sorted input makes that the smallest (R13)
    return text.call("mode", inside=f" order by {text.args[0]}")


def _snowflake_quantile(text: AggregateText) -> str:
    value, point = text.args
    ordered = f"cast({value} as double)"
    if text.where:
        ordered = f"iff({text.where}, {ordered}, null)"
    return f"percentile_cont({point}) within group (order by {ordered}){text.over}"


def _not_between_doubles(distinct: bool, types: Types) -> str:
    """Between two decimals warehouses round to the digits that they think fit."""
    if distinct:
        return "it takes no distinct values there"
    if len(types) > 1 and types[1] is not None and types[1].endswith("[]"):
        return "it takes one point there, not a list of them"
    if types[0] is not None and (is_integer(types[0]) or is_float(types[0])):
        return ""
    return "it is exact for whole and floating point numbers there; `cast(x as double)` makes any number one"


MEDIAN = Aggregate(
    name="median",
    names={"duckdb": ("median",), "snowflake": ("median",)},
    arguments=(1, 1),
    result_type=_interpolated,
    spell={"duckdb": plain("median"), "snowflake": of_doubles("median")},
    inexpressible={"snowflake": _not_between_doubles},
    distinct=True,
)
QUANTILE_CONT = Aggregate(
    name="quantile_cont",
    names={"duckdb": ("quantile_cont",)},
    arguments=(2, 2),
    result_type=_interpolated,
    spell={"duckdb": plain("quantile_cont"), "snowflake": _snowflake_quantile},
    inexpressible={"snowflake": _not_between_doubles},
    distinct=True,
    constants=(1,),
)
MODE = Aggregate(
    name="mode",
    names={"duckdb": ("mode",), "snowflake": ("mode",)},
    arguments=(1, 1),
    result_type=same_as_first,
    # where a dialect counts modes (`plan/modes.py`), no call of it is written
    spell={"duckdb": _mode},
)
