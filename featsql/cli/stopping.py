"""Ctrl-C and TERM: both unwind the command once, so that it cleans up; a second one ends the process at once."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from featsql.cli import exits

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"
_PAUSE_SECONDS = 0.02


class Terminated(KeyboardInterrupt):
    """SIGTERM, unwound as Ctrl-C is."""


def install() -> None:
    """Take over both signals; one that the parent told us to ignore (`nohup`, `&` in a script) stays ignored."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    sys.unraisablehook = _deliver_again


def stop_at_once() -> None:
    """From here on there is nothing to clean up: either signal ends the process."""
    for number in _SIGNALS:
        if signal.getsignal(number) is _stop:
            signal.signal(number, _leave)


def _stop(number: int, frame: FrameType | None) -> None:
    stop_at_once()
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    if os.isatty(2):
        os.write(2, _SHOW_CURSOR)  # the bar hid it, and nobody else is left to show it again
    os._exit(exits.TERMINATED if number == signal.SIGTERM else exits.INTERRUPTED)


def _deliver_again(lost: sys.UnraisableHookArgs) -> None:
    """Python swallows what is raised in finalizers and in callbacks of weak references, those of its import locks too: a stop
    that came there is sent once more, a moment later, when that code is left."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    for each in _SIGNALS:
        if signal.getsignal(each) is _leave:
            signal.signal(each, _stop)
    number = signal.SIGTERM if isinstance(lost.exc_value, Terminated) else signal.SIGINT
    again = threading.Timer(_PAUSE_SECONDS, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()
