"""`Engine.measure`: queries that read each other's rows from temporary tables, of which nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql.engines import connect
from featsql.engines.base import Engine, EngineError

from .warehouses import RUN, Warehouse, name, query

TABLES = (("a", query("select 1 as n union all select 2")), ("b", query("select x.n from a as x cross join a as y")))


def test_tables_read_those_before_them(engine: Engine) -> None:
    found = engine.measure(TABLES)
    assert [measured.rows for measured in found] == [2, 4]
    assert all(measured.seconds > 0 for measured in found)


def test_nothing_is_left(engine: Engine) -> None:
    engine.measure(TABLES)
    with pytest.raises(EngineError) as refused:
        engine.query(query("select * from a"))
    assert refused.value.missing


def test_nothing_is_left_of_what_was_made_before_a_query_fails(engine: Engine) -> None:
    with pytest.raises(EngineError):
        engine.measure((*TABLES, ("c", query("select cast('x' as integer) as n"))))
    assert [measured.rows for measured in engine.measure(TABLES)] == [2, 4]


def test_a_warehouse_that_is_read_only_is_enough(engine: Engine, warehouse: Warehouse, tmp_path: Path) -> None:
    engine.begin(RUN)
    engine.publish(())
    engine.close()
    reader = connect(warehouse.target(tmp_path), str(tmp_path), "read")
    try:
        assert [measured.rows for measured in reader.measure(TABLES)] == [2, 4]
        assert reader.columns(name("a")) is None
    finally:
        reader.close()
