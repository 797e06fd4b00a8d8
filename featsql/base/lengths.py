"""Lengths of time, as headers write them."""

from __future__ import annotations

import re
from typing import Final

UNITS_US: Final = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
LONGEST_DAYS: Final = 1_000_000
"""Some 2,700 years: twice a time plus a few such lengths still fits 64 bits."""
DURATION: Final = re.compile(r"([0-9]{1,18})(us|ms|s|m|h|d|w)", re.ASCII)

_UNITS: Final = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1))


def length(us: int) -> str:
    """A whole number of the largest unit that fits.

    >>> length(5_400_000_000), length(7 * 86_400_000_000)
    ('90m', '7d')
    """
    return next(f"{us // size}{unit}" for unit, size in _UNITS if us % size == 0)


def duration_us(text: str) -> int | None:
    """The length in microseconds; None when the text is no duration or longer than `LONGEST_DAYS`.

    >>> duration_us("90m")
    5400000000
    >>> duration_us("1mo") is duration_us("7") is duration_us("2000000d") is None
    True
    """
    found = DURATION.fullmatch(text)
    us = int(found[1]) * UNITS_US[found[2]] if found else None
    return us if us is None or us <= LONGEST_DAYS * UNITS_US["d"] else None
