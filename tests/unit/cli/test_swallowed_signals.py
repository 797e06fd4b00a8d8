"""A signal that arrives inside a callback, where Python swallows what is raised, is not lost."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import os, sys, time, weakref
from featsql.cli import stopping

class Thing:
    {finalizer}

def strike(_):
    os.kill(os.getpid(), {number})

stopping.install()
thing = Thing()
watched = weakref.ref(thing, {callback})
try:
    del thing
    print("swallowed", flush=True)
    for _ in range(500):
        time.sleep(0.01)
except stopping.Terminated:
    sys.exit(143)
except KeyboardInterrupt:
    sys.exit(130)
"""
IN_A_CALLBACK = {"finalizer": "pass", "callback": "strike"}
IN_A_FINALIZER = {"finalizer": "__del__ = lambda self: strike(self)", "callback": "None"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("where", [IN_A_CALLBACK, IN_A_FINALIZER], ids=["callback", "finalizer"])
def test_it_is_delivered_again(where: dict[str, str], number: signal.Signals, code: int) -> None:
    script = SCRIPT.format(number=int(number), **where)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (code, "swallowed\n", "")
