"""The pages hold together: links lead somewhere, tables name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.meta import import_graph
from tests.meta.import_graph import ROOT

PAGES = (*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")))
_FENCE = re.compile(r"^(`{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _anchors(path: Path) -> set[str]:
    """The names that a heading gives itself, as code hosts make them."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)
    assert dead == []


def test_the_stage_table_names_modules_that_exist() -> None:
    """docs/ARCHITECTURE.md opens with the chain; each `where` is a module or a folder of the package."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(table) >= 11
    named = [word for line in table for word in re.findall(r"`featsql/([\w/]+)(?:\.py)?`", line.split("|")[3])]
    assert len(named) >= len(table), "every row says where its function lives"
    modules = import_graph.read().modules
    assert [word for word in named if word.rstrip("/").replace("/", ".") not in modules] == []


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in sorted((ROOT / "docs" / "adr").glob("0*.md")) if f"({p.name})" not in listed] == []
