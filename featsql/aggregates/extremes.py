"""`min` and `max`, `bool_and` and `bool_or`: any order, any plan, the same bits."""

from dataclasses import replace

from featsql.aggregates.base import Aggregate, Merge, Spelling, always, folded, plain, same_as_first


def _snowflake(function: str, of_truths: str) -> Spelling:
    """Of distinct values it is the same value."""
    return lambda text: replace(text, distinct=False).folded(of_truths if text.argument_type == "BOOLEAN" else function)


def _all_true(parts: tuple[str, ...], *_: str | None) -> str:
    present, true = parts
    return f"case when {present} > 0 then {true} = {present} end"


def _some_true(parts: tuple[str, ...], *_: str | None) -> str:
    present, true = parts
    return f"case when {present} > 0 then {true} > 0 end"


MIN = Aggregate(
    name="min",
    names={"duckdb": ("min",), "snowflake": ("min",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("min"), "snowflake": _snowflake("min", "booland_agg")},
    distinct=True,
    merge=Merge(("least",), dict.fromkeys(("duckdb", "snowflake"), lambda parts, *_: parts[0])),
)
MAX = Aggregate(
    name="max",
    names={"duckdb": ("max",), "snowflake": ("max",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("max"), "snowflake": _snowflake("max", "boolor_agg")},
    distinct=True,
    merge=Merge(("greatest",), dict.fromkeys(("duckdb", "snowflake"), lambda parts, *_: parts[0])),
)
BOOL_AND = Aggregate(
    name="bool_and",
    names={"duckdb": ("bool_and",), "snowflake": ("booland_agg",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_and"), "snowflake": folded("booland_agg")},
    merge=Merge(("present", "true"), dict.fromkeys(("duckdb", "snowflake"), _all_true)),
)
BOOL_OR = Aggregate(
    name="bool_or",
    names={"duckdb": ("bool_or",), "snowflake": ("boolor_agg",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_or"), "snowflake": folded("boolor_agg")},
    merge=Merge(("present", "true"), dict.fromkeys(("duckdb", "snowflake"), _some_true)),
)
