"""A project whose source is one csv file, and whose tests are what a case says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from featsql import Project
from featsql.ir.testing import TestResult

COLUMNS: Final = "order_id: bigint, customer_id: bigint, status: varchar, ordered_at: timestamp, amount: decimal(10, 2)"
ORDERS: Final = """order_id,customer_id,status,ordered_at,amount
1,10,paid,2024-01-01 10:00:00,5.00
2,10,paid,2024-01-02 10:00:00,7.50
3,20,open,2024-01-03 10:00:00,
"""
CUSTOMERS: Final = "customer_id,country\n10,FR\n20,DE\n"
VIEW: Final = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {ever: all}
online: true
---*/
select customer_id, ordered_at, amount as last_amount, count(*) over ever as orders from {{ ref('orders') }}
"""


def write_shop(folder: Path, header: str = "", orders: str = ORDERS, files: dict[str, str] | None = None) -> Path:
    """The project; `header` is that of the model `orders`, a table."""
    types = ", ".join(f"{{name: {c.partition(': ')[0]}, type: '{c.partition(': ')[2]}'}}" for c in COLUMNS.split(", ", 4))
    written = {
        "featsql.yml": "name: shop\nprofile: shop\ndialect: duckdb\n",
        "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: target/shop.duckdb, threads: 2}\n",
        "models/shop.yml": "sources:\n  - name: raw\n    tables:\n"
        f"      - {{name: orders, path: data/orders.csv, timestamp: ordered_at, columns: [{types}]}}\n"
        "entities: [{name: customer, keys: [customer_id]}]\n",
        "models/orders.sql": f"/*---\nmaterialized: table\n{header}\n---*/\nselect * from {{{{ source('raw', 'orders') }}}}\n",
        "seeds/customers.csv": CUSTOMERS,
        "data/orders.csv": orders,
        **(files or {}),
    }
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def results_of(folder: Path, **options: object) -> dict[str, TestResult]:
    """What `featsql test --only data` finds, by name, once the project was run."""
    assert Project(folder).seed().ok
    assert Project(folder).run(as_of="2024-01-10").ok
    options = {"only": ("data",), "as_of": "2024-01-10", **options}
    return {result.test.name: result for result in Project(folder).test(**options).tests}  # type: ignore[arg-type]
