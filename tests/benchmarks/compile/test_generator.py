"""The benchmark's project is a project: it compiles, and is the same each time."""

from __future__ import annotations

from pathlib import Path

from featsql import Project
from tests.benchmarks.compile.generator import generate


def test_a_small_one_compiles(tmp_path: Path) -> None:
    generate(tmp_path, 40)
    compiled = Project(tmp_path).compile(as_of="2026-01-01")
    assert len(list((tmp_path / "models").rglob("*.sql"))) == 40
    online = [name for name in compiled.queries if name.endswith("__online")]
    assert len(compiled.queries) - len(online) == 40
    assert len(online) == 8


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, 40, seed=3)
    one, two = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*.*")} for f in (tmp_path / "one", tmp_path / "two"))
    assert one == two
