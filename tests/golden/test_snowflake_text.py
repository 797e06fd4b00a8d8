"""Every golden of Snowflake is read by two parsers that know nothing of each other, and of none of our code."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlfluff.core import FluffConfig, Linter
from sqlglot import exp

from tests.golden.case import CASES

FILES = sorted(path for case in CASES for path in case.glob("expected/snowflake/*.sql"))
GAPS_OF_SQLFLUFF: dict[str, str] = {}
"""By `CASE/FILE`: what its grammar cannot read, and Snowflake can. Of all files there are, it reads all."""


@pytest.fixture(scope="module")
def linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))


def test_every_case_has_text_for_snowflake_or_says_why() -> None:
    for case in CASES:
        folder = case / "expected" / "snowflake"
        assert folder.exists() and list(folder.iterdir()), case.name


def test_no_word_of_duckdb_alone_is_left() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8").lower()
        for word in ("filter (where", " materialized (", "epoch_us(", "make_timestamp(", "arg_max", "//", "hugeint", "read_csv"):
            assert word not in text, f"{path}: {word}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-4]}/{path.stem}")
def test_both_parsers_read_it(path: Path, linter: Linter) -> None:
    text = path.read_text(encoding="utf-8")
    tree = sqlglot.parse_one(text, dialect="snowflake")
    assert not list(tree.find_all(exp.Command))
    for join in tree.find_all(exp.Join):
        assert join.method != "ASOF" or join.args.get("match_condition"), "an as-of join has its condition"
    wrong = [str(violation.desc()) for violation in linter.parse_string(text).violations]
    assert bool(wrong) == (f"{path.parts[-4]}/{path.stem}" in GAPS_OF_SQLFLUFF), wrong
