"""Counts and times as people read them."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number and what it counts.

    >>> counted(1, "row"), counted(12345, "row")
    ('1 row', '12,345 rows')
    """
    return f"{count:,} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"


def seconds(elapsed: float) -> str:
    """A time span, finer where it is short.

    >>> seconds(0.417), seconds(125), seconds(7325)
    ('0.42s', '2m 05s', '2h 02m 05s')
    """
    if elapsed < 60:
        return f"{elapsed:.2f}s"
    minutes, rest = divmod(round(elapsed), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m {rest:02}s" if hours else f"{minutes}m {rest:02}s"
