"""Every page of docs/errors is built on top of the base project and must print exactly what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import Page, differences, perform, read_page
from tests.docs.shell import ROOT, Shell

BASE = Path(__file__).parent / "base"
PAGES = tuple(read_page(path) for path in sorted((ROOT / "docs" / "errors").glob("FS*.md")))


def lay_out(shell: Shell) -> None:
    """The base project, in the folder where the page begins."""
    for path in sorted(BASE.rglob("*")):
        if path.is_file():
            shell.write(path.relative_to(BASE).as_posix(), path.read_bytes())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_page_shows_its_error(page: Page, tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        lay_out(shell)
        found = differences(page, perform(page, shell))
    if found:
        pytest.fail(f"{page.path.relative_to(ROOT)}\n{found}", pytrace=False)


def test_the_base_project_is_right(tmp_path: Path) -> None:
    """So that what a page shows is the page's own doing."""
    with Shell(tmp_path) as shell:
        lay_out(shell)
        printed = shell.run("featsql build --as-of 2026-02-01")
        assert shell.exit_code == 0, printed
