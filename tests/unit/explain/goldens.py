"""`python -m tests.unit.explain.goldens`: write what `explain` prints now, to be looked at and kept."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from featsql.cli.main import main

from .shop import write

FOLDER: Final = Path(__file__).parent / "expected"
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "churn.json": ("churn", "-o", "json"),
    "churn.txt": ("churn",),
    "spend__online.txt": ("spend__online", "--as-of", "2026-02-01"),
}
"""Over a project whose last run has counted, and whose header pins a strategy that cannot do everything."""


def printed(folder: Path, words: tuple[str, ...]) -> str:
    os.environ["NO_COLOR"] = "1"
    written = io.StringIO()
    with redirect_stdout(written):
        assert main(["--project-dir", str(folder), "explain", *words]) == 0
    return written.getvalue()


def lay_out(folder: Path) -> None:
    assert write(folder, header="online: true\nttl: 30d\navailable_at: known_at\nstrategy: tiles").run(as_of="2026-02-01").ok


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name))
        FOLDER.mkdir(exist_ok=True)
        for file, words in COMMANDS.items():
            (FOLDER / file).write_text(printed(Path(name), words), encoding="utf-8")
