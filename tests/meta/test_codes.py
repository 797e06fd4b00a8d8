"""Law 8: error codes are a closed list; each is used, and has a page that shows it."""

from __future__ import annotations

import ast
import re

import pytest

from featsql.base.codes import CODES
from tests.docs.pages import read_page
from tests.meta import import_graph
from tests.meta.import_graph import ROOT

PAGES = ROOT / "docs" / "errors"
_CODE = re.compile(r"FS\d{3}")


def _used() -> dict[str, str]:
    """Each code that stands as a literal in the source, and one place of it."""
    used: dict[str, str] = {}
    for module, tree in import_graph.read().modules.items():
        if module == "base.codes":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                used.setdefault(node.value, f"{module}:{node.lineno}")
    return used


def test_every_code_in_the_source_is_in_the_list() -> None:
    assert {code: place for code, place in _used().items() if code not in CODES} == {}


def test_every_code_in_the_list_is_used() -> None:
    assert sorted(CODES.keys() - _used().keys()) == []


def test_every_page_has_a_code() -> None:
    assert sorted(p.name for p in PAGES.glob("FS*.md") if p.stem not in CODES) == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code: str) -> None:
    """What it means and why, an example that shows it, and the way out."""
    page = read_page(PAGES / f"{code}.md")
    title, *rest = page.text.splitlines()
    assert title == f"# {code}: {CODES[code]}"
    body = "\n".join(rest)
    why, example, way_out = (part.strip() for part in _parts(body))
    assert len(why) > 60, "the paragraph says what it means, and why it is an error"
    assert way_out
    assert "```console" in example
    shown = "\n".join(run.output for block in page.consoles for run in block.runs)
    assert re.search(rf"(error|warning)\[{code}\]", shown), "the example's output shows the code"


def _parts(body: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(.*?)^## Example$(.*)^## Way out$(.*)", body, re.MULTILINE | re.DOTALL)
    assert found, "a page has a paragraph, `## Example`, and `## Way out` at its end"
    return found[1], found[2], found[3]
