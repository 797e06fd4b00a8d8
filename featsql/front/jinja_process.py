"""The worker process as its parent sees it: started, listened to, and ended whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

_BOOT: Final = "import sys; sys.path += sys.argv[1:]; from featsql.front.jinja_worker import main; main()"
_PACKAGES: Final = ("featsql", "jinja2", "markupsafe")
_PASSED_ON: Final = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""What an interpreter may need to start. Workers see no other environment."""


class Worker:
    """A process at work on one request. Whoever made it closes it."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        """Raises OSError if the process cannot be started."""
        told = json.dumps(request, default=str).encode()
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._process = start(_BOOT, _PACKAGES)
        threading.Thread(target=_talk, args=(self._process, told, self._lines), daemon=True).start()

    def hear(self, seconds: float) -> Mapping[str, Any] | None:
        """What it says next; None when it has ended. Raises TimeoutError."""
        try:
            line = self._lines.get(timeout=max(seconds, 0))
        except Empty:
            raise TimeoutError from None
        try:
            return dict(json.loads(line))
        except ValueError:  # cut off in the middle, or no worker of ours
            return None

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()


def start(boot: str, packages: Sequence[str]) -> subprocess.Popen[bytes]:
    """A Python of its own that runs `boot` and can import `packages` and the standard library. OSError if there is none."""
    return subprocess.Popen(
        [sys.executable or "python3", "-I", "-S", "-X", "utf8", "-c", boot, *_homes(packages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        start_new_session=True,  # a terminal's Ctrl-C is for the parent
    )


def _homes(packages: Sequence[str]) -> list[str]:
    """Where packages are that a worker imports: they come after the standard library, and nothing else does."""
    specs = [find_spec(package) for package in packages]
    return list(dict.fromkeys(str(Path(spec.origin).parents[1]) for spec in specs if spec and spec.origin))


def _talk(process: subprocess.Popen[bytes], request: bytes, lines: SimpleQueue[bytes]) -> None:
    """Pass on the request, then line by line what comes back, and an empty line at the end."""
    assert process.stdin and process.stdout
    with process.stdin as stdin, process.stdout as stdout:
        try:
            stdin.write(request)
            stdin.close()
            for line in stdout:
                lines.put(line)
        except OSError:  # it is gone
            pass
    lines.put(b"")
