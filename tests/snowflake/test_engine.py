"""What is particular to the engine of Snowflake: its types and names, seeds, spines, tags, what a set leaves behind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from featsql.engines import connect
from featsql.engines.base import Engine, EngineError, PublishError
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.ir.project import Target
from featsql.ir.query import CreateTable, CreateView, LoadSeed
from tests.contract.engines.warehouses import query as written

from .place import Place, fresh, rows

RUN = "0123456789abcdef"


@pytest.fixture
def schema(warehouse: Place, connection: Any) -> Iterator[str]:
    name = fresh("engine")
    yield name
    connection.cursor().execute(f"drop schema if exists {name}")


@pytest.fixture
def engine(warehouse: Place, schema: str) -> Iterator[Engine]:
    config = {key: value for key, value in warehouse.keys.items() if key != "database"}
    opened = connect(Target("there", "shop", "snowflake", schema, warehouse.keys["database"], config=config), ".")
    yield opened
    opened.close()


def table(schema: str, name: str, sql: str) -> CreateTable:
    return CreateTable(TableName(schema, name), written(sql))


def test_columns_have_the_compilers_types(engine: Engine, schema: str) -> None:
    step = table(
        schema,
        "typed",
        "select 1::bigint as id, 1.5::number(10, 2) as amount, 2.5::double as score, 'x' as code, true as paid, "
        "cast('2024-01-01' as date) as day, cast('2024-01-01' as timestamp_ntz) as at",
    )
    engine.begin(RUN)
    engine.build(step)
    engine.publish((step,))
    assert engine.columns(step.target) == (
        Column("id", "BIGINT"),
        Column("amount", "DECIMAL(10, 2)"),
        Column("score", "DOUBLE"),
        Column("code", "TEXT"),
        Column("paid", "BOOLEAN"),
        Column("day", "DATE"),
        Column("at", "TIMESTAMP"),
    )


def test_results_are_arrow_of_those_types(engine: Engine) -> None:
    found = engine.query(written("select 1 as id, cast(1.5 as number(10, 2)) as amount, to_timestamp_ntz(1, 6) as at"))
    assert found.schema.types == [pa.int64(), pa.decimal128(10, 2), pa.timestamp("us")]
    assert found.column("at").to_pylist() == [datetime(1970, 1, 1, 0, 0, 0, 1)]


def test_a_spine_comes_back_as_it_went(engine: Engine) -> None:
    spine = pa.table(
        {
            "customer_id": pa.array([1, None], pa.int64()),
            "name": ["it's a \\ 'quote'", "\N{SNOWFLAKE}"],
            "score": [0.1, 1e300],
            "moment": pa.array([1_700_000_000_000_001, -1], pa.timestamp("us")),
            "paid": [True, None],
        }
    )
    found = engine.query(written("select * from spine order by score"), {"spine": spine})
    assert found.to_pylist() == spine.to_pylist()


def test_a_seed(engine: Engine, schema: str, connection: Any, tmp_path: Path) -> None:
    (tmp_path / "plans.csv").write_text('id,note\n1,"a, ""b"""\n2,\n', encoding="utf-8")
    step = LoadSeed(TableName(schema, "plans"), str(tmp_path / "plans.csv"), (("id", "BIGINT"), ("note", "TEXT")))
    engine.begin(RUN)
    assert engine.build(step) == 2
    engine.publish((step,))
    assert rows(connection, f"select id, note from {schema}.plans order by id") == [(1, 'a, "b"'), (2, None)]


def test_the_set_is_recorded(engine: Engine, schema: str, connection: Any) -> None:
    orders = table(schema, "orders", "select 1 as id")
    engine.begin(RUN)
    engine.build(orders)
    engine.publish((orders,))
    ((run_id, state, relations),) = rows(connection, f"select run_id, state, relations from {schema}._featsql_runs")
    assert (run_id, state) == (RUN, "published")
    intents = json.loads(relations)
    assert [told["name"] for told in intents["relations"]] == ["orders"] and intents["records"] == []


def test_a_view_that_cannot_be_leaves_all_as_it_was(engine: Engine, schema: str, connection: Any) -> None:
    """It was bound against what the run built and does not publish: that is found before anything is visible."""
    old = tuple(table(schema, name, "select 'old' as state") for name in ("orders", "other"))
    engine.begin(RUN)
    for step in old:
        engine.build(step)
    engine.publish(old)
    other, orders = table(schema, "other", "select 'new' as state"), table(schema, "orders", "select 'new' as state, 1 as extra")
    engine.begin("b" * 16)
    for step in (other, orders):
        engine.build(step)
    built = f"{schema}._featsql_{'b' * 16}__orders"
    recent = CreateView(TableName(schema, "recent"), written(f"select nope from {built}"))
    with pytest.raises(EngineError):
        engine.build(recent)
    with pytest.raises(PublishError) as caught:
        engine.publish((other, recent))
    assert caught.value.step is recent
    assert rows(connection, f"select o.state, p.state from {schema}.other o, {schema}.orders p") == [("old", "old")]
