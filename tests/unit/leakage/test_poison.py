"""Future poison and the static checks over one small shop, and over the same shop with a leak put in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from featsql import Project
from featsql.ir.testing import TestResult
from featsql.run.suites.reading import OF_TRAINING_SETS, OF_VIEWS
from tests.unit.testing.shop import VIEW, write_shop

PROJECT = "name: shop\n"
PROFILES = "shop: {target: dev, outputs: {dev: {type: duckdb, path: target/shop.duckdb}}}\n"
SOURCES = """
sources:
  - name: shop
    tables:
      - name: orders
        path: data/orders.parquet
        timestamp: ordered_at
        available_at: loaded_at
entities: [{name: customer, keys: [customer_id]}]
"""
HEADER = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
available_at: loaded_at
windows: {last_7d: 7d, ever: all}
online: true
---*/
"""
SPEND = (
    HEADER
    + """select customer_id, ordered_at, amount as last_amount,
    sum(amount) over last_7d as spend_7d, count(*) over ever as orders
from {{ ref('stg_orders') }}
"""
)
STAGING = "select * from {{ source('shop', 'orders') }}\n"
CHURN = """/*---
kind: training_set
timestamp: asked_at
label: is_large
features: [spend]
---*/
select order_id, customer_id, ordered_at - interval 1 hour as asked_at, amount > 50 as is_large
from {{ source('shop', 'orders') }}
"""
CLEAN: Mapping[str, str] = {
    "featsql.yml": PROJECT,
    "profiles.yml": PROFILES,
    "models/sources.yml": SOURCES,
    "models/stg_orders.sql": STAGING,
    "models/spend.sql": SPEND,
    "models/churn.sql": CHURN,
}


def _joined(relation: str) -> str:
    return (
        HEADER
        + f"""with more as ({relation})
select o.customer_id, o.ordered_at, o.loaded_at, o.amount as last_amount, m.value as other
from {{{{ ref('stg_orders') }}}} as o join more as m on o.customer_id = m.customer_id
"""
    )


WHOLE_TABLE = STAGING.replace("select *", "select *, avg(amount) over (partition by customer_id) as usual")
DAYS = """select customer_id, date_trunc('day', ordered_at) as day, sum(amount) as spent
from {{ source('shop', 'orders') }} group by all
"""
LEAKS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "the known time is not used": ({"models/spend.sql": SPEND.replace("available_at: loaded_at\n", "")}, "FS503"),
    "gathered before the as-of join": (
        {"models/spend.sql": _joined("select customer_id, sum(amount) as value from {{ ref('stg_orders') }} group by 1")},
        "FS506",
    ),
    "a window function over the whole table": (
        {
            "models/stg_orders.sql": WHOLE_TABLE,
            "models/spend.sql": SPEND.replace("amount as last_amount", "usual as last_amount"),
        },
        "FS505",
    ),
    "the next order": (
        {
            "models/stg_orders.sql": STAGING.replace(
                "select *", "select *, lead(amount) over (partition by customer_id order by ordered_at) as next_amount"
            ),
            "models/spend.sql": SPEND.replace("amount as last_amount", "next_amount as last_amount"),
        },
        "FS505",
    ),
    "a day stamped at midnight of its own": (
        {
            "models/days.sql": DAYS,
            "models/spend.sql": HEADER.replace("ordered_at\n", "day\n").replace("available_at: loaded_at\n", "")
            + "select customer_id, day, spent as last_amount from {{ ref('days') }}\n",
        },
        "FS507",
    ),
    "local time taken for UTC": (
        {
            "models/stg_orders.sql": "select * replace (loaded_at - interval 5 hours as loaded_at, "
            "ordered_at - interval 5 hours as ordered_at) from {{ source('shop', 'orders') }}\n",
        },
        "",
    ),
    "the last version of a row alone": (
        {"models/stg_orders.sql": STAGING + "qualify row_number() over (partition by customer_id order by loaded_at desc) = 1\n"},
        "FS505",
    ),
}


def _project(folder: Path, changed: Mapping[str, str]) -> Project:
    for name, text in {**CLEAN, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"""copy (
            select i as order_id, i % 17 as customer_id, (i * 37) % 101 as amount,
                timestamp '2026-01-01' + to_minutes(i * 47) as ordered_at,
                timestamp '2026-01-01' + to_minutes(i * 47 + (i % 11) * 30) as loaded_at
            from range(1500) as numbers(i)) to '{folder}/data/orders.parquet'""")
    return Project(folder)


def _results(project: Project) -> dict[str, TestResult]:
    return {result.test.name: result for result in project.test(only=["leakage"]).tests}


def test_nothing_is_said_of_a_project_without_leaks(tmp_path: Path) -> None:
    project = _project(tmp_path, {})
    results = _results(project)
    assert not project.warnings
    by_rows = {"future_poison_spend", "visible_change_spend", "future_poison_churn"}
    by_reading = {f"{kind}_spend" for kind in OF_VIEWS.values()} | {f"{kind}_churn" for kind in OF_TRAINING_SETS.values()}
    assert results.keys() == by_rows | by_reading
    assert {result.status for result in results.values()} == {"pass"}
    assert not (tmp_path / "target" / "shop.duckdb").exists(), "nothing is written to the target"


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found_by_rows_and_by_reading(name: str, tmp_path: Path) -> None:
    changed, code = LEAKS[name]
    project = _project(tmp_path, changed)
    assert code in [warning.code for warning in project.warnings] or not code
    results = _results(project)
    assert [name for name, result in results.items() if result.status == "warn" and code in result.message] or not code
    found = results["future_poison_spend"]
    assert found.status == "fail" and found.failures
    assert found.sample and found.sample.columns[-2:] == ("as it is", "with another future")


def test_the_same_worlds_every_time(tmp_path: Path) -> None:
    project = _project(tmp_path, LEAKS["the next order"][0])
    first, second = (_results(project)["future_poison_spend"] for _ in range(2))
    assert (first.message, first.sample) == (second.message, second.sample)


def test_a_view_that_sees_nothing_is_told(tmp_path: Path) -> None:
    """Poison alone would pass: what sees nothing sees no future either."""
    blind = SPEND.replace("'stg_orders') }}", "'stg_orders') }}\nwhere ordered_at > timestamp '2030-01-01'")
    changed = _results(_project(tmp_path, {"models/spend.sql": blind}))["visible_change_spend"]
    assert changed.status == "skipped" and "no rows" in changed.message


def test_a_few_rows_prove_nothing(tmp_path: Path) -> None:
    """Half of what is known is taken away: of two rows that may be none that a value is made of."""
    folder = write_shop(tmp_path, files={"models/customer_orders.sql": VIEW})
    (change,) = (r for r in Project(folder).test(only=("leakage",)).tests if r.test.kind == "visible_change")
    assert (change.status, change.message) == (
        "skipped",
        "none of 15 values depends on what is known at the time that is asked for: too few to tell",
    )
