"""A run that is killed at some of its statements; `python -m tests.changing.killing FOLDER` tries all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_EVERY = os.environ.get("FEATSQL_TEST_KILL_EVERY", "23")


def test_a_run_killed_at_some_of_its_statements(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.changing.killing", str(tmp_path), _EVERY]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-2]) >= 90 // int(_EVERY)
