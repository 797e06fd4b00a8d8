"""Serving equals training: the online table as it is published, beside the training set of its entities at its t."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from featsql import Project
from featsql.ir.testing import TestResult
from tests.unit.testing.shop import ORDERS, VIEW, write_shop

LATER = "2024-02-01"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Its view is served as of January 10, and tested in February."""
    folder = write_shop(tmp_path, files={"models/customer_orders.sql": VIEW})
    assert Project(folder).run(as_of="2024-01-10").ok
    return folder


def served(folder: Path) -> TestResult:
    (result,) = Project(folder).test(only=("serving",), as_of=LATER).tests
    assert result.test.name == "serving_customer_orders"
    return result


def change(folder: Path, sql: str) -> None:
    with duckdb.connect(str(folder / "target/shop.duckdb")) as connection:
        connection.execute(sql)


def test_as_published_they_are_equal(shop: Path) -> None:
    result = served(shop)
    assert (result.status, result.failures) == ("pass", 0)
    assert result.message == "4 values of 2 entities at 2024-01-10T00:00:00+00:00 are those of a training set"


@pytest.mark.parametrize(
    ("sql", "message", "row"),
    [
        (
            "update customer_orders__online set orders = 3 where customer_id = 10",
            "at 2024-01-10T00:00:00+00:00: 1 of 4 values differ from a training set's",
            ("10", "orders", "3", "2"),
        ),
        (
            "update customer_orders__online set last_amount = 0 where customer_id = 20",
            "at 2024-01-10T00:00:00+00:00: 1 of 4 values differ from a training set's",
            ("20", "last_amount", "0.0", None),
        ),
        (
            "delete from customer_orders__online where customer_id = 20",
            "at 2024-01-10T00:00:00+00:00: 1 entities are missing, or should be",
            ("20", "(entity)", None, "(the row)"),
        ),
    ],
)
def test_what_is_served_otherwise_is_found(shop: Path, sql: str, message: str, row: tuple[str | None, ...]) -> None:
    change(shop, sql)
    result = served(shop)
    assert (result.status, result.failures, result.message) == ("fail", 1, message)
    assert result.sample
    assert result.sample.columns == ("customer_id", "feature", "online table", "training set")
    assert result.sample.rows == (row,)


def test_the_query_of_a_failure_gives_what_differs(shop: Path) -> None:
    change(shop, "update customer_orders__online set orders = 3 where customer_id = 10")
    query = served(shop).query
    with duckdb.connect(str(shop / "target/shop.duckdb")) as connection:
        connection.execute(f"set file_search_path = '{shop}'")
        assert connection.execute(query).fetchall()[0][0] == 10


def test_another_type_is_told(shop: Path) -> None:
    change(shop, "alter table customer_orders__online alter orders type integer")
    assert served(shop).message == "other types than in a training set: `orders` is INTEGER, not BIGINT"


def test_a_row_that_was_loaded_late_is_found(shop: Path) -> None:
    """It says that it was known at t, and was not there: the source's known time is not the true one."""
    (shop / "data/orders.csv").write_text(f"{ORDERS}4,10,paid,2024-01-05 10:00:00,1.00\n", encoding="utf-8")
    assert Project(shop).run(select=["orders"], as_of=LATER).ok
    result = served(shop)
    assert (result.status, result.failures) == ("fail", 2)


def test_a_row_of_later_changes_nothing(shop: Path) -> None:
    (shop / "data/orders.csv").write_text(f"{ORDERS}4,10,paid,2024-01-15 10:00:00,1.00\n", encoding="utf-8")
    assert Project(shop).run(select=["orders"], as_of=LATER).ok
    assert served(shop).status == "pass"


def test_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = write_shop(tmp_path, files={"models/customer_orders.sql": VIEW})
    assert Project(folder).run(select=["orders"]).ok
    result = served(folder)
    assert (result.status, result.message) == ("skipped", "`main.customer_orders__online` is not there: `featsql run` makes it")
