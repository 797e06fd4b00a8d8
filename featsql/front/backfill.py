"""The header key `backfill` of a feature view: a time grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.front.durations import read_duration, read_length
from featsql.front.keys import Keys
from featsql.ir.header import Backfill

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read_backfill(keys: Keys) -> Backfill | None:
    """`{every: 1d, from: 2026-01-01, lookback: 3d}`; only `every` has to be said."""
    grid = keys.mapping("backfill", "a backfill")
    if grid is None:
        return None
    grid.only("every", "from", "lookback")
    if not grid.require("every"):
        return None
    every, lookback = grid.value("every"), grid.value("lookback")
    every_us = read_length(every, "`every`", keys.found) if every else None
    lookback_us = read_duration(lookback, "`lookback`", keys.found) if lookback else 0
    start_us = _start_us(grid)
    return Backfill(every_us, start_us, lookback_us or 0) if every_us else None


def _start_us(grid: Keys) -> int | None:
    name = grid.name("from")
    if name is None:
        return None
    try:
        found = datetime.fromisoformat(name.text.strip())
    except ValueError:
        hints = ("write 2026-01-31, or 2026-01-31T12:00:00Z",)
        grid.found.append(Diagnostic("FS106", f"`{name}` is not a time", name.span, hints=hints))
        return None
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1)
