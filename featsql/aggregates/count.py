"""`count(*)`, `count(x)`, `count(distinct x)`, and the sketch of the last."""

from dataclasses import replace

from featsql.aggregates.base import Aggregate, AggregateText, Merge, always


def _count(text: AggregateText) -> str:
    return text.call("count") if text.args else text.call("count", args=("*",))


COUNT = Aggregate(
    name="count",
    names={"duckdb": ("count",)},
    arguments=(0, 1),
    result_type=always("BIGINT"),
    spell={"duckdb": _count},
    empty="zero",
    distinct=True,
    merge=Merge(("present",), {"duckdb": lambda parts, *_: parts[0]}),
)


def _sketch(text: AggregateText) -> str:
    # DuckDB's HyperLogLog says 0 for no rows; every aggregate but count is NULL there (R13)
    rows = _count(replace(text, args=()))
    return f"case when {rows} > 0 then {text.call('approx_count_distinct')} end"


APPROX_COUNT_DISTINCT = Aggregate(
    name="approx_count_distinct",
    names={"duckdb": ("approx_count_distinct",)},
    arguments=(1, 1),
    result_type=always("BIGINT"),
    spell={"duckdb": _sketch},
    standard_error={"duckdb": 1.04 / 1024**0.5},  # 1024 registers
)
