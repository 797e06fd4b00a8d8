"""Why a feature has its value: the rows that make it, and those that do not, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from featsql.ir.header import Closed, Extent

Reason = Literal[
    "in",
    "late",
    "expired",
    "superseded",
    "tied",
    "older",
    "filtered",
    "null",
    "before",
    "after",
    "beyond",
    "future",
]
"""What a row is to a value; `in`: it makes it. The reasons that surprise come first.

Not visible at t (R5): it had happened and was not known (`late`), or it happens later (`future`). Not the latest row (R14): of
an older event (`older`), an earlier version of the same event (`superseded`), or behind it by `tie_break` and what follows
(`tied`). The latest, but ttl lets it live no longer (`expired`). Not in the window: older than its start (`before`), younger
than its end (`after`), not among its latest rows (`beyond`). In the window, but not meant by the filter (`filtered`), or
skipped by an aggregate that ignores NULL (`null`).
"""
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

Table = Any
"""A `pyarrow.Table`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two ends of a window, in microseconds of UTC since 1970; `start_us` None: it has no start."""

    start_us: int | None
    end_us: int
    closed: Closed


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the feature's expression that has a value of its own: an aggregate over a window, or a plain column.

    `nulls` are rows in the window that this aggregate skips, because what it takes of them is NULL.
    """

    sql: str
    column: int
    """Its place in `Why.answer`."""
    nulls: int


@dataclass(frozen=True, slots=True)
class WhyPart:
    """The rows behind the pieces that share a window and a filter; or, without a window, behind the plain columns.

    `counts` are exact. `rows` hold the nearest ones, latest first: `event_time`, `known_time`, the columns that the pieces
    mention, and `reason`.
    """

    window: str | None
    extent: Extent | None
    bounds: Bounds | None
    filter: str | None
    pieces: tuple[Piece, ...]
    counts: Mapping[Reason, int]
    rows: Table

    @property
    def left_out(self) -> int:
        return sum(count for reason, count in self.counts.items() if reason != "in")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Rows of the view's body that nobody ever sees: of nobody (R2), without event time (R3), without known time (R4).

    The first are counted over all of the body, the others among the rows of the key.
    """

    without_key: int
    without_event_time: int
    without_known_time: int


@dataclass(frozen=True, slots=True)
class Why:
    """One feature of one entity at one time. `answer` is one row: the key, t, the feature, and then the value of each piece."""

    view: str
    feature: str
    sql: str
    type: str
    keys: tuple[str, ...]
    as_of_us: int
    answer: Table
    closed: Closed
    timestamp: str
    available_at: str | None
    delay_us: int
    ttl_us: int | None
    tie_break: tuple[str, ...]
    parts: tuple[WhyPart, ...]
    rows: int
    """Rows of the key that somebody sees one day."""
    unseen: Unseen
    some_keys: Table | None
    """A few keys that have rows, when this one has none."""

    @property
    def column(self) -> int:
        """The place of the feature in `answer`."""
        return len(self.keys) + 1

    @property
    def value(self) -> Any:
        return self.answer.column(self.column)[0].as_py()
