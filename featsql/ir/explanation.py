"""How one relation is computed, and why so: what `explain` tells. docs/reference/explain.md documents each field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from featsql.ir.header import Closed
from featsql.ir.statistics import Statistics

Basis = Literal["counted", "counted_before", "not_counted", "never_counted"]
"""What the plan goes by: amounts counted just now, those of the last run, none yet (the robust plan), or none ever (nobody
counts for a history relation or an online table, nor for a training set without windows: there is one plan)."""

Exactness = Literal["exact", "float-reordered", "sketch"]
"""`float-reordered`: may differ by rounding from one strategy to another (R27). `sketch`: an estimate."""

WindowKind = Literal["range", "all", "rows", "calendar"]


@dataclass(frozen=True, slots=True)
class Measured:
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class OtherStrategy:
    """One that does not compute it: for it `cannot`, or it `could` and another came first. `reason` says why."""

    strategy: str
    standing: Literal["cannot", "could"]
    reason: str


@dataclass(frozen=True, slots=True)
class ExplainedChoice:
    """What is computed the same way for the same reasons: aggregates as written, or the columns of the latest row.

    `passed_over`: the header pins a strategy that cannot compute it.
    """

    computes: tuple[str, ...]
    why: str
    passed_over: str
    others: tuple[OtherStrategy, ...]


@dataclass(frozen=True, slots=True)
class ExplainedLookup:
    """The latest row, or windows, as one strategy finds them. `pairs`: as many (ask, row) as it meets at most, where it meets
    any and somebody has counted. `relations` are those that it is computed by, the last of them its own."""

    name: str
    finds: Literal["latest", "windows"]
    windows: tuple[str, ...]
    strategy: str
    summary: str
    choices: tuple[ExplainedChoice, ...]
    rows: int | None
    asks: int | None
    pairs: int | None
    relations: tuple[str, ...]
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class ExplainedWindow:
    """`bounds` in words, such as `[t - 7d, t)`."""

    name: str
    kind: WindowKind
    bounds: str


@dataclass(frozen=True, slots=True)
class ExplainedFeature:
    """`name` is that in the relation, prefix and all. `latest`: does its value come from the latest row, which ttl may end?"""

    name: str
    sql: str
    type: str | None
    windows: tuple[str, ...]
    latest: bool
    exactness: Exactness
    standard_error: float | None
    """Relative to the truth, of a sketch."""


@dataclass(frozen=True, slots=True)
class ExplainedKey:
    """A key of the view, and the column that asks for it."""

    key: str
    column: str


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """One use of a feature view."""

    view: str
    prefix: str
    keys: tuple[ExplainedKey, ...]
    closed: Closed
    visible: str
    timestamp: str
    available_at: str | None
    delay_us: int
    ttl_us: int | None
    ttl_bounds: str | None
    pinned: str | None
    amounts: Statistics | None
    windows: tuple[ExplainedWindow, ...]
    lookups: tuple[ExplainedLookup, ...]
    features: tuple[ExplainedFeature, ...]


@dataclass(frozen=True, slots=True)
class ExplainedRelation:
    """One CTE; the last one is the query itself and has no name. `lookup`: which it helps to compute."""

    name: str
    comment: str
    lookup: str | None
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`node` is as it was asked for. `measured`: the rows of the query, and the seconds of all relations together."""

    node: str
    relation: Literal["training_set", "online", "backfill", "history"]
    basis: Basis
    parts: tuple[ExplainedPart, ...]
    relations: tuple[ExplainedRelation, ...]
    sql: str
    measured: Measured | None = None
