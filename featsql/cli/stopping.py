"""Ctrl-C and TERM: both unwind the command once, so that it cleans up; a second one ends the process at once."""

from __future__ import annotations

import os
import signal
from types import FrameType

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM, unwound as Ctrl-C is."""


def install() -> None:
    """Take over both signals; one that the parent told us to ignore (`nohup`, `&` in a script) stays ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(each) is _stop:
            signal.signal(each, _leave)
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(EXIT_TERMINATED if number == signal.SIGTERM else EXIT_INTERRUPTED)
