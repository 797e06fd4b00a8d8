"""`Engine.load` and `drop_schema`: tables of given rows, in a schema that is gone afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from featsql.engines.base import Engine, EngineError
from featsql.ir.graph import TableName

from .warehouses import Rows, Warehouse, query

TABLE = TableName("beside", "orders")
ROWS = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "price": [0.1, None, 1e300],
        "amount": [Decimal("1.50"), Decimal("-2.25"), None],
        "name": ["it's", "", None],
        "is_new": [True, False, None],
        "seen_at": [datetime(2024, 1, 1, 0, 0, 0, 1), None, datetime(1969, 12, 31, 23)],
    }
)


def test_rows_come_back_as_they_went(engine: Engine, warehouse: Warehouse) -> None:
    engine.load(TABLE, ROWS)
    found = engine.query(query("select * from beside.orders order by id nulls last", warehouse.dialect))
    assert found.to_pylist() == ROWS.to_pylist()


def test_loading_again_takes_the_place_of_the_rows(engine: Engine, read: Callable[[str], Rows]) -> None:
    engine.load(TABLE, ROWS)
    engine.load(TABLE, ROWS.slice(0, 1))
    assert read("select count(*) from beside.orders") == [(1,)]


def test_a_schema_goes_with_all_that_is_in_it(engine: Engine, warehouse: Warehouse) -> None:
    engine.load(TABLE, ROWS)
    engine.drop_schema("beside")
    with pytest.raises(EngineError):
        engine.query(query("select * from beside.orders", warehouse.dialect))
    engine.drop_schema("beside")
