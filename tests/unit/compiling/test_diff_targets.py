"""`featsql diff --against TARGET`: the tables of two targets, as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import Project
from featsql.cli.diff_text import as_text
from featsql.ir.changes import ColumnChange, NodeChange
from tests.unit.compiling.test_diff import FILES
from tests.unit.testing.shop import ORDERS, write_shop

PROFILES = """shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: target/dev.duckdb}
    prod: {type: duckdb, path: target/PLACE.duckdb, schema: made}
"""


def built(folder: Path, place: str = "prod") -> Path:
    """A shop that is built for both targets, at two times."""
    shop = write_shop(folder, files={**FILES, "profiles.yml": PROFILES.replace("PLACE", place)})
    assert Project(shop).build(as_of="2024-01-10").ok and Project(shop, target="prod").build(as_of="2024-01-11").ok
    return shop


def differing(shop: Path) -> dict[str, NodeChange]:
    return {node.name: node for node in Project(shop).diff("prod").nodes}


@pytest.mark.parametrize("place", ["prod", "dev"])
def test_tables_of_one_project_over_the_same_rows_are_the_same(place: str, tmp_path: Path) -> None:
    """In two databases, and in two schemas of one."""
    changes = Project(built(tmp_path, place)).diff("prod")
    assert list(as_text(changes)) == ["nothing differs from prod"]


def test_other_rows_are_shown_value_by_value(tmp_path: Path) -> None:
    shop = built(tmp_path)
    (shop / "data/orders.csv").write_text(ORDERS.replace("7.50", "9.50") + "4,30,paid,2024-01-04 10:00:00,1.00\n")
    assert Project(shop).build(as_of="2024-01-10").ok
    found = differing(shop)
    assert {name: node.standing for name, node in found.items()} == dict.fromkeys(("orders", "customer_orders", "churn"), "rows")
    orders, view = found["orders"].values, found["customer_orders"].values
    assert orders and (orders.rows_before, orders.rows_now, orders.rows_in_both) == (3, 4, 2)
    assert view and (view.rows_before, view.rows_now, view.rows_in_both) == (2, 3, 2)
    assert view.columns[0] == ColumnChange("last_amount", 1, 0.5, 1 - 2 / 3, view.columns[0].psi)
    assert view.sample and view.sample.rows == (("10", "last_amount", "7.5", "9.5"),)


def test_columns_and_what_stands_in_one_target_alone(tmp_path: Path) -> None:
    shop = built(tmp_path)
    (shop / "models/plain.sql").write_text("select '1' as one, 2 as two\n")
    (shop / "models/more.sql").write_text("select 1 as one\n")
    assert Project(shop).run(as_of="2024-01-10").ok
    found = differing(shop)
    assert found["more"].standing == "new" and found["plain"].standing == "rows"
    assert (found["plain"].added, found["plain"].retyped) == (("two",), (("one", "INTEGER", "VARCHAR"),))
    assert {node.name: node.standing for node in Project(shop, target="prod").diff("dev").nodes}["more"] == "gone"


def test_without_values_no_row_is_read(tmp_path: Path) -> None:
    shop = built(tmp_path)
    (shop / "data/orders.csv").write_text(ORDERS.replace("7.50", "9.50"))
    assert Project(shop).build(as_of="2024-01-10").ok
    assert Project(shop).diff("prod", values=False).nodes == ()
