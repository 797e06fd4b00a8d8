"""A run: built aside, then visible all at once, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from featsql.engines import ENGINES, connect
from featsql.engines.base import Engine, EngineError, PublishError
from featsql.ir.graph import TableName
from featsql.ir.query import CreateTable, CreateView, Step

from .warehouses import RUN, SCHEMA, WAREHOUSES, Rows, Warehouse, name, query

Read = Callable[[str], Rows]


def table(target: str, sql: str) -> CreateTable:
    return CreateTable(name(target), query(sql))


def view(target: str, sql: str) -> CreateView:
    return CreateView(name(target), query(sql))


def run(engine: Engine, *steps: Step, run_id: str = RUN) -> None:
    engine.begin(run_id)
    for step in steps:
        engine.build(step)
    engine.publish(steps)


def names(read: Read) -> list[str]:
    """Every relation that anyone can see, in every schema."""
    return sorted(row[0] for row in read("select lower(table_name) from information_schema.tables"))


def test_every_engine_is_under_contract() -> None:
    assert set(WAREHOUSES) == set(ENGINES)


def test_version_names_the_warehouse(engine: Engine) -> None:
    assert any(c.isdigit() for c in engine.version())
    assert engine.concurrency >= 1


def test_build_counts_the_rows_of_tables(engine: Engine) -> None:
    engine.begin(RUN)
    assert engine.build(table("orders", "select 1 as id union all select 2")) == 2
    assert engine.build(table("nothing", "select 1 as id where 1 = 0")) == 0
    assert engine.build(view("recent", "select id from {orders}")) is None


def test_nobody_sees_what_is_built_before_it_is_published(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 'old' as state"))
    engine.begin(RUN)
    engine.build(table("orders", "select 'new' as state"))
    assert read(f"select state from {SCHEMA}.orders") == [("old",)]


def test_the_run_itself_reads_what_it_built(engine: Engine, read: Read) -> None:
    engine.begin(RUN)
    steps = (
        table("orders", "select 1 as id, 5 as amount"),
        view("big", "select id from {orders} where amount > 3"),
        table("counts", "select count(*) as n from {big}"),
    )
    for step in steps:
        engine.build(step)
    assert engine.query(query("select n from {counts}")).to_pylist() == [{"n": 1}]
    engine.publish(steps)
    assert engine.query(query("select n from {counts}")).to_pylist() == [{"n": 1}]
    assert read(f"select id from {SCHEMA}.big") == [(1,)]


def test_a_run_reads_what_earlier_runs_published(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 7 as id"))
    run(engine, table("copy", "select id from {orders}"))
    assert read(f"select id from {SCHEMA}.copy") == [(7,)]


def test_a_published_view_reads_published_relations(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 1 as id"), view("all_orders", "select id from {orders}"))
    run(engine, table("orders", "select 2 as id"))
    assert read(f"select id from {SCHEMA}.all_orders") == [(2,)]


def test_a_published_view_follows_its_table_to_new_columns(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 1 as id"), view("all_orders", "select id from {orders}"))
    run(engine, table("orders", "select 'a' as code"), view("all_orders", "select code from {orders}"))
    assert read(f"select code from {SCHEMA}.all_orders") == [("a",)]


def test_views_may_be_published_before_the_tables_that_they_read(engine: Engine, read: Read) -> None:
    orders, recent = table("orders", "select 1 as id"), view("recent", "select id from {orders}")
    engine.begin(RUN)
    engine.build(orders)
    engine.build(recent)
    engine.publish((recent, orders))
    assert read(f"select id from {SCHEMA}.recent") == [(1,)]


def test_a_table_takes_the_place_of_a_view_and_back(engine: Engine, read: Read) -> None:
    run(engine, view("orders", "select 1 as id"))
    run(engine, table("orders", "select 2 as id"))
    assert read(f"select id from {SCHEMA}.orders") == [(2,)]
    run(engine, view("Orders", "select 3 as id"))
    assert read(f"select id from {SCHEMA}.orders") == [(3,)]


def test_names_that_need_quotes(engine: Engine, read: Read) -> None:
    run(engine, table("select", 'select 1 as "two words"'), table("we ird", "select 2 as x"), table('say "hi"', "select 3 as x"))
    assert read(f'select "two words" from {SCHEMA}."select"') == [(1,)]
    assert read(f'select x from {SCHEMA}."say ""hi"""') == [(3,)]


def test_steps_go_to_the_schemas_that_they_name(engine: Engine, read: Read) -> None:
    run(engine, CreateTable(TableName("elsewhere", "orders"), query("select 4 as id")), table("orders", "select 5 as id"))
    assert read("select id from elsewhere.orders") == [(4,)]
    assert read(f"select id from {SCHEMA}.orders") == [(5,)]


