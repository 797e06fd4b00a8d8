"""Random times: a small lattice around the edges of a case's own windows, and one microsecond on either side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from . import reference
from .aggregation import Value
from .cases import DATE, NANOSECONDS, TIMESTAMP, TIMESTAMPTZ
from .dice import Dice
from .reference import Calendar, Latest, Lifetime, Range, Window

CASES_PER_PROJECT = 25
DAY_US = reference.DAY_US
LENGTHS_US = {
    "tiny": (1, 2, 5, 1_000),
    "human": (1_000_000, 60_000_000, 5_400_000_000, 3_600_000_000),
    "daily": (DAY_US, DAY_US * 3 // 2, 7 * DAY_US, 30 * DAY_US),
}
ZONES = (
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "America/Havana",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
CALENDAR_UNITS = ("day", "day", "week", "month", "quarter", "year")
MOMENTS = (  # changes of clocks, midnights, the epoch, a leap day, ends of years
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 22, 30, tzinfo=UTC),
    datetime(2024, 11, 3, 5, tzinfo=UTC),
    datetime(2024, 3, 10, 5, tzinfo=UTC),
    datetime(2024, 4, 7, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 34, 56, tzinfo=UTC),
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 7, 1, tzinfo=UTC),
    datetime(2011, 12, 31, 5, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, tzinfo=UTC),
)


def project_moment(seed: int, index: int) -> int:
    """The as-of time of the project in which the case runs: all its cases share it."""
    dice = Dice(f"{seed}/{index // CASES_PER_PROJECT}")
    return int(dice.pick(*MOMENTS).timestamp()) * 1_000_000 + dice.pick(0, 0, -1, 1)


def draw_time_type(dice: Dice, in_a_file: bool) -> str:
    kinds = [*[TIMESTAMP] * 8, *[TIMESTAMPTZ] * 4, *[DATE] * 2, NANOSECONDS[0]]
    return dice.pick(*kinds, *([NANOSECONDS[1]] if in_a_file else []))


@dataclass(frozen=True, slots=True)
class Clock:
    """The times that a view speaks of, all of one scale."""

    lengths_us: tuple[int, ...]
    windows: tuple[tuple[str, Window], ...]
    closed: str
    delay_us: int
    ttl_us: int | None


@dataclass(frozen=True, slots=True)
class Lattice:
    """The times that spines ask about, and those at which events happen."""

    asks: tuple[int, ...]
    instants: tuple[int, ...]


def draw_clock(dice: Dice, time_type: str) -> Clock:
    lengths_us = LENGTHS_US["daily" if time_type == DATE else dice.pick(*LENGTHS_US)]
    return Clock(
        lengths_us=lengths_us,
        windows=tuple((f"w{number}", _draw_window(dice, lengths_us)) for number in range(dice.number(1, 3))),
        closed=dice.pick("left", "left", "right", "both", "neither"),
        delay_us=dice.pick(0, 0, 0, dice.pick(*lengths_us)),
        ttl_us=dice.pick(None, None, dice.pick(*lengths_us)),
    )


def _draw_window(dice: Dice, lengths_us: tuple[int, ...]) -> Window:
    kind = dice.number(0, 9)
    if kind < 5:
        return Range(dice.pick(*lengths_us), dice.pick(0, 0, dice.pick(*lengths_us)))
    if kind < 6:
        return Lifetime()
    if kind < 8:
        return Latest(dice.number(1, 4))
    return Calendar(dice.pick(*CALENDAR_UNITS), dice.pick(*ZONES), dice.pick(0, 0, 1, 2))


def draw_lattice(dice: Dice, clock: Clock, as_of_time: int) -> Lattice:
    nearby = [as_of_time, as_of_time, as_of_time + dice.pick(-1, 1) * dice.pick(*clock.lengths_us)]
    nearby += _calendar_starts(clock, as_of_time)
    asks = tuple(dice.pick(*nearby) + dice.pick(-1, 0, 0, 1) for _ in range(3))
    edges = [edge for ask in (*asks, as_of_time) for edge in _edges(dice, clock, ask)]
    instants = dice.repeated(edges, dice.number(2, 8))
    return Lattice(asks, tuple(instant + dice.pick(-1, 0, 0, 1) for instant in instants))


def _edges(dice: Dice, clock: Clock, ask: int) -> list[int]:
    """Where the answers for one ask change."""
    edges = [ask, ask - clock.delay_us, ask - (clock.ttl_us or 0), ask - dice.pick(*clock.lengths_us)]
    for _, window in clock.windows:
        if isinstance(window, Range):
            edges += [ask - window.offset_us, ask - window.offset_us - window.length_us]
    return edges + _calendar_starts(clock, ask)


def _calendar_starts(clock: Clock, ask: int) -> list[int]:
    return [reference.calendar_start(window, ask) for _, window in clock.windows if isinstance(window, Calendar)]


def stored(instant: int | None, kind: str) -> Value:
    """An instant as a column of that type holds it."""
    if instant is None:
        return None
    if kind == DATE:
        return instant // DAY_US * DAY_US
    # Rows of one microsecond do not differ below it, so that nothing depends on what is cut off.
    return instant * 1000 + 700 if kind in NANOSECONDS else instant
