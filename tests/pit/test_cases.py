"""The cases themselves: readable, loadable, one for every rule; nothing here runs the product."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
import yaml

from .case import RULES, Case, CaseError, load, load_all
from .index import rendered, written
from .text_table import TextTable, TextTableError, parse, same_rows, side_by_side
from .workbench import create_sources, spelled, with_strategy

CASES = load_all()
_SAFE_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_can_be_built(case: Case) -> None:
    """Its tables exist in DuckDB with the times as written, its headers are YAML, its expectation names its models."""
    assert _SAFE_NAME.match(case.path.stem) and _SAFE_NAME.match(case.path.parent.name)
    assert len(case.why) > 40, "`why` is the specification: say it in a sentence"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_sources(connection, case, rows_reversed=False)
        for name, table in case.tables:
            _check_times_are_kept(connection, name, table)
        for _, table in case.expect:
            for column in table.columns:
                assert column.type is None or spelled(connection, column.type)
    models = dict(case.models)
    for text in models.values():
        _check_header(text)
    for relation, table in case.expect:
        assert relation.removesuffix("__online") in models
        assert len(set(table.names)) == len(table.names)


def _check_times_are_kept(connection: duckdb.DuckDBPyConnection, name: str, table: TextTable) -> None:
    """DuckDB rounds text it cannot hold; a case whose edge moved by a microsecond would prove nothing."""
    for place, column in enumerate(table.columns):
        if column.type in ("date", "timestamp", "timestamp_ns"):
            stored = connection.execute(f'select cast("{column.name}" as varchar) from raw."{name}"').fetchall()
            for row, (text,) in zip(table.rows, stored, strict=True):
                cell = row[place]
                assert (cell is None) == (text is None)
                assert cell is None or f"{text}000".startswith(cell), f"{column.name}: {cell} became {text}"


def _check_header(text: str) -> None:
    if text.startswith("/*---\n"):
        header = yaml.safe_load(text.split("/*---\n", 1)[1].split("---*/", 1)[0])
        assert header["kind"] in ("feature_view", "training_set")


def test_every_rule_has_a_case() -> None:
    """A rule without an executed case is a promise nobody checks."""
    assert set(RULES) == {case.rule for case in CASES}


def test_the_readme_lists_every_case() -> None:
    """`python -m tests.pit.index` writes the table."""
    assert written() == rendered(CASES)


def test_a_strategy_is_pinned_in_feature_views_only() -> None:
    """The variants would silently be one if the header were not touched."""
    views = [text for case in CASES for _, text in case.models if "kind: feature_view\n" in text]
    assert views
    for text in views:
        assert "\nstrategy: as_of\n" in with_strategy(text, "as_of").split("---*/", 1)[0]
    spine = "/*---\nkind: training_set\n---*/\nselect 1"
    assert with_strategy(spine, "as_of") == spine


def test_cells() -> None:
    """NULL, the empty string, blanks and bars come through as written."""
    table = parse("a varchar | b\n null | ''\n 'null' | 'x '\n p|q | it's\n")
    assert table.rows == ((None, ""), ("null", "x "), ("p|q", "it's"))
    assert [column.type for column in table.columns] == ["varchar", None]
    with pytest.raises(TextTableError, match="1 cells under 2 columns"):
        parse("a | b\n1")


def test_a_difference_is_shown_side_by_side() -> None:
    """Rows count as often as they stand; the line that differs is marked."""
    expected, actual = parse("k | n\n1 | 2\n1 | 2\n2 | null"), parse("k | n\n1 | 2\n2 | 0\n1 | 2")
    assert not same_rows(expected, actual, in_order=False)
    assert same_rows(expected, parse("k | n\n2 | null\n1 | 2\n1 | 2"), in_order=False)
    assert not same_rows(expected, parse("k | n\n1 | 2\n2 | null"), in_order=False)
    assert side_by_side(expected, actual, in_order=False).splitlines() == [
        "  expected || actual",
        "  k | n    || k | n",
        "  - | ---- || - | -",
        "  1 | 2    || 1 | 2",
        "  1 | 2    || 1 | 2",
        "! 2 | null || 2 | 0",
    ]


def test_a_case_that_breaks_the_format_is_refused(tmp_path: Path) -> None:
    """The file is named, so that a slip in a case cannot pass as a case."""
    path = tmp_path / "slip.yml"
    good = {"rule": "R1", "why": "w", "tables": {}, "models": {}, "expect": {}}
    for broken in ({"rule": "R25"}, {"why": None, "extra": 1}, {"error": {"stage": "run", "contains": ["x"]}}):
        path.write_text(yaml.safe_dump({**good, **broken}))
        with pytest.raises(CaseError, match=r"slip\.yml"):
            load(path)
    path.write_text("rule: R1\nrule: R2\n")
    with pytest.raises(CaseError, match="stands twice"):
        load(path)
