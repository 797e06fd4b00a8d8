"""Types told by a warehouse's own binder, in a process of its own with limits: to bind a SELECT is to compute its constants."""

from __future__ import annotations

import json
import subprocess
import threading
import weakref
from queue import Empty, SimpleQueue
from typing import Final

from featsql.front.jinja_process import start

_SECONDS: Final = 20.0
"""For one answer, and the start of the process before the first: thousands of times what it takes."""
_LIVES: Final = 2
_BOOT: Final = "import sys; sys.path += sys.argv[1:]; from {module} import main; main()"


class Describer:
    """A `Describe`: started when it is first asked, ended with this object. `worker` is a module and the packages it imports.

    The module's `main` reads SELECTs from stdin, each as JSON on a line, and writes for each a list of types or null. What
    cannot be told within limits is not known; after `_LIVES` of those nothing is asked any more.
    """

    def __init__(self, worker: tuple[str, ...]) -> None:
        self._module, *self._packages = worker
        self._lives = _LIVES
        self._process: _Process | None = None
        self._turn = threading.Lock()

    def __call__(self, sql: str) -> tuple[str, ...] | None:
        with self._turn:
            return self._ask(sql) if self._lives else None

    def _ask(self, sql: str) -> tuple[str, ...] | None:
        try:
            self._process = self._process or _Process(_BOOT.format(module=self._module), ("featsql", *self._packages))
            told = self._process.ask(sql)
        except (OSError, TimeoutError, ValueError):
            self._lives -= 1
            if self._process is not None:
                self._process.end()
                self._process = None
            return None
        return None if told is None else tuple(told)


class _Process:
    def __init__(self, boot: str, packages: tuple[str, ...]) -> None:
        self._popen = start(boot, packages)
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=_listen, args=(self._popen, self._lines), daemon=True).start()
        self.end = weakref.finalize(self, _end, self._popen)

    def ask(self, sql: str) -> list[str] | None:
        """OSError or ValueError when it has ended, TimeoutError."""
        assert self._popen.stdin
        self._popen.stdin.write(json.dumps(sql).encode() + b"\n")
        self._popen.stdin.flush()
        try:
            told: list[str] | None = json.loads(self._lines.get(timeout=_SECONDS))
        except Empty:
            raise TimeoutError from None
        return told


def _listen(process: subprocess.Popen[bytes], lines: SimpleQueue[bytes]) -> None:
    assert process.stdout
    with process.stdout as stdout:
        for line in stdout:
            lines.put(line)
    lines.put(b"")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
