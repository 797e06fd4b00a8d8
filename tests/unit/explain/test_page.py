"""What `featsql explain` prints: a page for people, JSON for programs, both as kept in `expected/`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from featsql import Project
from featsql.cli import paragraphs
from featsql.cli.main import main

from .goldens import COMMANDS, FOLDER, lay_out, printed
from .shop import write


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    lay_out(folder)
    return folder


@pytest.mark.parametrize("file", COMMANDS)
def test_what_is_printed_is_what_was_kept(shop: Path, file: str) -> None:
    expected = (FOLDER / file).read_text(encoding="utf-8")
    assert printed(shop, COMMANDS[file]) == expected, "look at it, then run `python -m tests.unit.explain.goldens`"


@pytest.mark.parametrize("words", [("churn",), ("churn", "--analyze"), ("spend",)])
def test_lines_fit_80_columns(shop: Path, words: tuple[str, ...]) -> None:
    assert [line for line in printed(shop, words).splitlines() if len(line) > 80] == []


def test_a_page_begins_with_a_summary(shop: Path) -> None:
    lines = printed(shop, ("churn", "--analyze")).splitlines()
    assert lines[0] == "churn  training set"
    assert lines[1] == "  plan  by the amounts that have just been counted"
    assert re.fullmatch(r"  took  [\d.]+s for 300 rows, each relation by itself as a temporary table", lines[2])
    assert re.fullmatch(r"  spend as buyer_\.\.\.  [\d.]+s \(\d+%\) +as_of +the latest row", lines[4])


def test_analyze_lists_every_relation(shop: Path) -> None:
    page = printed(shop, ("churn", "--analyze"))
    relations = page[page.index("\nrelations, each reads those above it\n") :]
    assert re.search(r"\n  spine_query  300 rows, [\d.]+s\n    the rows that ask, as the model selects them\n", relations)
    assert re.search(r"\n  the query  300 rows, [\d.]+s\n    the spine's rows, each once, with their features\n$", relations)


def test_sql_is_added_where_it_is_asked_for(shop: Path) -> None:
    sql = Project(shop).explain("churn").sql
    assert printed(shop, ("churn", "--sql")) == printed(shop, ("churn",)) + "\n" + sql + "\n"
    assert json.loads(printed(shop, ("churn", "-o", "json")))["sql"] is None
    assert json.loads(printed(shop, ("churn", "-o", "json", "--sql")))["sql"] == sql


def test_before_a_run_the_page_says_who_counts(tmp_path: Path) -> None:
    write(tmp_path)
    assert printed(tmp_path, ("churn",)).splitlines()[1] == "  plan  not counted yet: the robust plan; `featsql run` counts"


def test_a_terminal_sees_colour_and_nothing_that_drives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(paragraphs, "wants_colour", lambda stream: True)
    view = "/*---\nkind: feature_view\nentity: customer\ntimestamp: ordered_at\n---*/\nselect customer_id, ordered_at, "
    write(tmp_path, spend=view + "concat(product, 'a\x1b[31mb') as f from {{ source('shop', 'orders') }}")
    assert main(["--project-dir", str(tmp_path), "explain", "spend"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("\x1b[1mspend\x1b[0m  \x1b[2mhistory") and "'a\\x1b[31mb'" in out
