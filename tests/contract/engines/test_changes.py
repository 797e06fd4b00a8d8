"""A table that is there and takes in rows: the same acts as for any other, and the same at the end on every warehouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from featsql.engines.base import Engine, PublishError
from featsql.ir.query import ChangeTable, CreateTable, CreateView, Step

from .warehouses import RUN, SCHEMA, Rows, name, query

Read = Callable[[str], Rows]
_THERE = f"{SCHEMA}.orders"
_CAME = CreateTable(name("orders_came"), query("select 2 as id, 'new' as state union all select 3, 'new'"))
_SEEN = f"select id, state from {_THERE} order by id"
_OLD = [(1, "old"), (2, "old")]
_NEW = [(1, "old"), (2, "new"), (3, "new")]


def _change(insert: str = "select id, state from {orders_came}") -> ChangeTable:
    whole = f"select id, state from {_THERE} where id <> 2 union all {insert}"
    statements = (
        f"delete from {_THERE} where id in (select id from {{orders_came}})",
        f"insert into {_THERE} (id, state) {insert}",
    )
    return ChangeTable(name("orders"), query(whole), statements=tuple(query(sql) for sql in statements))


def _built(engine: Engine, *steps: Step) -> None:
    engine.begin(RUN)
    for step in steps:
        engine.build(step)


def _names(read: Read) -> list[str]:
    return [str(row[0]) for row in read("select lower(table_name) from information_schema.tables")]


@pytest.fixture(autouse=True)
def there(engine: Engine) -> None:
    orders = CreateTable(name("orders"), query("select 1 as id, 'old' as state union all select 2, 'old'"))
    _built(engine, orders)
    engine.publish((orders,))


def test_the_run_sees_the_change_and_others_do_not_before_it_is_published(engine: Engine, read: Read) -> None:
    below = CreateTable(name("below"), query("select count(*) as n from {orders}"))
    change = _change()
    _built(engine, _CAME, change, below)
    assert [tuple(row.values()) for row in engine.query(query("select id, state from {orders} order by id")).to_pylist()] == _NEW
    assert [tuple(row) for row in read(_SEEN)] == _OLD
    engine.publish((change, below))
    assert [tuple(row) for row in read(_SEEN)] == _NEW
    assert [tuple(row) for row in read(f"select n from {SCHEMA}.below")] == [(3,)]


def test_nothing_stays_behind(engine: Engine, read: Read) -> None:
    change = _change()
    _built(engine, _CAME, change)
    engine.publish((change,))
    assert not [table for table in _names(read) if "featsql" in table and not table.endswith("_runs")]


def test_what_is_discarded_never_was(engine: Engine, read: Read) -> None:
    _built(engine, _CAME, _change())
    engine.discard()
    assert [tuple(row) for row in read(_SEEN)] == _OLD
    _built(engine)
    engine.publish(())
    assert [tuple(row) for row in read(_SEEN)] == _OLD


def test_a_change_that_fails_takes_all_else_with_it(engine: Engine, read: Read) -> None:
    good = CreateTable(name("good"), query("select 1 as x"))
    late = CreateView(name("late"), query("select id from {orders_came}"))
    change = _change()
    _built(engine, good, _CAME, change, late)
    with pytest.raises(PublishError):
        # the view reads what is not published
        engine.publish((good, change, late))
    assert [tuple(row) for row in read(_SEEN)] == _OLD
    assert "good" not in _names(read)


def test_a_table_in_place_of_a_view(engine: Engine, read: Read) -> None:
    view = CreateView(name("orders"), query("select 1 as id, 'old' as state"))
    _built(engine, view)
    engine.publish((view,))
    change = _change()
    _built(engine, _CAME, change)
    engine.publish((change,))
    assert [tuple(row) for row in read(_SEEN)] == [(1, "old"), (2, "new"), (3, "new")]
