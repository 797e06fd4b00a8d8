"""SQL moves right and left by whole lines; what stands in quotes never changes."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featsql.base.spans import SourceFile, Text
from featsql.emit.indenting import indentation_at_end, indented, outdented, trimmed

QUOTED = ["'a\n  b'", "'it''s\n'", '"a\n""b"', "/* one\n   two */", "$$x\n'y$$", "$q$\n$$\n$q$", "-- it's\n"]


def of_file(text: str, start: int = 0) -> Text:
    return Text.verbatim(SourceFile("models/a.sql", text), start, len(text))


@pytest.mark.parametrize("quoted", QUOTED)
def test_line_ends_in_quotes_stay_as_they_are(quoted: str) -> None:
    moved = indented(of_file(f"select\n{quoted} as x,\n1"), "    ").value
    assert moved.startswith(f"select\n    {quoted}")
    assert moved.endswith("\n    1")


def test_empty_lines_get_no_blanks() -> None:
    assert indented(Text("a\n\nb\n"), "  ").value == "a\n\n  b\n"


def test_a_quote_in_a_comment_opens_nothing() -> None:
    assert indented(Text("a -- it's\nb 'c\nd'"), "  ").value == "a -- it's\n  b 'c\nd'"


def test_moved_text_keeps_its_places() -> None:
    moved = indented(of_file("a\nb"), "    ")
    span = moved.locate(moved.value.index("b"))
    assert span and str(span) == "models/a.sql:2:1"


@pytest.mark.parametrize(
    ("file", "start", "left"),
    [
        ("select\n    case\n        when a\n    end", 11, "case\n    when a\nend"),
        ("    f(\n  x\n)", 4, "f(\nx\n)"),
        ("    a || '\n    b'", 4, "a || '\n    b'"),
        ("\tf(\n\t\tx)", 1, "f(\n\tx)"),
        ("one line", 0, "one line"),
    ],
)
def test_lines_move_left_by_the_indentation_of_the_first(file: str, start: int, left: str) -> None:
    assert outdented(of_file(file, start)).value == left


def test_text_of_no_file_does_not_move_left() -> None:
    assert outdented(Text("a\n    b")).value == "a\n    b"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "a", "\n a b \n", "a\n"])
def test_trimmed_is_strip(text: str) -> None:
    assert trimmed(of_file(text)).value == text.strip()


@pytest.mark.parametrize(("sql", "blanks"), [("a", ""), ("  a", "  "), ("a\n    from ", "    "), ("  a\n", "")])
def test_the_indentation_of_the_last_line(sql: str, blanks: str) -> None:
    assert indentation_at_end(sql) == blanks


@given(st.lists(st.sampled_from([*QUOTED[:2], *QUOTED[3:], "1", "\n", "\n\n  ", " ", "+ 2", "(3\n\n)"]), max_size=8))
@settings(max_examples=150, deadline=None)
def test_moving_never_changes_what_sql_means(pieces: list[str]) -> None:
    """The tokens of DuckDB are the same before and after."""
    text = "select " + "\n".join(pieces)
    before = [text[at:][:3].strip() for at, _ in duckdb.tokenize(text)]
    moved = indented(of_file(text), "    ").value
    assert [moved[at:][:3].strip() for at, _ in duckdb.tokenize(moved)] == before or _same_but_blanks(text, moved)
    assert _same_but_blanks(text, moved)
    for string in ("'a\n  b'", "'it''s\n'", "$q$\n$$\n$q$"):
        assert text.count(string) == moved.count(string)


def _same_but_blanks(one: str, other: str) -> bool:
    return one.replace(" ", "") == other.replace(" ", "")
