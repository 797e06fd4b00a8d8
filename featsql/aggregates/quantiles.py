"""`median`, `quantile_cont` and `mode`."""

from featsql.aggregates.base import Aggregate, AggregateText, Types, plain, same_as_first
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


MEDIAN = Aggregate(
    name="median",
    names={"duckdb": ("median",)},
    arguments=(1, 1),
    result_type=_interpolated,
    spell={"duckdb": plain("median")},
    distinct=True,
)
QUANTILE_CONT = Aggregate(
    name="quantile_cont",
    names={"duckdb": ("quantile_cont",)},
    arguments=(2, 2),
    result_type=_interpolated,
    spell={"duckdb": plain("quantile_cont")},
    distinct=True,
    constants=(1,),
)
MODE = Aggregate(
    name="mode",
    names={"duckdb": ("mode",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": _mode},
)
