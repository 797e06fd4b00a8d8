"""The points of a backfill's grid."""

from __future__ import annotations

from typing import Final

from featsql.ir.header import Backfill
from featsql.ir.plan import GridAsks

_MONDAY_US: Final = 4 * 86_400_000_000
"""A point of every grid: 1970-01-05, so that a grid of weeks is one of Mondays."""


def point_before(us: int, every_us: int) -> int:
    """The last point up to a time.

    >>> point_before(5 * 86_400_000_000 + 7, 86_400_000_000) // 86_400_000_000
    5
    """
    return (us - _MONDAY_US) // every_us * every_us + _MONDAY_US


def next_point(us: int, every_us: int) -> int:
    """The first point from a time on."""
    return point_before(us + every_us - 1, every_us)


def points(first_us: int, last_us: int, every_us: int) -> GridAsks:
    """The points from a time on, up to and with another one; it may be none."""
    first = next_point(first_us, every_us)
    return GridAsks(first, every_us, max(0, (last_us - first) // every_us + 1))


def grid_from(config: Backfill, earliest_us: int | None, as_of_us: int) -> GridAsks:
    """All points up to t: from the header's start, else from the earliest row; where neither is known, the last one alone."""
    start = config.start_us if config.start_us is not None else earliest_us
    return points(start if start is not None else point_before(as_of_us, config.every_us), as_of_us, config.every_us)
