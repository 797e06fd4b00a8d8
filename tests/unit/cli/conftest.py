"""The command line over a fake project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from featsql.cli.main import main

from .fake import Scene, playing

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Featsql = Callable[..., Said]


@pytest.fixture
def featsql(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Featsql:
    """`featsql("ls -s churn", scene)`: the command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(words: str | list[str], scene: Scene | None = None) -> Said:
        with playing(scene or Scene()):
            code = main(words.split() if isinstance(words, str) else words)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """`process("slow", "run")`: the command over a scene of `fake.SCENES`, in a process of its own."""

    def start(scene: str, *words: str, variables: Mapping[str, str] | None = None, **options: object) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        environment = {**inherited, "SCENE": scene, "PYTHONPATH": str(ROOT), **(variables or {})}
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": tmp_path, "env": environment, **options}
        fake = Path(__file__).with_name("fake.py")
        return subprocess.Popen([sys.executable, str(fake), *words], text=True, **settings)  # type: ignore[call-overload,no-any-return]

    return start
