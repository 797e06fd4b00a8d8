"""One build of the template for all tests of this folder: its README is played from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.docs.pages import Page, Run, perform, read_page
from tests.docs.shell import Shell


@dataclass(frozen=True, slots=True)
class Played:
    """The project after its README's commands, and what they printed."""

    project: Path
    page: Page
    runs: list[tuple[Run, ...]]
    made: str
    """What `featsql init` printed."""

    @property
    def database(self) -> Path:
        return self.project / "target" / "flights.duckdb"


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    with Shell(tmp_path_factory.mktemp("template")) as shell:
        made = shell.run("featsql init flights")
        shell.run("cd flights")
        page = read_page(shell.folder / "README.md")
        return Played(shell.folder, page, perform(page, shell), made)


@pytest.fixture
def built(played: Played) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the build left."""
    with duckdb.connect(played.database, read_only=True) as connection:
        yield connection
