"""`count(*)`, `count(x)`, `count(distinct x)`, and the sketch of the last."""

from dataclasses import replace

from featsql.aggregates.base import Aggregate, AggregateText, Merge, always


def _count(text: AggregateText) -> str:
    return text.call("count") if text.args else text.call("count", args=("*",))


def _snowflake(text: AggregateText) -> str:
    if text.args:
        return text.folded("count")
    return f"count_if({text.where}){text.over}" if text.where else f"count(*){text.over}"


COUNT = Aggregate(
    name="count",
    names={"duckdb": ("count",), "snowflake": ("count",)},
    arguments=(0, 1),
    result_type=always("BIGINT"),
    spell={"duckdb": _count, "snowflake": _snowflake},
    empty="zero",
    distinct=True,
    merge=Merge(("present",), dict.fromkeys(("duckdb", "snowflake"), lambda parts, *_: parts[0])),
)


def _sketch(text: AggregateText) -> str:
    # DuckDB's HyperLogLog says 0 for no rows; every aggregate but count is NULL there (R13)
    rows = _count(replace(text, args=()))
    return f"case when {rows} > 0 then {text.call('approx_count_distinct')} end"


def _snowflake_sketch(text: AggregateText) -> str:
    rows = _snowflake(replace(text, args=()))
    return f"iff({rows} > 0, {text.folded('approx_count_distinct')}, null)"


APPROX_COUNT_DISTINCT = Aggregate(
    name="approx_count_distinct",
    names={"duckdb": ("approx_count_distinct",), "snowflake": ("approx_count_distinct", "hll")},
    arguments=(1, 1),
    result_type=always("BIGINT"),
    spell={"duckdb": _sketch, "snowflake": _snowflake_sketch},
    # DuckDB has 1024 registers; https://docs.snowflake.com/en/user-guide/querying-approximate-cardinality
    standard_error={"duckdb": 1.04 / 1024**0.5, "snowflake": 0.0162338},
)
