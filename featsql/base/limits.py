"""Limits on this process that the system keeps."""

from __future__ import annotations

import contextlib
from pathlib import Path


def limit(memory: int, seconds: int) -> None:
    """`memory` bytes more than now and `seconds` of CPU, and no file written: beyond, the system ends this process.

    It does so also when nobody watches the process any more. On Windows there are no such limits.
    """
    try:
        import resource
    except ImportError:
        return
    statm = Path("/proc/self/statm")
    used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    for what, most in (
        (resource.RLIMIT_AS, used + memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        with contextlib.suppress(ValueError, OSError):  # macOS keeps no RLIMIT_AS
            resource.setrlimit(what, (most,) * 2 if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)
