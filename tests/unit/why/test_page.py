"""What `featsql why` prints: a page for people, JSON for programs, errors for what cannot be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from featsql.base.lengths import length
from featsql.cli import paragraphs, why_page
from featsql.cli.main import main

from .views import write

VIEW = {
    "feature": "x - sum(x) filter (where x > 1) over w",
    "columns": "k, moment, known, x",
    "rows": "\n".join(
        (
            "(1, '2026-01-01 08:00', '2026-01-01 08:10', 8)",
            "(1, '2026-01-01 10:00', '2026-01-01 10:10', 10)",
            "(1, '2026-01-01 11:00', '2026-01-01 11:10', 1)",
            "(1, '2026-01-01 11:30', '2026-01-01 12:00', 99)",
            "(1, '2026-01-01 13:00', '2026-01-01 13:10', 13)",
            "(null, '2026-01-01 13:00', '2026-01-01 13:10', 0)",
        )
    ),
    "header": "available_at: known\nttl: 1d\nwindows: {w: 3h}",
}
PAGE = """\
v.f = -9  BIGINT
  is     x - sum(x) filter (where x > 1) over w
  k      1
  t      2026-01-01 12:00 UTC
  sees   what is known before t (closed: left)
  known  at `known`, never before `moment`
  ttl    1d

the latest row, if within [2025-12-31 12:00, 2026-01-01 12:00)
  x = 1

  moment            known              x  why
  ----------------  ----------------  --  --------------
  2026-01-01 13:00  2026-01-01 13:10  13  at t or later
  2026-01-01 11:30  2026-01-01 12:00  99  known too late
  2026-01-01 11:00  2026-01-01 11:10   1  the latest
  2026-01-01 10:00  2026-01-01 10:10  10  older
  2026-01-01 08:00  2026-01-01 08:10   8  older
  1 row makes the value
  4 rows left out: 1 known too late, 2 older, 1 at t or later

w: [2026-01-01 09:00, 2026-01-01 12:00), where x > 1
  sum(x) filter (where x > 1) over w = 10

  moment            known              x  why
  ----------------  ----------------  --  --------------
  2026-01-01 13:00  2026-01-01 13:10  13  at t or later
  2026-01-01 11:30  2026-01-01 12:00  99  known too late
  2026-01-01 11:00  2026-01-01 11:10   1  filtered out
  2026-01-01 10:00  2026-01-01 10:10  10  counts
  2026-01-01 08:00  2026-01-01 08:10   8  before window
  1 row makes the value
  4 rows left out: 1 known too late, 1 filtered out, 1 before window, 1 at t or
  later

