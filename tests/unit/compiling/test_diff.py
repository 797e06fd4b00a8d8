"""`featsql diff`: what a change means, node by node and value by value."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import duckdb
import pytest

from featsql import FeatsqlError, Project
from featsql.cli.diff_text import as_json, as_markdown, as_text
from featsql.ir.changes import Changes, ColumnChange
from tests.unit.testing.shop import VIEW, write_shop

SET = """/*---
kind: training_set
timestamp: ordered_at
features: [customer_orders]
---*/
select order_id, customer_id, ordered_at from {{ ref('orders') }}
"""
FILES = {"models/customer_orders.sql": VIEW, "models/churn.sql": SET, "models/plain.sql": "select 1 as one\n"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop whose models, but not its data, are in git."""
    folder = write_shop(tmp_path / "shop", files={**FILES, ".gitignore": "data/\ntarget/\n"})
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    assert Project(folder).run(as_of="2024-01-10").ok
    return folder


def edit(shop: Path, file: str, before: str, after: str) -> None:
    path = shop / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def diff(shop: Path, against: str = "main", *, values: bool = True) -> Changes:
    return Project(shop).diff(against, values=values, as_of="2024-01-10")


def test_nothing_differs(shop: Path) -> None:
    assert diff(shop).nodes == ()
    assert list(as_text(diff(shop))) == ["nothing differs from main"]


def test_other_words_are_told_apart_from_another_meaning(shop: Path) -> None:
    edit(shop, "models/plain.sql", "select 1", "select /* one */ 1")
    edit(shop, "models/customer_orders.sql", "count(*) over ever as orders", "count(amount) over ever as orders")
    (shop / "models/more.sql").write_text("select 2 as two\n", encoding="utf-8")
    standings = {node.name: node.standing for node in diff(shop, values=False).nodes}
    assert standings == {"plain": "text", "customer_orders": "meaning", "churn": "downstream", "more": "new"}


def test_values_of_views_and_sets_are_compared(shop: Path) -> None:
    edit(shop, "models/customer_orders.sql", "amount as last_amount", "nullif(amount, 7.5) as last_amount")
    by_name = {node.name: node for node in diff(shop).nodes}
    view = by_name["customer_orders"].values
    assert view
    assert (view.rows_before, view.rows_now, view.rows_in_both) == (2, 2, 2)
    assert view.columns == (ColumnChange("last_amount", 1, 0.5, 1.0), ColumnChange("orders", 0, 0.0, 0.0))
    assert view.sample
    assert view.sample.columns == ("customer_id", "feature", "before", "now")
    assert view.sample.rows == (("10", "last_amount", "7.5", None),)
    churn = by_name["churn"].values
    assert churn
    assert [column.changed for column in churn.columns] == [0, 0]


def test_a_change_of_a_table_upstream_is_computed_and_not_read(shop: Path) -> None:
    """The tables of the target are of before: both sides are computed from the sources where they differ."""
    edit(shop, "models/orders.sql", "select *", "select * replace (amount * 2 as amount)")
    (view,) = (node for node in diff(shop).nodes if node.name == "customer_orders")
    assert view.standing == "downstream"
    assert view.values
    assert view.values.columns[0].changed == 1
    assert view.values.columns[0].psi is not None
    with duckdb.connect(str(shop / "target/shop.duckdb"), read_only=True) as connection:
        assert connection.execute("select min(amount) from orders").fetchall() == [(5,)]


def test_columns_that_come_go_and_change_their_type(shop: Path) -> None:
    edit(shop, "models/plain.sql", "select 1 as one", "select '1' as one, 2 as two")
    (plain,) = diff(shop, values=False).nodes
    assert (plain.added, plain.removed, plain.retyped) == (("two",), (), (("one", "INT", "TEXT"),))
    (shop / "models/plain.sql").unlink()
    assert [(node.name, node.standing) for node in diff(shop, values=False).nodes] == [("plain", "gone")]


def test_against_a_manifest(shop: Path) -> None:
    Project(shop, target_path="state").compile()
    edit(shop, "models/customer_orders.sql", "{ever: all}", "{ever: 1d}")
    assert [(n.name, n.standing) for n in diff(shop, str(shop / "state")).nodes] == [
        ("customer_orders", "meaning"),
        ("churn", "downstream"),
    ]


def test_what_git_does_not_know_is_told(shop: Path) -> None:
    with pytest.raises(FeatsqlError, match="FS008 git knows no commit `nope`"):
        diff(shop, "nope")
    with pytest.raises(FeatsqlError, match="FS008"):
        diff(shop, "--output=/tmp/x")


def test_as_markdown_nothing_is_markup(shop: Path) -> None:
    edit(shop, "models/orders.sql", "select *", "select * replace ('<img src=x> | **b** @all' as status)")
    edit(shop, "models/customer_orders.sql", "amount as last_amount", "status as last_amount")
    text = "\n".join(as_markdown(diff(shop)))
    assert "<img" not in text
    assert "**b**" not in text
    assert "@all" not in text
    assert "| customer&#95;id | feature | before | now |" in text
    assert json.loads(as_json(diff(shop)))["against"] == "main"
