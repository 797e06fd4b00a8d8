"""Executed cases over the wire: some of them here, all of them by `python -m tests.snowflake --strategies`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pit.case import Case, load_all

from .pit import REFUSED, outcome
from .place import Place

EVERY = 8
CASES = load_all()


@pytest.mark.parametrize("case", CASES[::EVERY], ids=lambda case: case.name)
def test_a_case_has_the_same_rows_there(case: Case, warehouse: Place, connection: Any, tmp_path: Path) -> None:
    said = outcome(case, None, warehouse, connection, tmp_path)
    assert not said or said.startswith(REFUSED), said


def test_few_cases_cannot_be_said_there(warehouse: Place) -> None:
    """What is refused is listed in docs/guide/snowflake.md; a refusal too many would hide a gap."""
    assert len(CASES[::EVERY]) > 20
