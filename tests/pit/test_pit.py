"""Runs every case under every strategy, as a real project through the public API, and compares rows exactly."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from featsql import FeatsqlError, Project

from .case import Case, ExpectedError, load_all
from .text_table import TextTable, same_rows, side_by_side
from .workbench import VARIANTS, Variant, connect, lay_out, machine_time_zone, read, spelled

RUNS = [pytest.param(case, variant, id=f"{case.name}-{variant.name}") for case in load_all() for variant in VARIANTS]


@pytest.mark.parametrize(("case", "variant"), RUNS)
def test_case(case: Case, variant: Variant, tmp_path: Path) -> None:
    """The run leaves exactly the rows (or the error) that the case states."""
    lay_out(case, variant, tmp_path)
    with machine_time_zone(case.session_time_zone):
        if case.error is not None:
            _check_error(case, case.error, tmp_path)
        else:
            _check_rows(case, variant, tmp_path)


def _check_rows(case: Case, variant: Variant, folder: Path) -> None:
    result = Project(folder).run(as_of=case.as_of)
    failed = [f"{node.name}: {node.message}" for node in result.results if node.status != "success"]
    assert result.ok, "\n".join([_heading(case, variant.name), *failed])
    in_order = case.ordered and not variant.rows_reversed
    with connect(folder) as connection:
        for relation, expected in case.expect:
            actual = read(connection, relation)
            heading = f"{_heading(case, variant.name)}\n`{relation}`:"
            _check_columns(connection, expected, actual, heading)
            if not same_rows(expected, actual, in_order=in_order):
                pytest.fail(f"{heading}\n{side_by_side(expected, actual, in_order=in_order)}", pytrace=False)


def _check_columns(connection: duckdb.DuckDBPyConnection, expected: TextTable, actual: TextTable, heading: str) -> None:
    if actual.names != expected.names:
        pytest.fail(f"{heading}\nexpected columns {expected.names}\nactual columns   {actual.names}", pytrace=False)
    for wanted, found in zip(expected.columns, actual.columns, strict=True):
        if wanted.type is not None and spelled(connection, wanted.type) != found.type:
            pytest.fail(f"{heading}\n`{wanted.name}` is {found.type}, expected {wanted.type}", pytrace=False)


def _check_error(case: Case, expected: ExpectedError, folder: Path) -> None:
    said = _raised(case, folder) if expected.stage == "project" else _failed(case, expected, folder)
    absent = [words for words in expected.contains if words.lower() not in said.lower()]
    assert not absent, f"{_heading(case, expected.stage)}\nnot said: {absent}\nsaid: {said}"


def _raised(case: Case, folder: Path) -> str:
    with pytest.raises(FeatsqlError) as caught:
        Project(folder).run(as_of=case.as_of)
    return "\n".join([str(caught.value), *(repr(diagnostic) for diagnostic in caught.value.diagnostics)])


def _failed(case: Case, expected: ExpectedError, folder: Path) -> str:
    result = Project(folder).run(as_of=case.as_of)
    failed = {node.name: str(node.message) for node in result.results if node.status == "error"}
    assert not result.ok, f"{_heading(case, 'run')}\nran without an error"
    assert set(failed) == {expected.of}, f"{_heading(case, 'run')}\nfailed: {failed}"
    return "\n".join(failed.values())


def _heading(case: Case, variant: str) -> str:
    return f"{case.rule} {case.name} ({variant}): {case.why}"
