"""Aggregates that follow the order of rows (R14): `first`, `last`, `array_agg`, `arg_max`, `arg_min`."""

from featsql.aggregates.base import Aggregate, AggregateText, Types, same_as_first
from featsql.base.sqltypes import is_integer


def _first(text: AggregateText) -> str:
    return text.call("arg_min_null", args=(*text.args, text.order))


def _last(text: AggregateText) -> str:
    return text.call("arg_max_null", args=(*text.args, text.order))


def _array_agg(text: AggregateText) -> str:
    return text.call("array_agg", inside=f" order by {text.order}")


def _arg_max(text: AggregateText) -> str:
    # DuckDB's arg_max skips a NULL value; arg_max_null does not, but would let a NULL y win: hence the condition (R13)
    value, by = text.args
    return text.call("arg_max_null", args=(value, f"row({by}, {text.order})"), where=f"{by} is not null")


def _arg_min(text: AggregateText) -> str:
    value, by = text.args
    return text.call("arg_min_null", args=(value, f"row({by}, -{text.order})"), where=f"{by} is not null")


def _snowflake_first(text: AggregateText) -> str:
    return text.folded("min_by", args=(*text.args, text.order))


def _snowflake_last(text: AggregateText) -> str:
    return text.folded("max_by", args=(*text.args, text.order))


def _snowflake_array(text: AggregateText) -> str:
    # arrays leave SQL's NULL out, and are empty over no rows; the null of JSON they keep
    (value,) = text.args
    array = text.folded("array_agg", args=(f"coalesce(to_variant({value}), parse_json('null'))",))
    return f"nullif({array} within group (order by {text.order}), array_construct())"


def _snowflake_arg_max(text: AggregateText) -> str:
    # by one number, the rank of the row by (y, R14): its order here
    value, by = text.args
    return text.folded("max_by", args=(value, text.order), where=f"{by} is not null")


def _snowflake_arg_min(text: AggregateText) -> str:
    value, by = text.args
    return text.folded("min_by", args=(value, text.order), where=f"{by} is not null")


def _array_of_exact(distinct: bool, types: Types) -> str:
    """An array there holds variants, in which a time is text and a decimal may be any number."""
    if types and types[0] and (is_integer(types[0]) or types[0] in ("TEXT", "VARCHAR", "BOOLEAN")):
        return ""
    return "its arrays keep whole numbers, text and truth values as they are, and nothing else"


def _list_of_first(types: Types) -> str | None:
    return f"{types[0]}[]" if types and types[0] else None


FIRST = Aggregate(
    name="first",
    names={"duckdb": ("first",), "snowflake": ("first_value",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": _first, "snowflake": _snowflake_first},
    ordered=True,
    skips_null=(),
)
LAST = Aggregate(
    name="last",
    names={"duckdb": ("last",), "snowflake": ("last_value",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": _last, "snowflake": _snowflake_last},
    ordered=True,
    skips_null=(),
)
ARRAY_AGG = Aggregate(
    name="array_agg",
    names={"duckdb": ("array_agg", "list"), "snowflake": ("array_agg",)},
    arguments=(1, 1),
    result_type=_list_of_first,
    inexpressible={"snowflake": _array_of_exact},
    spell={"duckdb": _array_agg, "snowflake": _snowflake_array},
    ordered=True,
    skips_null=(),
)
ARG_MAX = Aggregate(
    name="arg_max",
    names={"duckdb": ("arg_max", "argmax", "max_by"), "snowflake": ("max_by",)},
    arguments=(2, 2),
    result_type=same_as_first,
    spell={"duckdb": _arg_max, "snowflake": _snowflake_arg_max},
    ordered=True,
    skips_null=(1,),
)
ARG_MIN = Aggregate(
    name="arg_min",
    names={"duckdb": ("arg_min", "argmin", "min_by"), "snowflake": ("min_by",)},
    arguments=(2, 2),
    result_type=same_as_first,
    spell={"duckdb": _arg_min, "snowflake": _snowflake_arg_min},
    ordered=True,
    skips_null=(1,),
)
