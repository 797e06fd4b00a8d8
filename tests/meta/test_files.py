"""Sizes are a smell, words are a rule: what may stand in the files of this repository."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.meta.import_graph import ROOT

LONGEST_FILE = 500

TRACKED = ("featsql", "tests", "docs", "project_template", ".ci", "pyproject.toml", *(p.name for p in sorted(ROOT.glob("*.md"))))
TEXT = frozenset({".py", ".md", ".sql", ".yml", ".yaml", ".toml", ".csv", ".txt", ".cfg", ".sh", ""})
GENERATED = frozenset({"__pycache__", "node_modules", "target", ".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache"})

FORBIDDEN: dict[str, re.Pattern[str]] = {
    "a path of somebody's machine": re.compile(r"(?<![\w.~/-])/(?:home|Users|root|work)/\w"),
    "a download address": re.compile(r"https?://[a-z0-9.-]+/(?:simple|packages|pool)/|\bpypi" + r"\.org|python" + r"hosted"),
    "a note to oneself": re.compile("TO" + "DO|FIX" + r"ME|\bX" + "XX|NotImplemented" + "Error"),
    "a test that does not test": re.compile(r"pytest\.(?:skip|mark\.skip|mark\.x" + "fail)|assert Tr" + "ue"),
    "a silenced checker without the rule's name": re.compile(r"# type: ig" + r"nore(?!\[)|# no" + r"qa(?!: [A-Z])"),
}
"""Some words are written in two halves, so that this file passes its own test."""


def _files() -> Iterator[Path]:
    for name in TRACKED:
        root = ROOT / name
        paths = sorted(root.rglob("*")) if root.is_dir() else [root]
        yield from (p for p in paths if p.is_file() and p.suffix in TEXT and not GENERATED & set(p.relative_to(ROOT).parts))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden_words(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == [], f"{what}:\n" + "\n".join(found)


def test_files_are_short(record_property: Callable[[str, object], None]) -> None:
    """Nobody reads a file of 500 lines; the longest one and the median are told at the end of the run."""
    lines = {p.relative_to(ROOT): len(p.read_text(encoding="utf-8").splitlines()) for p in (ROOT / "featsql").rglob("*.py")}
    longest = sorted(lines.items(), key=lambda item: -item[1])
    median = statistics.median(lines.values())
    size = f"{len(lines)} modules, {sum(lines.values()):,} lines, median {median:.0f}"
    record_property("figure", f"featsql: {size}, longest {longest[0][0]} ({longest[0][1]})")
    assert [f"{path}: {count} lines" for path, count in longest if count > LONGEST_FILE] == []
