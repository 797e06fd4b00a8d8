"""Lengths of time, as headers write them."""

from __future__ import annotations

from typing import Final

_UNITS: Final = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1))


def length(us: int) -> str:
    """A whole number of the largest unit that fits.

    >>> length(5_400_000_000), length(7 * 86_400_000_000)
    ('90m', '7d')
    """
    return next(f"{us // size}{unit}" for unit, size in _UNITS if us % size == 0)
