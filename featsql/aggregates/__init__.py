"""The aggregates that windows can use, one file a family. To add one: declare it, list it here, give it a twin in the oracle."""

from __future__ import annotations

from typing import Final

from featsql.aggregates.base import Aggregate, AggregateText
from featsql.aggregates.count import APPROX_COUNT_DISTINCT, COUNT
from featsql.aggregates.extremes import BOOL_AND, BOOL_OR, MAX, MIN
from featsql.aggregates.moments import AVG, STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP
from featsql.aggregates.ordered import ARG_MAX, ARG_MIN, ARRAY_AGG, FIRST, LAST
from featsql.aggregates.quantiles import MEDIAN, MODE, QUANTILE_CONT
from featsql.aggregates.sum import SUM

AGGREGATES: Final[dict[str, Aggregate]] = {
    aggregate.name: aggregate
    for aggregate in (
        COUNT,
        SUM,
        AVG,
        MIN,
        MAX,
        STDDEV_SAMP,
        STDDEV_POP,
        VAR_SAMP,
        VAR_POP,
        MEDIAN,
        QUANTILE_CONT,
        MODE,
        BOOL_AND,
        BOOL_OR,
        FIRST,
        LAST,
        ARG_MIN,
        ARG_MAX,
        ARRAY_AGG,
        APPROX_COUNT_DISTINCT,
    )
}

__all__ = ["AGGREGATES", "Aggregate", "AggregateText", "names_in"]


def names_in(dialect: str) -> dict[str, Aggregate]:
    """Every word a user of `dialect` may write before `over WINDOW`, lower case, with the aggregate it means."""
    return {word: aggregate for aggregate in AGGREGATES.values() for word in aggregate.names.get(dialect, ())}
