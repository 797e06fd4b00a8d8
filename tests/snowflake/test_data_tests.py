"""Every kind of data test over the wire: the same failures as on DuckDB."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from featsql import Project
from tests.unit.testing.shop import VIEW, write_shop

from .place import Place, fresh, load_frame

HEADER = """tests:
  - {row_count: {min: 5}}
  - {unique_combination: [customer_id, amount]}
  - {expression: {expression: "amount > 5", where: order_id < 3}}
columns:
  order_id: {tests: [unique, not_null, {range: {max: 2}}]}
  customer_id: {tests: [{relationships: {to: customers, field: customer_id}}]}
  status: {tests: [{accepted_values: [paid]}, {not_stale: {within: 1d, by: ordered_at}}]}
  amount: {tests: [not_null, {distribution: {max_null_share: 0.1, min_mean: 7}}, {expression: '> 5'}]}
  ordered_at: {tests: [{freshness: 6d}]}
"""
FAILURES = {
    "row_count_orders": 1,
    "unique_combination_orders_customer_id_amount": 1,
    "expression_orders": 2,
    "unique_orders_order_id": 1,
    "not_null_orders_order_id": 0,
    "range_orders_order_id": 1,
    "relationships_orders_customer_id": 1,
    "accepted_values_orders_status": 1,
    "not_stale_orders_status": 0,
    "not_null_orders_amount": 1,
    "distribution_orders_amount": 2,
    "expression_orders_amount": 2,
    "freshness_orders_ordered_at": 1,
}


def test_the_same_failures_as_on_duckdb(tmp_path: Path, warehouse: Place, connection: Any) -> None:
    shop = write_shop(tmp_path, HEADER, files={"models/spend.sql": VIEW})
    orders = [
        (1, 10, "paid", "2024-01-01", 5),
        (1, 10, "paid", "2024-01-02", 5),
        (2, 30, "open", "2024-01-02", None),
        (3, 20, "paid", "2024-01-03", 9),
    ]
    times = [f"{row[3]}T10:00:00" for row in orders]
    (shop / "data/orders.csv").write_text(
        "order_id,customer_id,status,ordered_at,amount\n"
        + "".join(f"{o},{c},{s},{t},{'' if a is None else a}\n" for (o, c, s, _, a), t in zip(orders, times, strict=True)),
        encoding="utf-8",
    )
    found = {"dev": _failures(shop, "dev")}
    assert found["dev"] == FAILURES

    raw, schema = fresh("raw"), fresh("shop")
    connection.cursor().execute(f"create schema {raw}")
    columns = list(zip(*orders, strict=True))
    frame = pa.table(
        {
            "order_id": pa.array(columns[0], pa.int64()),
            "customer_id": pa.array(columns[1], pa.int64()),
            "status": pa.array(columns[2], pa.string()),
            "ordered_at": pa.array(times, pa.string()).cast(pa.timestamp("us")),
            "amount": pa.array([None if a is None else Decimal(a) for a in columns[4]], pa.decimal128(10, 2)),
        }
    )
    load_frame(connection, f"{raw}.orders", frame)
    profiles = yaml.safe_load((shop / "profiles.yml").read_text(encoding="utf-8"))
    profiles["shop"]["outputs"]["prod"] = warehouse.profile(schema)
    (shop / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
    declared = (shop / "models/shop.yml").read_text(encoding="utf-8")
    (shop / "models/shop.yml").write_text(
        declared.replace("path: data/orders.csv, ", "").replace("name: raw\n", f"name: raw\n    schema: {raw}\n"),
        encoding="utf-8",
    )
    assert _failures(shop, "prod") == FAILURES


def _failures(shop: Path, target: str) -> dict[str, int | None]:
    project = Project(shop, target=target)
    assert project.seed().ok
    ran = project.run(as_of="2024-01-10")
    assert ran.ok, [(r.name, r.message) for r in ran.results]
    results = project.test(select=("orders", "spend"), only=("data",), as_of="2024-01-10").tests
    grains = {r.test.name: (r.status, r.message) for r in results if r.test.kind == "grain"}
    assert set(grains.values()) == {("pass", "")}, grains
    return {r.test.name: r.failures if r.status != "error" else None for r in results if r.test.kind != "grain"}
