"""Opening a target that somebody else may hold for a while."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Final

from featsql.base.diagnostics import FeatsqlError
from featsql.engines import connect
from featsql.engines.base import Engine, Mode
from featsql.ir.project import Target

_PAUSES: Final = (0.05, 0.1, 0.2, 0.5)
"""Seconds between two tries; the last for all that follow."""


def connect_in_turn(target: Target, root: str, mode: Mode, wait_seconds: float) -> Engine:
    """Open a target, and try again while it is held, for so many seconds. FS701; FS703 where it is held still."""
    until, tries = monotonic() + wait_seconds, 0
    while True:
        try:
            return connect(target, root, mode)
        except FeatsqlError as refused:
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            if refused.diagnostics[0].code != "FS703" or monotonic() + pause > until:
                raise
        sleep(pause)
        tries += 1
