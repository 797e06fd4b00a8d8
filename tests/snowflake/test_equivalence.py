"""`featsql test --equivalence` over the wire: the same project on DuckDB and there, and one that differs by a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from featsql import FeatsqlError, Project

from .place import Place, rows

ORDERS = """\
customer_id,amount,price,status,is_new,ordered_at
10,5,20.5,paid,true,2026-01-05 10:00:00
10,7,30,open,false,2026-01-06 11:00:00.123456
10,7,,paid,,2026-01-06 11:00:00.123456
20,5,0.1,paid,true,2026-01-07 09:00:00
"""
COLUMNS = {
    **{"customer_id": "bigint", "amount": "decimal(10, 2)", "price": "double", "status": "varchar"},
    **{"is_new": "boolean", "ordered_at": "timestamp"},
}
SPEND = """\
/*---
kind: feature_view
entity: customer
timestamp: ordered_at
schema: features
windows: {last_2d: 2d}
online: true
---*/
select
    customer_id,
    ordered_at,
    status as last_status,
    is_new as last_is_new,
    sum(amount {% if target.type == 'snowflake' %} + {{ var('planted', 0) }} {% endif %}) over last_2d as spent,
    sum(price) over last_2d as paid,
    array_agg(status) over last_2d as statuses
from {{ ref('orders') }}
"""
DECISIONS = """\
/*---
kind: training_set
timestamp: decided_at
features: [spend]
---*/
select customer_id, names.name, ordered_at + interval 1 day as decided_at, price
from {{ source('shop', 'orders') }} left join {{ ref('names') }} as names using (customer_id)
"""


@pytest.fixture
def folder(tmp_path: Path, warehouse: Place) -> Path:
    outputs = {"dev": {"type": "duckdb", "path": "target/dev.duckdb"}, "prod": warehouse.profile("shop")}
    table = {"name": "orders", "path": "data/orders.csv", "timestamp": "ordered_at"}
    table["columns"] = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]  # type: ignore[assignment]
    declared = {"sources": [{"name": "shop", "tables": [table]}], "entities": [{"name": "customer", "keys": ["customer_id"]}]}
    files = {
        "featsql.yml": yaml.safe_dump({"name": "shop", "profile": "shop"}),
        "profiles.yml": yaml.safe_dump({"shop": {"target": "dev", "outputs": outputs}}),
        "models/declared.yml": yaml.safe_dump(declared),
        "models/orders.sql": "/*---\nmaterialized: table\n---*/\nselect * from {{ source('shop', 'orders') }}\n",
        "models/spend.sql": SPEND,
        "models/decisions.sql": DECISIONS,
        "seeds/names.csv": "customer_id,name\n10,Ada\n20,Grace\n",
        "data/orders.csv": ORDERS,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def schemas(connection: Any) -> list[str]:
    found = rows(connection, "select schema_name from information_schema.schemata")
    return [str(name) for (name,) in found if "equivalence" in str(name).lower()]


def test_two_targets_with_the_same_values(folder: Path, connection: Any) -> None:
    result = Project(folder).equivalence("duckdb,snowflake", as_of="2026-01-08")
    assert [(t.test.name, t.status, t.message) for t in result.tests] == [
        ("equivalence_spend__online", "pass", "14 values of 2 rows are the same"),
        ("equivalence_decisions", "pass", "24 values of 4 rows are the same"),
    ]
    assert schemas(connection) == []


def test_a_difference_is_found_with_its_rows_and_both_queries(folder: Path, connection: Any) -> None:
    result = Project(folder, variables={"planted": 1}).equivalence("dev,prod", as_of="2026-01-08")
    online = result.tests[0]
    assert not result.ok
    assert (online.status, online.failures, online.message) == ("fail", 2, "of 2 rows other values of `spent` in 2")
    assert online.sample and online.sample.columns == ("customer_id", "feature", "dev", "prod")
    assert online.sample.rows == (("10", "spent", "14", "16"), ("20", "spent", "5", "6"))
    dev, prod = online.query.split("\n\n-- on prod\n")
    assert "from main.orders" in dev and "from shop.orders" in prod.lower().replace("tests.", "")
    assert "featsql_equivalence" not in online.query
    assert schemas(connection) == []


def test_what_cannot_be_built_on_one_of_them_is_told(folder: Path, connection: Any) -> None:
    broken = "{% if target.type == 'snowflake' %}, cast('x' as bigint) as y{% endif %}"
    model = f"/*---\nmaterialized: table\n---*/\nselect * {broken} from {{{{ source('shop', 'orders') }}}}\n"
    (folder / "models" / "orders.sql").write_text(model)
    result = Project(folder).equivalence("dev,prod", as_of="2026-01-08")
    online, decisions = result.tests
    assert online.status == decisions.status == "error"
    assert online.message.startswith("not built on `prod`: FS702")
    assert online.diagnostics[0].message.startswith("on `prod`: `orders`")
    assert schemas(connection) == []


def test_the_first_target_may_be_snowflake(folder: Path, connection: Any) -> None:
    """Its table is read, and its rows go to DuckDB, where the file is not looked at."""
    connection.cursor().execute("create schema if not exists shop_raw")
    connection.cursor().execute(
        "create or replace table shop_raw.orders as select 30 as customer_id, cast(2 as number(10, 2)) as amount, "
        "cast(1.5 as double) as price, 'paid' as status, true as is_new, "
        "cast('2026-01-07 00:00:00' as timestamp_ntz) as ordered_at"
    )
    declared = yaml.safe_load((folder / "models" / "declared.yml").read_text())
    declared["sources"][0]["schema"] = "shop_raw"
    (folder / "models" / "declared.yml").write_text(yaml.safe_dump(declared))
    result = Project(folder, target="dev").equivalence("snowflake,duckdb", as_of="2026-01-08")
    assert [(t.status, t.message) for t in result.tests] == [
        ("pass", "7 values of 1 rows are the same"),
        ("pass", "6 values of 1 rows are the same"),
    ]


def test_a_source_that_is_not_there(folder: Path) -> None:
    with pytest.raises(FeatsqlError) as refused:
        Project(folder).equivalence("prod,dev")
    assert refused.value.diagnostics[0].code in ("FS704", "FS702")
