"""What Snowflake says, in its own words, points into the user's file. Texts as the vendor's pages and forums show them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from featsql.base.spans import SourceFile, Text
from featsql.engines.base import Cancelled
from featsql.engines.snowflake_errors import Expired, Lost, clean, refusal

SQL = "select id,\n       nope\nfrom orders"


def statement() -> Text:
    file = SourceFile("models/m.sql", SQL)
    return Text.join(["create or replace transient table t as\n", Text.verbatim(file, 0, len(SQL))])


def said(number: int, message: str) -> SimpleNamespace:
    return SimpleNamespace(errno=number, msg=message)


def test_an_unknown_column() -> None:
    error = refusal(said(904, "SQL compilation error: error line 3 at position 7\ninvalid identifier 'NOPE'"), statement())
    assert error.span is not None and (str(error.span), error.span.text) == ("models/m.sql:2:8", "nope")
    assert error.message == "invalid identifier 'NOPE'"
    assert not error.missing


def test_a_syntax_error() -> None:
    error = refusal(said(1003, "SQL compilation error:\nsyntax error line 3 at position 7 unexpected 'nope'."), statement())
    assert error.span is not None and str(error.span) == "models/m.sql:2:8"


def test_a_place_in_sql_of_ours_is_none_of_the_users() -> None:
    error = refusal(said(904, "SQL compilation error: error line 1 at position 7\ninvalid identifier 'X'"), statement())
    assert error.span is None


def test_a_table_that_is_missing() -> None:
    error = refusal(said(2003, "SQL compilation error:\nObject 'D.S.ORDERS' does not exist or not authorized."), statement())
    assert error.missing
    assert error.message == "object 'D.S.ORDERS' does not exist or not authorized"


def test_names_of_the_run_are_not_shown() -> None:
    said_there = "SQL compilation error:\nObject 'D.S._FEATSQL_0123456789ABCDEF__ORDERS' does not exist"
    assert clean(f"002003 (42S02): {said_there} (request_id=x-1)") == "object 'D.S.ORDERS' does not exist"


@pytest.mark.parametrize(
    ("number", "kind"), [(390114, Expired), (390112, Expired), (250001, Lost), (251011, Lost), (604, Cancelled)]
)
def test_what_ends_a_session_or_a_statement(number: int, kind: type[Exception]) -> None:
    assert type(refusal(said(number, "it is over"), statement())) is kind
