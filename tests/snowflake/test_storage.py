"""How Snowflake keeps what a node leaves: what its header says, as the statements that are run there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from featsql import FeatsqlError, Project
from featsql.engines.snowflake_session import Session

from .place import Place, fresh, rows

ORDERS = """\
/*---
materialized: table
description: The shop's orders.
transient: false
cluster_by: [day, order_id]
copy_grants: false
query_tag: nightly
comment: true
---*/
select 2 as order_id, 10 as customer_id, date '2026-01-02' as day
union all select 1, 10, date '2026-01-01'
"""
SPEND = """\
/*---
kind: feature_view
entity: customer
timestamp: day
online: true
description: What a customer's last order was.
cluster_by: customer_id
comment: true
---*/
select customer_id, day, order_id as last_order from {{ ref('orders') }}
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that sessions run, with one run's own names."""
    found: list[str] = []
    once = Session._once

    def heard(self: Session, statement: Any, fetch: Any) -> Any:
        found.append(statement.value)
        return once(self, statement, fetch)

    monkeypatch.setattr(Session, "_once", heard)
    return found


def written(folder: Path, outputs: dict[str, Any], **models: str) -> Project:
    declared = {"entities": [{"name": "customer", "keys": ["customer_id"]}]}
    files = {
        "featsql.yml": yaml.safe_dump({"name": "shop", "profile": "shop"}),
        "profiles.yml": yaml.safe_dump({"shop": {"target": "there", "outputs": outputs}}),
        "models/declared.yml": yaml.safe_dump(declared),
        **{f"models/{name}.sql": sql for name, sql in models.items()},
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    return Project(folder)


def statements(said: list[str], *starts: str) -> list[str]:
    """Those that begin so, on one line each, `_featsql_RUN__` in place of the run's names."""
    import re

    lines = [re.sub(r"_featsql_[0-9a-f]{16}__", "_featsql_RUN__", " ".join(sql.split())) for sql in said]
    return [line for line in lines if line.startswith(starts)]


def test_a_table_as_its_header_says(warehouse: Place, connection: Any, tmp_path: Path, said: list[str]) -> None:
    schema = fresh("kept")
    result = written(tmp_path, {"there": warehouse.profile(schema, query_tag="shop")}, orders=ORDERS).run()
    assert result.ok, [r.message for r in result.results]
    name = f"tests.{schema}.orders" if not warehouse.is_account else f"{warehouse.keys['database']}.{schema}.orders"
    aside = name.replace("orders", "_featsql_RUN__orders")
    made = statements(said, "create or replace", "alter table", "comment on")
    assert [line.partition(" as select * from (")[0] for line in made] == [
        f"create or replace table {aside}",
        f"alter table {aside} cluster by (day, order_id)",
        f"create or replace table {name} clone {aside}",
        f"comment on table {name} is 'The shop''s orders.'",
    ]
    assert made[0].endswith(") as ordered order by day, order_id")
    tags = [line for line in statements(said, "alter session") if '"node"' in line]
    assert [('"tag": "nightly"' in tag, '"tag": "shop"' in tag) for tag in tags if '"node": "orders"' in tag] == [(True, False)]
    assert [('"tag": "nightly"' in tag, '"tag": "shop"' in tag) for tag in tags if '"node": "publish"' in tag] == [(False, True)]
    assert rows(connection, f"select order_id from {schema}.orders order by 1") == [(1,), (2,)]


def test_a_view_and_its_online_table(warehouse: Place, connection: Any, tmp_path: Path, said: list[str]) -> None:
    schema = fresh("kept")
    project = written(tmp_path, {"there": warehouse.profile(schema)}, orders=ORDERS, spend=SPEND)
    for _ in range(2):
        result = project.run(as_of="2026-02-01", force=True)
        assert result.ok, [r.message for r in result.results]
    made = [line for line in statements(said, "create or replace", "alter table", "comment on") if "spend" in line]
    clone = next(line for line in made if " clone " in line)
    assert clone.startswith("create or replace transient table") and clone.endswith("copy grants")
    assert any(line.endswith("_featsql_RUN__spend__online cluster by (customer_id)") for line in made)
    assert any(line.endswith("spend__online is 'What a customer''s last order was.'") for line in made)
    views = [line for line in made if ".spend copy grants comment = 'What a customer''s last order was.' as " in line]
    assert len(views) == 2
    assert rows(connection, f"select customer_id, last_order from {schema}.spend__online") == [(10, 2)]


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    outputs = {"there": {"type": "duckdb", "path": "shop.duckdb"}}
    project = written(tmp_path, outputs, orders=ORDERS.replace("order_id]", "id]"), spend=SPEND.replace(": customer_id", ": day"))
    with pytest.raises(FeatsqlError) as refused:
        project.compile()
    assert [(d.code, d.message) for d in refused.value.diagnostics] == [
        ("FS404", "tables of `orders` have no column `id`"),
        ("FS404", "tables of `spend` have no column `day`"),
    ]


def test_duckdb_passes_it_over(tmp_path: Path) -> None:
    project = written(tmp_path, {"there": {"type": "duckdb", "path": "shop.duckdb"}}, orders=ORDERS, spend=SPEND)
    assert project.run(as_of="2026-02-01").ok
    with duckdb.connect(str(tmp_path / "shop.duckdb"), read_only=True) as found:
        assert found.execute("select order_id from orders").fetchall() == [(2,), (1,)]
