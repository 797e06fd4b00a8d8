"""What changes a node's rows, and what is written beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import FeatsqlError, Project
from tests.unit.testing.shop import VIEW, write_shop

SET = """/*---
kind: training_set
timestamp: ordered_at
features: [customer_orders]
---*/
select order_id, customer_id, ordered_at from {{ ref('orders') }}
"""
FILES = {"models/customer_orders.sql": VIEW, "models/churn.sql": SET}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop with an earlier manifest in `state`."""
    folder = write_shop(tmp_path, files=FILES)
    Project(folder, target_path="state").compile()
    return folder


def modified(shop: Path, selector: str = "state:modified") -> set[str]:
    project = Project(shop)
    chosen = project.select([selector], state=str(shop / "state"), allow_empty=True)
    return {project.graph.nodes[node_id].name for node_id in chosen}


def edit(shop: Path, file: str, before: str, after: str) -> None:
    path = shop / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_nothing_changed_nothing_is_modified(shop: Path) -> None:
    assert modified(shop) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select customer_id", "SELECT\n    customer_id /* whose */"),
        ("kind: feature_view", "kind: feature_view\ndescription: Orders so far.\nowner: growth\ntags: [core]"),
        ("online: true", "online: true\ncolumns: {orders: {description: How many.}}"),
        ("{ever: all}", "{ ever: all }"),
        ("entity: customer", "entity: customer\nstrategy: range_join"),
    ],
)
def test_what_does_not_change_rows(shop: Path, before: str, after: str) -> None:
    edit(shop, "models/customer_orders.sql", before, after)
    assert modified(shop) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("count(*) over ever", "count(amount) over ever"),
        ("{ever: all}", "{ever: 90d}"),
        ("online: true", "online: true\nclosed: both"),
        ("online: true", "online: true\nttl: 30d"),
        ("ref('orders') }}", "ref('orders') }} where amount > 0"),
    ],
)
def test_what_changes_rows(shop: Path, before: str, after: str) -> None:
    edit(shop, "models/customer_orders.sql", before, after)
    assert modified(shop) == {"customer_orders"}
    assert modified(shop, "state:modified+") == {"customer_orders", "churn"}


def test_a_feature_that_is_named_otherwise_is_another_column_of_sets_too(shop: Path) -> None:
    edit(shop, "models/customer_orders.sql", "as orders", "as orders_ever")
    assert modified(shop) == {"customer_orders", "churn"}


def test_a_macro_and_a_variable_count_by_what_they_render(shop: Path) -> None:
    edit(shop, "models/orders.sql", "select *", "select {# every column #} *")
    assert modified(shop) == set()
    edit(shop, "models/orders.sql", "}}\n", "}} where order_id < {{ var('most', 9) }}\n")
    assert modified(shop) == {"orders"}


def test_a_source_that_stands_elsewhere_and_a_new_seed(shop: Path) -> None:
    edit(shop, "models/shop.yml", "data/orders.csv", "data/*.csv")
    assert modified(shop, "state:modified+") == {"orders", "customer_orders", "churn"}
    edit(shop, "models/shop.yml", "data/*.csv", "data/orders.csv")
    (shop / "seeds/new.csv").write_text("a\n1\n", encoding="utf-8")
    edit(shop, "seeds/customers.csv", "FR", "BE")
    assert modified(shop) == {"new", "customers"}


def test_a_folder_without_a_manifest_is_told(shop: Path) -> None:
    with pytest.raises(FeatsqlError, match="FS008") as told:
        Project(shop).select(["state:modified"], state=str(shop / "nowhere"))
    assert "manifest.json` cannot be read" in str(told.value)


KEPT = """/*---
materialized: incremental
strategy: delete+insert
unique_key: order_id
---*/
select order_id, customer_id from {{ ref('orders') }}
{% if is_incremental() %} where order_id > 10 {% else %} where order_id > 0 {% endif %}
"""


@pytest.mark.parametrize(("before", "after"), [("> 10", "> 11"), ("> 0", "> 1"), ("delete+insert", "merge")])
def test_an_incremental_model_is_both_of_its_texts_and_its_strategy(tmp_path: Path, before: str, after: str) -> None:
    folder = write_shop(tmp_path, files={**FILES, "models/kept.sql": KEPT})
    Project(folder, target_path="state").compile()
    edit(folder, "models/kept.sql", before, after)
    assert modified(folder) == {"kept"}
