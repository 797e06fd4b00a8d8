"""Aggregates that follow the order of rows (R14): `first`, `last`, `array_agg`, `arg_max`, `arg_min`."""

from featsql.aggregates.base import Aggregate, AggregateText, Types, same_as_first


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


def _list_of_first(types: Types) -> str | None:
    return f"{types[0]}[]" if types and types[0] else None


FIRST = Aggregate(
    name="first",
    names={"duckdb": ("first",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": _first},
    ordered=True,
    skips_null=(),
)
LAST = Aggregate(
    name="last",
    names={"duckdb": ("last",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": _last},
    ordered=True,
    skips_null=(),
)
ARRAY_AGG = Aggregate(
    name="array_agg",
    names={"duckdb": ("array_agg", "list")},
    arguments=(1, 1),
    result_type=_list_of_first,
    spell={"duckdb": _array_agg},
    ordered=True,
    skips_null=(),
)
ARG_MAX = Aggregate(
    name="arg_max",
    names={"duckdb": ("arg_max", "argmax", "max_by")},
    arguments=(2, 2),
    result_type=same_as_first,
    spell={"duckdb": _arg_max},
    ordered=True,
    skips_null=(1,),
)
ARG_MIN = Aggregate(
    name="arg_min",
    names={"duckdb": ("arg_min", "argmin", "min_by")},
    arguments=(2, 2),
    result_type=same_as_first,
    spell={"duckdb": _arg_min},
    ordered=True,
    skips_null=(1,),
)
