"""What the warehouse refuses points into the user's file."""

from __future__ import annotations

import pytest

from featsql.engines.base import Engine, EngineError
from featsql.ir.query import CreateTable, CreateView, Step

from .warehouses import RUN, name, query


def refused(engine: Engine, step: Step) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine.build(step)
    return caught.value


def place(error: EngineError) -> tuple[str, str]:
    assert error.span is not None
    return str(error.span), error.span.text


def test_an_unknown_column_in_a_table(engine: Engine) -> None:
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 1 as id")))
    error = refused(engine, CreateTable(name("m"), query("select id,\n       nope\nfrom {orders}")))
    assert place(error) == ("models/m.sql:2:8", "nope")
    assert "nope" in error.message and not error.missing


def test_an_unknown_column_in_a_view(engine: Engine) -> None:
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 1 as id")))
    error = refused(engine, CreateView(name("m"), query("select id,\n       nope\nfrom {orders}")))
    assert place(error) == ("models/m.sql:2:8", "nope")


def test_an_unknown_column_in_a_query(engine: Engine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.query(query("select nope from (select 1 as id) t"))
    assert place(caught.value) == ("models/m.sql:1:8", "nope")


def test_places_count_characters_not_bytes(engine: Engine) -> None:
    engine.begin(RUN)
    error = refused(engine, CreateTable(name("m"), query("select 'äöü€😀' as a,\n 'é' as b, nöpe from (select 1 as id) t")))
    assert place(error) == ("models/m.sql:2:12", "nöpe")


def test_a_value_that_cannot_be_cast_while_rows_are_read(engine: Engine) -> None:
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select '12' as code union all select 'x7'")))
    error = refused(engine, CreateTable(name("m"), query("select 1 as one, cast(code as integer) as n from {orders}")))
    assert place(error) == ("models/m.sql:1:18", "cast(code as integer)")
    assert "x7" in error.message


def test_a_relation_that_is_missing(engine: Engine) -> None:
    engine.begin(RUN)
    error = refused(engine, CreateTable(name("m"), query("select id\nfrom {orders}")))
    assert error.missing
    assert place(error) == ("models/m.sql:2:6", "{orders}")
    error = refused(engine, CreateTable(name("m"), query("select id from nowhere.orders")))
    assert error.missing
    assert place(error) == ("models/m.sql:1:16", "nowhere.orders")


def test_an_error_inside_a_view_is_not_blamed_on_who_reads_it(engine: Engine) -> None:
    """The view's text is longer than the reader's and shorter: its places must not be taken for places of the reader."""
    steps = (
        CreateTable(name("orders"), query("select 'x' as code")),
        CreateView(name("numbers"), query("select cast(code as integer) as n from {orders}")),
    )
    engine.begin(RUN)
    for step in steps:
        engine.build(step)
    reader = query("select 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, n from {numbers}")
    for read in (query("select n from {numbers}"), reader):
        with pytest.raises(EngineError) as caught:
            engine.query(read)
        assert caught.value.span is None
    engine.publish(steps)
    for read in (query("select n from {numbers}"), reader):
        assert refused(engine, CreateTable(name("m"), read)).span is None
        engine.discard()


def test_messages_are_one_paragraph_without_sql_of_ours(engine: Engine) -> None:
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 1 as id")))
    for sql in (
        "select nope from {orders}",
        "select id from {missing}",
        "select no_such_function(id) from {orders}",
        "select sum('a') over () as s, id + date '2020-01-01' + 'x' as y from {orders}",
        "select id id id from {orders}",
        "select cast('x' as integer) as n",
    ):
        message = refused(engine, CreateTable(name("m"), query(sql))).message
        assert message
        for noise in ("\n", "LINE 1", "create ", "_featsql_", RUN, "exception_type", "^"):
            assert noise not in message, message


def test_the_session_goes_on_after_an_error(engine: Engine) -> None:
    with pytest.raises(EngineError):
        engine.query(query("select id id id"))
    assert engine.query(query("select 1 as id")).to_pylist() == [{"id": 1}]
