"""`sum`: exact for integers and decimals, loud on overflow (R26)."""

from featsql.aggregates.base import Aggregate, AggregateText, Types
from featsql.base.sqltypes import decimal_scale, is_decimal, is_float, is_integer


def _type(types: Types) -> str | None:
    match types:
        case (str(argument),) if is_integer(argument) or argument.upper() == "BOOLEAN":
            return "BIGINT"
        case (str(argument),) if is_decimal(argument):
            return f"DECIMAL(38, {decimal_scale(argument)})"
        case (str(argument),) if is_float(argument):
            return "DOUBLE"
        case _:
            return None


def _duckdb(text: AggregateText) -> str:
    # sum over integers is HUGEINT in DuckDB: the cast makes the type the same everywhere and fails loudly beyond 64 bits
    call = text.call("sum")
    return f"cast({call} as bigint)" if text.type == "BIGINT" else call


SUM = Aggregate(
    name="sum",
    names={"duckdb": ("sum",)},
    arguments=(1, 1),
    result_type=_type,
    spell={"duckdb": _duckdb},
    distinct=True,
)
