"""What is asked of every shape: features, and what is promised of the time that they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Function = Literal["latest", "count", "sum", "max", "last"]

DAYS = (1, 7, 30, 90)
TTL_DAYS = 30
LAST = 10


@dataclass(frozen=True, slots=True)
class Feature:
    """`days` is the window of count, sum and max; `latest` has the ttl, `last` the rows of this module."""

    name: str
    function: Function
    column: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Features of one table of events."""

    name: str
    table: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """The automatic plan takes at most `ratio` of the time of `against`: a plan's name, or the best of a group of them."""

    against: str
    ratio: float
    shapes: tuple[str, ...] = ()
    """Empty: all."""


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    says: str
    features: tuple[tuple[Function, str], ...]
    targets: tuple[Target, ...] = ()

    def views(self, tables: tuple[str, ...]) -> tuple[View, ...]:
        return tuple(
            View(f"features_{number}", table, tuple(_features(self.features, f"_v{number}")))
            for number, table in enumerate(tables)
        )


BEST_BY_HAND = "the best by hand"
BEST_PINNED = "the best pinned"
FEAST = "Feast, DuckDB offline store"
FRAMES = "union, window frames"
RANGE_JOIN = "range join, group by"

_PINNED = Target(BEST_PINNED, 1.15)
_EXACT: tuple[tuple[Function, str], ...] = (("count", ""), ("sum", "clicks"), ("sum", "amount"))
_LATEST: tuple[tuple[Function, str], ...] = (
    ("latest", "clicks"),
    ("latest", "amount"),
    ("latest", "score"),
    ("latest", "category"),
)

ASOF = Workload(
    "asof",
    f"the latest clicks, amount, score, category; ttl {TTL_DAYS} d",
    _LATEST,
    (Target(BEST_BY_HAND, 1.1), Target(FEAST, 1 / 50, ("dense",)), _PINNED),
)
EXACT = Workload(
    "exact",
    "count(*), sum(bigint), sum(decimal) over 1, 7, 30, 90 d",
    _EXACT,
    (Target(BEST_BY_HAND, 1.1), _PINNED),
)
DOUBLES = Workload(
    "doubles",
    "sum(double), max(decimal) over 1, 7, 30, 90 d",
    (("sum", "score"), ("max", "amount")),
    (Target(FRAMES, 0.5, ("dense",)), Target(RANGE_JOIN, 1.0, ("sparse",)), _PINNED),
)
LAST_ROWS = Workload("last10", f"array_agg(bigint) over the last {LAST} rows", (("last", "clicks"),), (_PINNED,))
WIDE = Workload(
    "wide",
    "200 features of 10 views: latest values, counts, sums and a maximum over 1, 7, 30, 90 d",
    (*_LATEST, *_EXACT, ("max", "amount")),
    (_PINNED,),
)

WORKLOADS = {workload.name: workload for workload in (ASOF, EXACT, DOUBLES, LAST_ROWS, WIDE)}


def workloads_of(shape: str) -> tuple[Workload, ...]:
    return (WIDE,) if shape == "wide" else (ASOF, EXACT, DOUBLES, LAST_ROWS)


def _features(asked: tuple[tuple[Function, str], ...], suffix: str) -> Iterator[Feature]:
    for function, column in asked:
        name = f"{function}_{column or 'rows'}"
        if function in ("latest", "last"):
            yield Feature(f"{name}{suffix}", function, column)
        else:
            yield from (Feature(f"{name}_{days}d{suffix}", function, column, days) for days in DAYS)
