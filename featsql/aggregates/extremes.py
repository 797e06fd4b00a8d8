"""`min` and `max`, `bool_and` and `bool_or`: any order, any plan, the same bits."""

from featsql.aggregates.base import Aggregate, Merge, always, plain, same_as_first


def _all_true(parts: tuple[str, ...], *_: str | None) -> str:
    present, true = parts
    return f"case when {present} > 0 then {true} = {present} end"


def _some_true(parts: tuple[str, ...], *_: str | None) -> str:
    present, true = parts
    return f"case when {present} > 0 then {true} > 0 end"


MIN = Aggregate(
    name="min",
    names={"duckdb": ("min",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("min")},
    distinct=True,
    merge=Merge(("least",), {"duckdb": lambda parts, *_: parts[0]}),
)
MAX = Aggregate(
    name="max",
    names={"duckdb": ("max",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("max")},
    distinct=True,
    merge=Merge(("greatest",), {"duckdb": lambda parts, *_: parts[0]}),
)
BOOL_AND = Aggregate(
    name="bool_and",
    names={"duckdb": ("bool_and",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_and")},
    merge=Merge(("present", "true"), {"duckdb": _all_true}),
)
BOOL_OR = Aggregate(
    name="bool_or",
    names={"duckdb": ("bool_or",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_or")},
    merge=Merge(("present", "true"), {"duckdb": _some_true}),
)