of nobody: 1 row with a NULL key, of all rows of `v`
"""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`why("--key", "1")`: the command in a project of one view."""
    write(tmp_path, **VIEW)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        code = main(["why", *words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


def test_a_page_for_people(why: Callable[..., Said]) -> None:
    said = why("v.f", "--key", "1", "--at", "2026-01-01T12:00")
    assert (said.code, said.err) == (0, "")
    assert said.out == PAGE


def test_names_and_values_of_a_key(why: Callable[..., Said]) -> None:
    assert why("v.f", "--key", "k=1", "--at", "2026-01-01T12:00").out == PAGE
    assert why("V.F", "--key", "K=1", "--at", "2026-01-01T12:00").out == PAGE


@pytest.mark.parametrize(
    "words, message",
    [
        (["--key", "k=1", "--key", "2"], "`--key 2` does not say which key it is"),
        (["--key", "k=1", "--key", "k=2"], "`--key k` is given twice"),
        (["--key", "j=1"], "`j` is not a key of `v`"),
        ([], "the key `k` of `v` has no value"),
        (["--key", "1", "--limit", "-1"], "the option `--limit`"),
    ],
)
def test_a_question_that_is_none(why: Callable[..., Said], words: list[str], message: str) -> None:
    said = why("v.f", *words)
    assert said.code == 2 and said.out == ""
    assert said.err.startswith(f"error[FS008]: {message}")


def test_a_key_without_rows(why: Callable[..., Said]) -> None:
    said = why("v.f", "--key", "7", "--at", "2026-01-01")
    assert said.code == 0 and said.out.startswith("v.f = NULL  BIGINT\n")
    assert "there is no row with k = 7\nsome keys that have rows: 1\n`featsql show v` shows more\n" in said.out


def test_a_limit_says_how_to_see_more(why: Callable[..., Said]) -> None:
    said = why("v.f", "--key", "1", "--at", "2026-01-01T12:00", "--limit", "1")
    assert said.out.count("  shown: the nearest 2 of 5; `--limit 4` shows all\n") == 2
    none = why("v.f", "--key", "1", "--at", "2026-01-01T12:00", "--limit", "0")
    assert none.out.count("  shown: the nearest 0 of 5; `--limit 4` shows all\n") == 2 and "----" not in none.out


def test_json_is_the_same_for_programs(why: Callable[..., Said]) -> None:
    found = json.loads(why("v.f", "--key", "1", "--at", "2026-01-01T12:00", "-o", "json").out)
    parts = found.pop("parts")
    assert found == {
        "feature": "v.f",
        "sql": "x - sum(x) filter (where x > 1) over w",
        "type": "BIGINT",
        "value": -9,
        "key": {"k": 1},
        "as_of_time": "2026-01-01 12:00:00",
        "closed": "left",
        "timestamp": "moment",
        "available_at": "known",
        "delay_us": 0,
        "ttl_us": 86_400_000_000,
        "rows": 5,
        "rows_without_key": 1,
        "rows_without_event_time": 0,
        "rows_without_known_time": 0,
    }
    latest, window = parts
    assert latest["window"] is None and latest["counts"] == {"in": 1, "late": 1, "older": 2, "future": 1}
    rows = window.pop("rows")
    assert window == {
        "window": "w",
        "bounds": {
            "start": "2026-01-01 09:00:00",
            "end": "2026-01-01 12:00:00",
            "includes_start": True,
            "includes_end": False,
        },
        "timezone": None,
        "last_rows": None,
        "filter": "x > 1",
        "pieces": [{"sql": "sum(x) filter (where x > 1) over w", "value": 10, "nulls": 0}],
        "counts": {"in": 1, "late": 1, "filtered": 1, "before": 1, "future": 1},
    }
    assert rows[1] == {
        "event_time": "2026-01-01 11:30:00",
        "known_time": "2026-01-01 12:00:00",
        "x": 99,
        "reason": "late",
    }


def test_on_a_terminal_rows_left_out_are_dim_and_lines_fit(why: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(why_page, "is_terminal", lambda stream: True)
    monkeypatch.setattr(paragraphs, "wants_colour", lambda stream: True)
    lines = why("v.f", "--key", "1", "--at", "2026-01-01T12:00").out.splitlines()
    (counted,) = [line for line in lines if line.endswith("counts")]
    late, _ = [line for line in lines if "known too late\x1b" in line]
    assert "\x1b" not in counted and late.startswith("  \x1b[2m2026")
    shown = [re.sub(r"\x1b\[\d*m", "", line) for line in lines]
    assert max(len(line) for line in shown if line.startswith("  2026")) <= 60


def test_long_names_are_cut_where_they_alone_make_lines_too_long() -> None:
    import pyarrow

    times, numbers = pyarrow.array(["2026-01-01 12:00"]), pyarrow.array([1])
    columns = [("moment", times), ("a_very_long_name_of_a_column", numbers), ("why", pyarrow.array(["counts"]))]
    assert why_page._fitted(columns, 40) == ["moment", "a_very_lon...", "why"]
    assert why_page._fitted(columns, 10) == ["moment", "a_ve...", "why"]


def test_values_of_a_warehouse_drive_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, feature="x", rows="(1, '2026-01-01', 'a\x1b[31mb')", x="varchar")
    assert main(["--project-dir", str(tmp_path), "why", "v.f", "--key", "1", "--at", "2026-01-02"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and out.count("a\\x1b[31mb") == 3


@pytest.mark.parametrize(
    "us, text", [(1, "1us"), (90_000_000, "90s"), (3_600_000_000, "1h"), (129_600_000_000, "36h"), (7 * 86_400_000_000, "7d")]
)
def test_durations_are_written_as_in_headers(us: int, text: str) -> None:
    assert length(us) == text
