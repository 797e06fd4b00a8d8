"""The bundle that is kept is the one that its sources make: npm and Node build it again, and every byte is compared."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.meta.import_graph import ROOT

SOURCES = ROOT / "featsql" / "site" / "web"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(SOURCES, folder / "web", ignore=shutil.ignore_patterns("node_modules"))
    for words in (
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        ["npm", "run", "check"],
        ["node", "build.mjs", str(folder / "out")],
    ):
        done = subprocess.run(words, cwd=folder / "web", capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.mark.parametrize("name", ["app.js", "app.css"])
def test_the_same_bytes(built: Path, name: str) -> None:
    kept = ROOT / "featsql" / "site" / "static" / name
    assert (built / name).read_bytes() == kept.read_bytes(), "run `npm ci --ignore-scripts && npm run build` in featsql/site/web"


def test_the_lock_names_no_download_address() -> None:
    assert "resolved" not in (SOURCES / "package-lock.json").read_text(encoding="utf-8")
