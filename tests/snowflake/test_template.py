"""The flights template, three days of it: the same project on DuckDB and over the wire, value by value."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from featsql import Project
from featsql.dialects.snowflake import SNOWFLAKE

from .place import ROOT, Place, arrow, fresh, load_frame

AS_OF = "2013-01-04"
DAYS = {
    "flights": "flight_date < date '2013-01-04'",
    "weather": "observed_at < timestamp '2013-01-04 12:00:00'",
    "planes": "true",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with a sample of its data."""
    found = tmp_path_factory.mktemp("flights") / "flights"
    shutil.copytree(ROOT / "project_template", found)
    for name, condition in DAYS.items():
        path = found / "data" / f"{name}.parquet"
        with duckdb.connect() as scratch:
            scratch.execute("set timezone = 'UTC'")
            sample = scratch.execute(f"select * from read_parquet('{path}') where {condition}").to_arrow_table()
        pq.write_table(sample, path)
    return found


def test_every_relation_is_the_same_on_both(folder: Path, warehouse: Place, connection: Any) -> None:
    raw, schema = fresh("raw"), fresh("flights")
    connection.cursor().execute(f"create schema {raw}")
    for name in DAYS:
        load_frame(connection, f"{raw}.{name}", pq.read_table(folder / "data" / f"{name}.parquet"))
    profiles = yaml.safe_load((folder / "profiles.yml").read_text(encoding="utf-8"))
    profiles["flights"]["outputs"]["prod"] = warehouse.profile(schema)
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
    for target in ("dev", "prod"):
        if target == "prod":
            declared = folder / "models" / "sources.yml"
            declared.write_text(declared.read_text(encoding="utf-8").replace("schema: raw", f"schema: {raw}"), encoding="utf-8")
        # its data tests are about the whole year
        for result in (Project(folder, target=target).seed(), Project(folder, target=target).run(as_of=AS_OF)):
            assert result.ok, [(r.name, r.message) for r in result.results if r.status != "success"]
    with duckdb.connect(str(folder / "target" / "flights.duckdb"), read_only=True) as local:
        local.execute("set timezone = 'UTC'")
        listed = "select table_name from information_schema.tables where table_schema = 'main' order by 1"
        names = [str(name) for (name,) in local.execute(listed).fetchall()]
        assert len(names) > 15
        for name in names:
            here = local.execute(f"select * from {name}").to_arrow_table()
            there = arrow(connection, f"select * from {schema}.{SNOWFLAKE.quote(name)}")
            assert [c.lower() for c in here.column_names] == there.column_names, name
            assert here.num_rows == there.num_rows, name
            assert not different(here, there), f"{name}: {different(here, there)[:3]}"


def different(here: pa.Table, there: pa.Table) -> list[tuple[Any, ...]]:
    """Rows of one that the other has not; floating point numbers to twelve digits (R27)."""
    one, other = (Counter(zip(*(map(_rounded, c.to_pylist()) for c in table.columns), strict=True)) for table in (here, there))
    return [*((one - other).elements()), *((other - one).elements())]


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return "nan" if math.isnan(value) else f"{value:.11e}"
