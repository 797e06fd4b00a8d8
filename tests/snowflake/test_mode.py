"""`mode` there: counted by featsql, since Snowflake's own takes any of equally frequent values (R13)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from featsql import Project

from .place import Place

VIEW = """\
/*---
kind: feature_view
entity: customer
timestamp: moment
windows: {last_3d: 3d, last_3: {rows: 3}, today: {calendar: day, timezone: Europe/Paris}, ever: all}
online: true
---*/
select
    customer_id,
    moment,
    mode(city) over last_3d as city_3d,
    mode(city) over last_3 as city_3,
    mode(amount) filter (where amount < 9) over ever as small_amount,
    mode(amount) over today as amount_today,
    mode(is_new) over ever as is_new,
    coalesce(mode(city) over last_3d, '(none)') || '/' || coalesce(mode(city) over ever, '(none)') as cities,
    sum(amount) over ever as spent,
    max(city) over last_3 as last_city,
    arg_max(city, amount) over ever as dearest
from {{ source('shop', 'orders') }}
"""
TRAINING = """\
/*---
kind: training_set
timestamp: decided_at
features: [modes]
---*/
select customer_id, moment + interval 7 hour as decided_at from {{ source('shop', 'orders') }}
"""


@pytest.fixture
def folder(tmp_path: Path, warehouse: Place) -> Path:
    """Values that are often equally frequent, NULLs among them."""
    rows = range(60)
    table = pa.table(
        {
            "customer_id": [i % 4 for i in rows],
            "moment": pa.array([1_767_225_600_000_000 + i * 5 * 3_600_000_000 for i in rows], pa.timestamp("us")),
            "city": [(None, "Oslo", "Bergen", "oslo")[i * 7 % 11 % 4] for i in rows],
            "amount": [i * 5 % 13 % 10 for i in rows],
            "is_new": [(True, False, None)[i * i % 3] for i in rows],
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    source = {"name": "shop", "tables": [{"name": "orders", "path": "orders.parquet", "timestamp": "moment"}]}
    outputs = {"dev": {"type": "duckdb", "path": "dev.duckdb"}, "prod": warehouse.profile("modes")}
    files = {
        "featsql.yml": yaml.safe_dump({"name": "m", "profile": "m"}),
        "profiles.yml": yaml.safe_dump({"m": {"target": "dev", "outputs": outputs}}),
        "models/declared.yml": yaml.safe_dump({"sources": [source], "entities": [{"name": "customer", "keys": ["customer_id"]}]}),
        "models/modes.sql": VIEW,
        "models/decisions.sql": TRAINING,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_of_equally_frequent_values_the_smallest_on_both(folder: Path) -> None:
    result = Project(folder).equivalence("dev,prod", as_of="2026-01-12")
    assert [(t.test.name, t.status, t.message) for t in result.tests] == [
        ("equivalence_modes__online", "pass", "44 values of 4 rows are the same"),
        ("equivalence_decisions", "pass", "540 values of 60 rows are the same"),
    ]


def test_no_call_of_snowflakes_own_is_written(folder: Path) -> None:
    queries = Project(folder, target="prod").compile().queries
    assert all("mode(" not in query.sql.lower() for query in queries.values())
    assert queries["decisions"].sql.count("per ask: the most frequent value, of several the smallest") == 6
