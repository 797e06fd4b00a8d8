"""Bugs put into the compiler that let a feature see the future: future poison notices them, whatever the oracle knows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from featsql import Project
from tests.mutation.bug import Bug
from tests.mutation.bugs import BUGS
from tests.mutation.sabotage import planted

POISON = [bug for bug in BUGS if bug.is_poison]
NOT_THE_FUTURE = ("what is below a microsecond is rounded",)
"""It moves rows and questions alike by less than a microsecond, and keeps their order."""

SOURCES = """
sources:
  - name: shop
    tables:
      - {name: orders, path: data/orders.parquet, timestamp: ordered_at, available_at: loaded_at}
      - {name: visits, path: data/visits.parquet, timestamp: visited_at}
entities: [{name: customer, keys: [customer_id]}]
"""
VIEW = """/*---
kind: feature_view
entity: customer
timestamp: {time}
{known}
closed: {closed}
strategy: {strategy}
windows: {{near: 3h, far: 7d, back: {{range: 2d, offset: 1d}}, ten: {{rows: 10}}, ever: all}}
online: true
---*/
select customer_id, {time}, amount as last_amount, sum(amount) over near as near, count(*) over far as far,
    sum(amount) over back as back, count(amount) over ten as ten, sum(amount) over ever as spent
from {{{{ source('shop', '{table}') }}}}
"""


def _write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same shop under several strategies: a bug may live in one of them."""
    return [_shop(tmp_path_factory.mktemp("shop"), strategy) for strategy in ("range_join", "frames", "tiles")]


def _shop(folder: Path, strategy: str) -> Path:
    _write(folder, "featsql.yml", "name: shop\n")
    _write(folder, "profiles.yml", "shop: {target: dev, outputs: {dev: {type: duckdb, path: target/shop.duckdb}}}\n")
    _write(folder, "models/sources.yml", SOURCES)
    for name, time, known, closed, table in (
        ("orders", "ordered_at", "available_at: loaded_at", "left", "orders"),
        ("visits", "visited_at", "delay: 90m", "left", "visits"),
        ("orders_until", "ordered_at", "available_at: loaded_at", "right", "orders"),
    ):
        text = VIEW.format(time=time, known=known, closed=closed, strategy=strategy, table=table)
        _write(folder, f"models/{name}_by_customer.sql", text)
    (folder / "data").mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"""copy (
            select i % 7 as customer_id, (i * 37) % 101 as amount, timestamp '2026-01-01' + to_minutes(i * 13) as ordered_at,
                case when i % 9 > 0 then timestamp '2026-01-01' + to_minutes(i * 13 + (i % 11 - 3) * 60) end as loaded_at
            from range(1200) as numbers(i)) to '{folder}/data/orders.parquet'""")
        connection.execute(f"""copy (
            select i % 7 as customer_id, (i * 53) % 103 as amount, timestamp '2026-01-01' + to_minutes(i * 11) as visited_at
            from range(1200) as numbers(i)) to '{folder}/data/visits.parquet'""")
    return folder


def _statuses(folder: Path) -> set[str]:
    return {result.status for result in Project(folder).test(only=["leakage"]).tests if result.test.kind == "future_poison"}


def test_without_a_bug_every_value_stays(shops: list[Path]) -> None:
    assert [_statuses(shop) for shop in shops] == [{"pass"}] * len(shops)


@pytest.mark.parametrize("bug", [bug for bug in POISON if bug.name not in NOT_THE_FUTURE], ids=lambda bug: bug.name)
def test_a_bug_that_shows_the_future_is_caught(bug: Bug, shops: list[Path]) -> None:
    with planted(bug):
        assert any("fail" in _statuses(shop) for shop in shops)
