"""Every malformed project of `cases/` is refused with the right words at the right place, and the warehouse stays as it was."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.docs.shell import Shell
from tests.errors.malformed.cases import Case, findings, read_cases
from tests.errors.malformed.warehouse import contents, held
from tests.errors.test_pages import lay_out

CASES = read_cases()
WAREHOUSE = "shop.duckdb"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base project, built."""
    folder = tmp_path_factory.mktemp("base")
    with Shell(folder) as shell:
        lay_out(shell)
        printed = shell.run("featsql build --as-of 2026-02-01")
        assert shell.exit_code == 0, printed
    return folder


@pytest.fixture(scope="session")
def before(built: Path) -> dict[str, str]:
    found = contents(built / WAREHOUSE)
    assert len(found) == 5, "the seed, a view, the feature view's history and online table, and the training set"
    return found


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_malformed_project(case: Case, built: Path, before: dict[str, str], tmp_path: Path) -> None:
    project = tmp_path / "shop"
    shutil.copytree(built, project)
    case.apply(project)
    holder = held(project / WAREHOUSE) if case.held else nullcontext(0)
    with Shell(project) as shell, holder as pid:
        printed = shell.run(f"featsql {case.run}")
    said = findings(printed)

    assert shell.exit_code == case.exit, printed
    assert [(found.code, found.place) for found in said] == [(wanted.code, wanted.place) for wanted in case.expected], printed
    for found, wanted in zip(said, case.expected, strict=True):
        assert wanted.message in found.message
    assert "Traceback" not in printed
    if case.held:
        assert f"process {pid} " in printed
    assert contents(project / WAREHOUSE) == before


def test_every_case_expects_something() -> None:
    """A case that expects no error would pass for a project that nobody complains about."""
    assert [name for name, case in CASES.items() if not case.errors or case.exit == 0] == []


def test_there_are_cases_for_most_codes() -> None:
    """Codes that no case shows: a bug of featsql, warnings, and what takes two runs."""
    from featsql.base.codes import CODES

    shown = {said.code for case in CASES.values() for said in case.expected}
    warnings = [f"FS5{number:02}" for number in range(4, 14)]
    assert sorted(CODES.keys() - shown) == ["FS409", *warnings, "FS706", "FS707", "FS708", "FS709", "FS900"]
