"""Every page with commands is played from top to bottom in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Page, differences, perform, read_page
from tests.docs.shell import ROOT, Shell

_ERRORS = ROOT / "docs" / "errors"


def pages_with_commands() -> list[Page]:
    """README and docs/, without the error pages: those begin in a project of their own (tests/errors)."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    pages = [read_page(path) for path in paths if _ERRORS not in path.parents]
    return [page for page in pages if page.consoles]


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: str(page.path.relative_to(ROOT)))
def test_a_page_is_true(page: Page, tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        found = differences(page, perform(page, shell))
    if found:
        pytest.fail(f"{page.path.relative_to(ROOT)}\n{found}", pytrace=False)
