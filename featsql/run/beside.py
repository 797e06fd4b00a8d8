"""Work done on a second core: by a copy of this process, which gives back text and ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from types import TracebackType


def can_fork() -> bool:
    """Is there a second core, and nothing in this process that a copy of it would lack? Elsewhere work is done in turn."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1 and threading.active_count() == 1


class Beside:
    """Runs `work` in a copy of this process until it is left as a context manager."""

    def __init__(self, work: Callable[[], str]) -> None:
        """Raises OSError where there can be no more processes."""
        reading, writing = os.pipe()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of threads in libraries, which `work` does not use
                self._child = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if not self._child:
            os.close(reading)
            _do(work, writing)
        os.close(writing)
        self._reading: int | None = reading

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if self._reading is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            self._end()

    def result(self) -> str | None:
        """What the work gave; None where it failed: do it here, then, and see why."""
        assert self._reading is not None, "asked once"
        with os.fdopen(os.dup(self._reading), encoding="utf-8") as told:
            text = told.read()
        return text if self._end() == 0 else None

    def _end(self) -> int:
        assert self._reading is not None
        os.close(self._reading)
        self._reading = None
        return os.waitpid(self._child, 0)[1]


def _do(work: Callable[[], str], writing: int) -> None:
    """Never returns: what the parent has begun (open files, exit handlers, tests) is not for its copy to end."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            out.write(work())
        code = 0
    except BaseException:  # the parent does the work itself, and tells what is wrong
        code = 1
    finally:
        os._exit(code)
