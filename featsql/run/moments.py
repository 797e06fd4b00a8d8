"""Moments that people name: as text, or as a `datetime`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError

Moment = str | datetime
"""Without a zone it is UTC."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def as_of_us(as_of: Moment | None) -> int:
    """A moment as microseconds of UTC since 1970; None is now. FS008 for text that is no time."""
    if as_of is None:
        moment = datetime.now(UTC)
    elif isinstance(as_of, datetime):
        moment = as_of
    else:
        try:
            moment = datetime.fromisoformat(as_of.strip())
        except ValueError:
            hint = "write 2026-01-31 or 2026-01-31T12:00:00Z"
            raise FeatsqlError(Diagnostic("FS008", f"`{as_of}` is not a time", hints=(hint,))) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    difference = moment - _EPOCH
    return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds


def moment_text(us: int) -> str:
    """Microseconds of UTC since 1970 as text that `as_of_us` reads."""
    return (_EPOCH + timedelta(microseconds=us)).isoformat()
