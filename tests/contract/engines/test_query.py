"""Queries, columns and Arrow tables."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from featsql.engines import connect
from featsql.engines.base import Engine, EngineError
from featsql.ir.model import Column
from featsql.ir.query import CreateTable, CreateView

from .warehouses import RUN, Warehouse, name, query

SPINE = pa.table({"customer_id": [1, 2], "decided_at": pa.array([0, 1_500_000], pa.timestamp("us", tz="UTC"))})


def test_a_query_gives_an_arrow_table(engine: Engine) -> None:
    found = engine.query(query("select 1 as id, 'a' as code, cast(null as double) as amount"))
    assert isinstance(found, pa.Table)
    assert found.to_pylist() == [{"id": 1, "code": "a", "amount": None}]


def test_a_query_without_rows_still_has_columns(engine: Engine) -> None:
    found = engine.query(query("select 1 as id where 1 = 0"))
    assert (found.num_rows, found.column_names) == (0, ["id"])


def test_times_with_a_zone_are_microseconds_of_utc(engine: Engine) -> None:
    found = engine.query(query("select cast('2024-03-31 03:30:00+02:00' as timestamptz) as t"))
    assert found.schema.field("t").type == pa.timestamp("us", tz="UTC")
    assert found["t"].cast(pa.timestamp("us")).to_pylist() == [datetime(2024, 3, 31, 1, 30)]


def test_times_without_a_zone_are_utc(engine: Engine) -> None:
    found = engine.query(query("select cast(cast('2024-03-31 01:30:00' as timestamp) as timestamptz) as t"))
    assert found["t"].cast(pa.timestamp("us")).to_pylist() == [datetime(2024, 3, 31, 1, 30)]


def test_the_machine_zone_does_not_matter(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    engine = connect(warehouse.target(tmp_path), str(tmp_path))
    found = engine.query(query("select cast(cast('2024-01-01' as timestamptz) as varchar) as t"))
    assert found["t"][0].as_py().startswith("2024-01-01 00:00:00")
    engine.close()


def test_a_query_reads_frames_by_name(engine: Engine) -> None:
    found = engine.query(query("select customer_id + 1 as next from spine order by 1"), {"spine": SPINE})
    assert found.to_pylist() == [{"next": 2}, {"next": 3}]


def test_frames_are_known_to_their_query_only(engine: Engine) -> None:
    engine.query(query("select * from spine"), {"spine": SPINE})
    with pytest.raises(EngineError) as caught:
        engine.query(query("select * from spine"))
    assert caught.value.missing


def test_frames_are_forgotten_when_the_query_fails(engine: Engine) -> None:
    with pytest.raises(EngineError):
        engine.query(query("select nope from spine"), {"spine": SPINE})
    with pytest.raises(EngineError) as caught:
        engine.query(query("select * from spine"))
    assert caught.value.missing


def test_variables_of_the_program_are_not_tables(engine: Engine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.query(query("select * from SPINE"))
    assert caught.value.missing


def test_a_frame_joins_what_the_run_built(engine: Engine) -> None:
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 2 as customer_id, 9 as amount")))
    found = engine.query(query("select amount from spine s join {orders} o on s.customer_id = o.customer_id"), {"spine": SPINE})
    assert found.to_pylist() == [{"amount": 9}]


def test_columns_of_tables_and_views(engine: Engine) -> None:
    steps = (
        CreateTable(name("orders"), query('select 1 as id, cast(1.5 as decimal(10, 2)) as "Total Amount"')),
        CreateView(name("recent"), query("select id from {orders}")),
    )
    engine.begin(RUN)
    for step in steps:
        engine.build(step)
    assert engine.columns(name("orders")) is None
    engine.publish(steps)
    assert engine.columns(name("orders")) == (Column("id", "INTEGER"), Column("Total Amount", "DECIMAL(10,2)"))
    assert engine.columns(name("recent")) == (Column("id", "INTEGER"),)
    assert engine.columns(name("nothing")) is None


def test_columns_in_a_schema_that_is_not_there(engine: Engine) -> None:
    assert engine.columns(name("orders")) is None


def test_columns_of_a_view_whose_table_is_gone_is_an_error(engine: Engine) -> None:
    orders = CreateTable(name("orders"), query("select 1 as id, 2 as amount"))
    recent = CreateView(name("recent"), query("select amount from {orders}"))
    engine.begin(RUN)
    engine.build(orders)
    engine.build(recent)
    engine.publish((orders, recent))
    narrower = CreateTable(name("orders"), query("select 1 as id"))
    engine.begin(RUN)
    engine.build(narrower)
    engine.publish((narrower,))
    with pytest.raises(EngineError, match="amount"):
        engine.columns(name("recent"))


def test_columns_of_frames(engine: Engine) -> None:
    assert engine.frame_columns(SPINE) == (
        Column("customer_id", "BIGINT"),
        Column("decided_at", "TIMESTAMP WITH TIME ZONE"),
    )


def test_a_frame_of_a_type_that_the_warehouse_does_not_read(engine: Engine) -> None:
    frame = pa.table({"amount": pa.array([1], pa.decimal256(60, 2))})
    with pytest.raises(EngineError):
        engine.frame_columns(frame)
    with pytest.raises(EngineError):
        engine.query(query("select amount from spine"), {"good": SPINE, "spine": frame})
    assert engine.query(query("select 1 as id")).num_rows == 1
