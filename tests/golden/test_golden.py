"""Each case compiles to the SQL on file, and that SQL gives the rows on file. `python -m tests.golden.update` rewrites both."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from tests.golden.case import CASES, built, compiled, expected, lay_out, told
from tests.pit.text_table import TextTable, parse

_ADVICE = "if the change is meant: `python -m tests.golden.update {}`, then read the difference"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_compiles_to_its_sql_and_gives_its_rows(case: Path, tmp_path: Path) -> None:
    wanted = expected(case)
    lay_out(case, tmp_path)
    found = compiled(tmp_path)
    found |= told(tmp_path, iter(wanted))
    found |= built(tmp_path, iter(wanted))
    differences = [_difference(name, wanted.get(name), found.get(name)) for name in sorted({*wanted, *found})]
    shown = "".join(filter(None, differences))
    if shown:
        pytest.fail(f"{shown}\n{_ADVICE.format(case.name)}", pytrace=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_sql_without_rows(case: Path) -> None:
    """What a case expects of SQL is executed: it has rows, and not only of NULLs."""
    tables = [text for name, text in expected(case).items() if name.startswith("rows/")]
    assert any(len(text.splitlines()) > 1 for text in tables)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_sql_is_laid_out_as_a_person_would(case: Path) -> None:
    for name, text in expected(case).items():
        if not name.endswith(".sql"):
            continue
        assert text.endswith("\n") and not text.endswith("\n\n"), name
        assert not text.startswith(("\n", " ")), name
        if "multi_line" not in case.name:
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), f"{name}: blanks at the end of a line"
            assert "\n\n\n" not in text, f"{name}: two blank lines"


def test_there_are_cases() -> None:
    assert len(CASES) >= 27


def test_every_folder_is_a_case() -> None:
    folders = {path for path in Path(__file__).parent.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CASES)


def _difference(name: str, wanted: str | None, found: str | None) -> str:
    if wanted == found:
        return ""
    if found is None:
        return f"--- expected/{name}: nothing makes this file\n"
    lines = difflib.unified_diff((wanted or "").splitlines(), found.splitlines(), f"expected/{name}", "found", lineterm="", n=2)
    return "\n".join(lines) + "\n"


def test_a_table_is_read_as_it_was_written() -> None:
    text = "a BIGINT | b VARCHAR\n1        | null\n2        | ''\n"
    assert parse(text) == TextTable(parse(text).columns, (("1", None), ("2", "")))
