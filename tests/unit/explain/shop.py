"""A shop: one feature view with windows of every kind, and training sets that use it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from featsql import Project
from featsql.ir.explanation import ExplainedLookup, ExplainedPart, Explanation

SPEND: Final = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
{header}
windows:
  last_7d: 7d
  week_before: {{range: 7d, offset: 7d}}
  last_2: {{rows: 2}}
  today: {{calendar: day, timezone: Europe/Paris}}
  month_before: {{calendar: month, back: 1, timezone: UTC}}
  ever: all
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    sum(amount)  over last_7d - sum(amount) over week_before as change,
    avg(amount)  over last_2 as mean_of_2,
    count(*)     over today as orders_today,
    sum(weight)  over month_before as weight,
    approx_count_distinct(product) over ever as products
from {{{{ source('shop', 'orders') }}}}
"""
FILES: Final[Mapping[str, str]] = {
    "featsql.yml": "name: shop\nprofile: shop\ndialect: duckdb\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
    "models/shop.yml": """entities:
  - {name: customer, keys: [customer_id]}
sources:
  - name: shop
    schema: main
    tables:
      - name: orders
        columns:
          customer_id: {type: bigint}
          ordered_at: {type: timestamp}
          known_at: {type: timestamp}
          amount: {type: bigint}
          weight: {type: double}
          product: {type: varchar}
      - name: asked
        columns: {buyer: {type: bigint}, asked_at: {type: timestamp}}
""",
    "models/churn.sql": """/*---
kind: training_set
timestamp: asked_at
features:
  - {view: spend, on: {customer_id: buyer}, prefix: buyer_}
---*/
select buyer, asked_at from {{ source('shop', 'asked') }}
""",
}
DATA: Final = """
create table orders as select
    i % 10 as customer_id, timestamp '2026-01-01' + interval 1 hour * i as ordered_at, ordered_at + interval 1 day as known_at,
    i as amount, i / 7.0 as weight, 'product ' || i % 5 as product
from range(1000) as t(i);
create table asked as select i % 12 as buyer, timestamp '2026-01-20' + interval 1 hour * (i % 50) as asked_at
from range(300) as t(i);
"""


def write(folder: Path, *, header: str = "ttl: 30d", **files: str) -> Project:
    """The project, and its orders in a warehouse. `files` replace models of those names."""
    models = {f"models/{name}.sql": text for name, text in files.items()}
    written = {**FILES, "models/spend.sql": SPEND.format(header=header), **models}
    for path, text in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    with duckdb.connect(folder / "shop.duckdb") as connection:
        connection.execute(DATA)
    return Project(folder)


def only_part(explanation: Explanation) -> ExplainedPart:
    (part,) = explanation.parts
    return part


def lookup_of(explanation: Explanation, call: str) -> ExplainedLookup:
    """The lookup that computes `call`."""
    lookups = only_part(explanation).lookups
    return next(found for found in lookups if any(call in choice.computes for choice in found.choices))


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(folder / "shop.duckdb", read_only=True) as connection:
        return connection.execute(sql).fetchall()
