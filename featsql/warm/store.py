"""Records on disk: each whole or not at all, and checked before it is believed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KEPT: Final = 8
"""So many states of a project have records: of some targets, on some branches."""


def save(folder: Path, key: str, lines: Sequence[str]) -> None:
    """Write a record of lines beside its name, then rename: of two processes that save, the later one is kept. Best effort."""
    content = "\n".join(lines).encode(errors="surrogatepass")
    beside = folder / f".{key}.{os.getpid()}"
    with contextlib.suppress(OSError):  # a compile that cannot be remembered is a compile
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
        beside.replace(folder / f"{key}.txt")
        _forget(folder)


def load(folder: Path, key: str) -> list[str] | None:
    """The lines of a record; None where there is none, or where it is not as it was written."""
    try:
        checksum, _, content = (folder / f"{key}.txt").read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest().encode() != checksum:
        return None
    try:
        return content.decode(errors="surrogatepass").split("\n")
    except UnicodeDecodeError:
        return None


def _forget(folder: Path) -> None:
    """Delete the oldest records but a few."""
    records = sorted(folder.glob("*.txt"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in records[KEPT:]:
        path.unlink(missing_ok=True)
