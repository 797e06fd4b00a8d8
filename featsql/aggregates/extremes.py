"""`min` and `max`, `bool_and` and `bool_or`: any order, any plan, the same bits."""

from featsql.aggregates.base import Aggregate, always, plain, same_as_first

MIN = Aggregate(
    name="min",
    names={"duckdb": ("min",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("min")},
    distinct=True,
)
MAX = Aggregate(
    name="max",
    names={"duckdb": ("max",)},
    arguments=(1, 1),
    result_type=same_as_first,
    spell={"duckdb": plain("max")},
    distinct=True,
)
BOOL_AND = Aggregate(
    name="bool_and",
    names={"duckdb": ("bool_and",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_and")},
)
BOOL_OR = Aggregate(
    name="bool_or",
    names={"duckdb": ("bool_or",)},
    arguments=(1, 1),
    result_type=always("BOOLEAN"),
    spell={"duckdb": plain("bool_or")},
)
