"""`avg`, and the standard deviations and variances: DOUBLE of any number."""

from featsql.aggregates.base import Aggregate, AggregateText, Merge, Types, always, of_doubles, plain
from featsql.base.sqltypes import is_decimal, is_integer, is_time


def _avg(text: AggregateText) -> str:
    """Of exact numbers, the exact sum divided once: the same bits as from any parts of it (R27)."""
    is_rounded = _rounds(text.argument_type)
    return text.call("avg") if is_rounded else f"cast({text.call('sum')} as double) / {text.call('count')}"


def _snowflake_avg(text: AggregateText) -> str:
    # the average of a decimal is a decimal there, with six more digits
    if _rounds(text.argument_type):
        return of_doubles("avg")(text)
    present = text.folded("count")
    return f"cast({text.folded('sum')} as double) / nullif({present}, 0)"


def _rounds(argument_type: str | None) -> bool:
    return argument_type is None or not (is_integer(argument_type) or is_decimal(argument_type))


def _mean(parts: tuple[str, ...], *_: str | None) -> str:
    total, present = parts
    return f"case when {present} > 0 then cast({total} as double) / {present} end"


def _average(types: Types) -> str | None:
    """DuckDB has averages of times and intervals too, of several types."""
    argument = types[0] if types else None
    return None if argument and (is_time(argument) or argument.startswith(("TIME", "INTERVAL"))) else "DOUBLE"


def _moment(name: str, *names: str) -> Aggregate:
    return Aggregate(
        name=name,
        names={"duckdb": (name, *names), "snowflake": (name, *names)},
        arguments=(1, 1),
        result_type=always("DOUBLE"),
        spell={"duckdb": plain(name), "snowflake": of_doubles(name)},
        distinct=True,
        rounds=lambda argument_type: True,
    )


AVG = Aggregate(
    name="avg",
    names={"duckdb": ("avg", "mean"), "snowflake": ("avg",)},
    arguments=(1, 1),
    result_type=_average,
    spell={"duckdb": _avg, "snowflake": _snowflake_avg},
    distinct=True,
    merge=Merge(("sum", "present"), dict.fromkeys(("duckdb", "snowflake"), _mean)),
    rounds=_rounds,
)
STDDEV_SAMP = _moment("stddev_samp", "stddev")
STDDEV_POP = _moment("stddev_pop")
VAR_SAMP = _moment("var_samp", "variance")
VAR_POP = _moment("var_pop")
