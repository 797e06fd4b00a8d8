"""What the terminal says, and the exit code, where Snowflake does not let one in or goes away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .cutting import wire
from .place import emulated, emulator, fresh
from .test_cuts import generations, lay_out, prepared


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with emulator() as found:
        yield found


def featsql(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "featsql", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"password": "s3cret-wrong"}, "Incorrect username or password"),
        ({"role": "nobody"}, "Role 'nobody'"),
        ({"port": 1, "login_timeout": 2}, "login timed out"),
    ],
    ids=["wrong password", "unknown role", "no server"],
)
def test_the_door_is_closed(keys: dict[str, Any], words: str, port: int, tmp_path: Path) -> None:
    lay_out(tmp_path, {**emulated(port).keys, **keys}, "cli", "raw", 1)
    for command in ("run", "debug"):
        code, said = featsql(tmp_path, command)
        assert code == 2, said
        assert "FS701" in said and words in said
        assert "s3cret" not in said and "Traceback" not in said and "WARNING" not in said


def test_the_server_goes_away_in_the_middle(port: int, tmp_path: Path) -> None:
    with wire(port) as cut, emulated(port).connection() as connection:
        raw, schema = prepared(connection), fresh("cli")
        keys = {**emulated(cut.port).keys, "network_timeout": 1, "login_timeout": 1}
        lay_out(tmp_path, keys, schema, raw, 1)
        code, said = featsql(tmp_path, "run", "--as-of", "2024-03-10")
        assert code == 0, said
        cut.statements, cut.cut_at = 0, 22
        lay_out(tmp_path, keys, schema, raw, 2)
        code, said = featsql(tmp_path, "run", "--as-of", "2024-03-10")
        assert code == 1, said
        assert "the connection was lost" in said and "Traceback" not in said
        assert generations(connection, schema) == {1}