def test_nothing_of_the_run_is_left_after_publish(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 1 as id"), view("recent", "select id from {orders}"))
    assert names(read) == ["orders", "recent"]


def test_what_is_not_published_is_removed(engine: Engine, read: Read) -> None:
    orders, half = table("orders", "select 1 as id"), table("half", "select 1 as id")
    engine.begin(RUN)
    for step in (orders, half, view("half_view", "select id from {half}")):
        engine.build(step)
    engine.publish((orders,))
    assert names(read) == ["orders"]


def test_publishing_nothing_removes_all(engine: Engine, read: Read) -> None:
    engine.begin(RUN)
    engine.build(table("orders", "select 1 as id"))
    engine.publish(())
    assert names(read) == []


def test_discard_leaves_the_old(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 'old' as state"))
    engine.begin(RUN)
    engine.build(table("orders", "select 'new' as state"))
    engine.build(view("recent", "select state from {orders}"))
    engine.discard()
    assert names(read) == ["orders"]
    assert read(f"select state from {SCHEMA}.orders") == [("old",)]
    assert engine.query(query("select state from {orders}")).to_pylist() == [{"state": "old"}]


def test_close_discards(warehouse: Warehouse, tmp_path: Path) -> None:
    target = warehouse.target(tmp_path)
    first = connect(target, str(tmp_path))
    first.begin(RUN)
    first.build(table("orders", "select 1 as id"))
    first.close()
    second = connect(target, str(tmp_path))
    assert names(warehouse.reader(tmp_path)) == []
    assert second.columns(name("orders")) is None
    second.close()


def test_begin_sweeps_what_a_killed_run_left(engine: Engine, read: Read) -> None:
    run(engine, table("orders", "select 1 as id"))
    engine.begin("aaaaaaaaaaaaaaaa")
    engine.build(table("orders", "select 2 as id"))
    engine.build(view("recent", "select id from {orders}"))
    # no publish, no discard: as if the process had ended here
    engine.begin("bbbbbbbbbbbbbbbb")
    assert names(read) == ["orders"]
    assert read(f"select id from {SCHEMA}.orders") == [(1,)]


def test_a_step_that_fails_does_not_hinder_the_others(engine: Engine, read: Read) -> None:
    orders = table("orders", "select 1 as id")
    engine.begin(RUN)
    engine.build(orders)
    with pytest.raises(EngineError):
        engine.build(table("broken", "select nope from {orders}"))
    with pytest.raises(EngineError):
        engine.build(view("broken_view", "select nope from {orders}"))
    engine.publish((orders,))
    assert names(read) == ["orders"]


def test_what_cannot_be_published_leaves_all_as_it_was(engine: Engine, read: Read) -> None:
    """A view that was bound against what this run built, which is then not published, cannot be made."""
    run(engine, table("orders", "select 'old' as state"), table("other", "select 'old' as state"))
    other, orders = table("other", "select 'new' as state"), table("orders", "select 'new' as state, 1 as extra")
    recent = view("recent", "select extra from {orders}")
    engine.begin(RUN)
    for step in (other, orders, recent):
        engine.build(step)
    with pytest.raises(PublishError) as caught:
        engine.publish((other, recent))
    assert caught.value.step is recent
    assert caught.value.cause.span is not None and caught.value.cause.span.text == "extra"
    assert read(f"select o.state, p.state from {SCHEMA}.other o, {SCHEMA}.orders p") == [("old", "old")]
    engine.discard()
    assert names(read) == ["orders", "other"]


def test_order_by_survives_in_tables(engine: Engine, read: Read) -> None:
    run(engine, table("numbers", "select i from (select unnest(range(300000)) as i) order by (i * 7919) % 300007"))
    found = [row[0] for row in read(f"select i from {SCHEMA}.numbers")]
    assert found == sorted(range(300000), key=lambda i: (i * 7919) % 300007)


def test_readers_never_see_a_mixed_or_missing_set(engine: Engine, read: Read) -> None:
    """While 50 generations of a table, another table and a view on both are published, each look sees one whole generation."""

    def generation(g: int) -> tuple[Step, ...]:
        rows = f"select {g} as g from (select unnest(range(1000)))"
        counts = "select count(*) as n, min(a.g) as low, max(b.g) as high from {a} a, {b} b where a.g = b.g"
        return (table("a", rows), table("b", rows), view("both", counts))

    run(engine, *generation(0))
    seen: list[Rows] = []
    failed: list[Exception] = []
    stop = threading.Event()
    look = f"""
        select 'a', min(g), max(g), count(*) from {SCHEMA}.a
        union all select 'b', min(g), max(g), count(*) from {SCHEMA}.b
        union all select 'both', low, high, cast(sqrt(n) as bigint) from {SCHEMA}.both
    """

    def poll() -> None:
        try:
            while not stop.is_set():
                seen.append(read(look))
        except Exception as error:
            failed.append(error)

    watcher = threading.Thread(target=poll)
    watcher.start()
    try:
        for g in range(1, 51):
            run(engine, *generation(g))
    finally:
        stop.set()
        watcher.join()
    assert failed == []
    seen.append(read(look))
    generations = [rows[0][1] for rows in seen]
    for rows, g in zip(seen, generations, strict=True):
        assert sorted(rows) == [("a", g, g, 1000), ("b", g, g, 1000), ("both", g, g, 1000)]
    assert generations == sorted(generations)
    assert len(set(generations)) > 10 and generations[-1] == 50
