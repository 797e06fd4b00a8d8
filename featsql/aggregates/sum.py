"""`sum`: exact for integers and decimals, loud on overflow (R26)."""

from featsql.aggregates.base import Aggregate, AggregateText, Merge, Types
from featsql.base.sqltypes import base_name, decimal_scale, is_decimal, is_float, is_integer


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
    if text.argument_type and base_name(text.argument_type) in ("UINT128", "UHUGEINT"):
        # but DOUBLE over the widest: a value that is no HUGEINT is no BIGINT either
        call = text.call("sum", args=tuple(f"cast({arg} as hugeint)" for arg in text.args))
    else:
        call = text.call("sum")
    return f"cast({call} as bigint)" if text.type == "BIGINT" else call


def _snowflake(text: AggregateText) -> str:
    # whole numbers have 38 digits there, and more than that is an error
    call = text.folded("sum")
    return f"cast({call} as bigint)" if text.type == "BIGINT" else call


def _finish(parts: tuple[str, ...], result_type: str | None, _: str | None) -> str:
    total, present = parts
    found = f"case when {present} > 0 then {total} end"
    return f"cast({found} as bigint)" if result_type == "BIGINT" else found


def _rounds(argument_type: str | None) -> bool:
    return argument_type is None or is_float(argument_type)


SUM = Aggregate(
    name="sum",
    names={"duckdb": ("sum",), "snowflake": ("sum",)},
    arguments=(1, 1),
    result_type=_type,
    spell={"duckdb": _duckdb, "snowflake": _snowflake},
    distinct=True,
    merge=Merge(("sum", "present"), dict.fromkeys(("duckdb", "snowflake"), _finish)),
    rounds=_rounds,
)
