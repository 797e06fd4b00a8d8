"""`freshness`."""

from __future__ import annotations

from typing import Any

from featsql.base.lengths import length
from featsql.datatests.base import Argument, Check, Finding, Kind, Subject


def _check(subject: Subject, number: int) -> Check:
    column = subject.column if subject.test.column else subject.timestamp
    assert column, "collected with a time column only"
    within, now = subject.argument("within"), subject.as_of_us
    latest = subject.dialect.epoch_us(f"tested.{column}", subject.types.get(column.strip('"').lower()))

    def judge(measured: tuple[Any, ...]) -> Finding:
        if measured[0] is None:
            return Finding(1, "there is no row with a time")
        age = now - int(measured[0])
        return Finding(1, f"the latest row is {roughly(age)} old, and may be {length(within)}") if age > within else Finding(0)

    return Check((f"max({subject.kept(latest)})",), judge)


def roughly(us: int) -> str:
    """A length as people say it: two units at most.

    >>> roughly(93_784_000_000), roughly(59_000_000)
    ('26h 3m', '59s')
    """
    seconds = us // 1_000_000
    days, hours, minutes = seconds // 86_400, seconds // 3_600, seconds // 60
    if days > 2:
        return f"{days}d {hours % 24}h" if hours % 24 else f"{days}d"
    if hours:
        return f"{hours}h {minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{minutes}m {seconds % 60}s" if minutes and seconds % 60 else f"{minutes}m" if minutes else f"{seconds}s"


FRESHNESS = Kind(
    "freshness",
    "the latest row is not older than a length of time, counted back from now or `--as-of`",
    "either",
    _check,
    (Argument("within", "length", "the greatest age, such as `12h`", is_required=True),),
    primary="within",
)
