"""`build`: what its tests find wrong is not published, nor is anything that was made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from featsql import Project
from featsql.ir.query import RunResult
from tests.unit.testing.shop import ORDERS, VIEW, write_shop

BAD = ORDERS + "4,30,paid,2024-01-04,-1\n"
GOOD = ORDERS + "4,20,paid,2024-01-04,1\n"
POSITIVE = "columns: {amount: {tests: [{range: {min: 0}}]}}"
CLEAN = "select * from {{ ref('orders') }}\n"
TOTALS = "/*---\nmaterialized: table\n---*/\nselect count(*) as rows from {{ ref('clean') }}\n"
APART = "/*---\nmaterialized: table\n---*/\nselect count(*) as rows from {{ source('raw', 'orders') }}\n"
FILES = {"models/spend.sql": VIEW, "models/clean.sql": CLEAN, "models/totals.sql": TOTALS, "models/apart.sql": APART}
ALL = {"orders", "spend", "clean", "totals", "apart", "customers"}


def build(shop: Path, **options: Any) -> tuple[RunResult, dict[str, str]]:
    # forced: what is current would be kept, and not come before its tests again
    result = Project(shop).build(as_of="2024-02-01", force=True, **options)
    return result, {r.name: r.status for r in result.results}


def rows(shop: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(shop / "target/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def counts(shop: Path) -> list[int]:
    """Rows of: orders, its view, a table of the view, the online table, and a table that has nothing to do with them."""
    sql = "select (select count(*) from orders), (select count(*) from clean), (select rows from totals), "
    sql += "(select sum(orders)::int from spend__online), (select rows from apart)"
    return list(rows(shop, sql)[0])


def test_what_is_bad_and_all_that_is_made_of_it_stays_as_it_was(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, POSITIVE, files=FILES)
    result, status = build(shop)
    assert result.ok and set(status) == ALL and counts(shop) == [3, 3, 3, 3, 3]
    (shop / "data/orders.csv").write_text(BAD)
    result, status = build(shop)
    assert not result.ok
    assert status == {
        **dict.fromkeys(("orders",), "error"),
        **dict.fromkeys(("spend", "clean", "totals"), "skipped"),
        **dict.fromkeys(("apart", "customers"), "success"),
    }
    assert counts(shop) == [3, 3, 3, 3, 4]
    assert next(r for r in result.results if r.name == "orders").message == "test `range_orders_amount` failed"
    (shop / "data/orders.csv").write_text(GOOD)
    assert build(shop)[0].ok and counts(shop) == [4, 4, 4, 4, 4]


def test_run_publishes_what_could_be_built_as_it_always_did(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, POSITIVE, BAD, FILES)
    assert Project(shop).run(as_of="2024-02-01").ok and counts(shop) == [4, 4, 4, 4, 4]


def test_a_warning_publishes(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, POSITIVE.replace("min: 0", "min: 0, severity: warn"), BAD, FILES)
    result, _ = build(shop)
    assert result.ok and [t.status for t in result.tests if t.status != "pass"] == ["warn"]
    assert counts(shop)[0] == 4


def test_a_view_that_cannot_be_computed_does_not_take_the_place_of_one_that_can(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, orders=ORDERS, files={"models/clean.sql": CLEAN})
    assert build(shop)[0].ok
    (shop / "models/clean.sql").write_text("select order_id, cast(status as integer) as status from {{ ref('orders') }}\n")
    result, status = build(shop)
    # the view stays, and with it what it reads
    assert status == {"customers": "success", "orders": "skipped", "clean": "error"}
    [broken] = [t for t in result.tests if t.is_bad]
    span = broken.diagnostics[0].span
    assert span and str(span).startswith("models/clean.sql:1:") and span.text.startswith("cast")
    assert len(rows(shop, "from clean")) == 3


def test_a_view_whose_columns_are_not_known_is_computed_too(tmp_path: Path) -> None:
    unknown = "select *, cast(status as integer) as number from main.elsewhere\n"
    shop = write_shop(tmp_path, files={"models/unknown.sql": unknown})
    (shop / "target").mkdir()
    with duckdb.connect(str(shop / "target/shop.duckdb")) as connection:
        connection.execute("create table elsewhere as select 'x' as status")
    result, status = build(shop)
    assert status["unknown"] == "error" and [t.test.kind for t in result.tests if t.is_bad] == ["evaluates"]


def test_an_unit_test_that_fails_keeps_its_model_from_being_built(tmp_path: Path) -> None:
    unit = "unit_tests: [{name: t, given: [{input: raw.orders, rows: []}], expect: [{order_id: 1}]}]"
    shop = write_shop(tmp_path, unit, files=FILES)
    result, status = build(shop)
    assert status["orders"] == "error" and status["totals"] == "skipped" and status["apart"] == "success"
    assert [t.test.name for t in result.tests if t.is_bad] == ["orders.t"]
    assert rows(shop, "select count(*) from duckdb_tables() where table_name like '%orders%'") == [(0,)]


def test_a_bad_source_keeps_back_all_that_reads_it(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, files=FILES)
    declared = shop / "models/shop.yml"
    declared.write_text(declared.read_text().replace("name: order_id", "name: order_id, tests: [{range: {max: 2}}]"))
    _, status = build(shop)
    assert {name for name, word in status.items() if word == "success"} == {"customers"}
    assert set(status.values()) == {"success", "skipped"}


def test_a_singular_test_keeps_back_every_node_that_it_reads(tmp_path: Path) -> None:
    test = "/*---\ndescription: Few.\n---*/\n"
    test += "select 1 as wrong from {{ ref('apart') }}, {{ ref('totals') }} t where t.rows > 3\n"
    last = "/*---\nmaterialized: table\n---*/\nselect * from {{ ref('apart') }}\n"
    shop = write_shop(tmp_path, orders=ORDERS, files={**FILES, "tests/few.sql": test, "models/aa_last.sql": last})
    assert build(shop)[0].ok
    (shop / "data/orders.csv").write_text(GOOD)
    result, status = build(shop)
    held = {name for name, word in status.items() if word != "success"}
    assert held == {"apart", "totals", "aa_last"}  # `aa_last` was built on `apart` before the test could be run
    assert counts(shop) == [4, 4, 3, 4, 3]
    assert next(r for r in result.results if r.name == "aa_last").message == "not published: test `few` failed"


def test_a_test_waits_for_what_it_reads(tmp_path: Path) -> None:
    header = "columns: {customer_id: {tests: [{relationships: {to: zz_people, field: customer_id}}]}}"
    people = "/*---\nmaterialized: table\n---*/\nselect customer_id from {{ ref('customers') }}\n"
    shop = write_shop(tmp_path, header, files={**FILES, "models/zz_people.sql": people})
    result, status = build(shop)
    assert result.ok, [(t.test.name, t.message) for t in result.tests if t.is_bad]
    (shop / "data/orders.csv").write_text(BAD)
    _, status = build(shop)
    assert status["zz_people"] == "success" and {status[n] for n in ("spend", "clean", "totals")} == {"skipped"}
    assert status["orders"] != "success" and counts(shop) == [3, 3, 3, 3, 4]


def test_what_an_old_view_would_read_is_kept_back_with_it(tmp_path: Path) -> None:
    """`clean` is a view: with new orders beneath it, readers of it would see them, test or no test."""
    clean = "/*---\ncolumns: {amount: {tests: [{range: {min: 0}}]}}\n---*/\n" + CLEAN
    shop = write_shop(tmp_path, files={**FILES, "models/clean.sql": clean})
    assert build(shop)[0].ok
    (shop / "data/orders.csv").write_text(BAD)
    result, status = build(shop)
    assert status == {
        **dict.fromkeys(("clean",), "error"),
        **dict.fromkeys(("orders", "totals", "spend"), "skipped"),
        **dict.fromkeys(("apart", "customers"), "success"),
    }
    assert counts(shop) == [3, 3, 3, 3, 4] and rows(shop, "select min(amount) from clean") == [(5,)]
    messages = {r.name: r.message for r in result.results}
    assert messages["orders"] == "not published: `clean`, which reads it, stays as it was"
    assert messages["spend"] == "not published: `orders` stays as it was"


def test_a_view_that_was_never_there_keeps_nothing_back(tmp_path: Path) -> None:
    clean = "/*---\ncolumns: {amount: {tests: [{range: {min: 0}}]}}\n---*/\n" + CLEAN
    shop = write_shop(tmp_path, orders=BAD, files={**FILES, "models/clean.sql": clean})
    _, status = build(shop)
    assert {name for name, word in status.items() if word != "success"} == {"clean", "totals"}


def test_a_failure_reaches_through_ephemeral_models(tmp_path: Path) -> None:
    ephemeral = "/*---\nmaterialized: ephemeral\n---*/\nselect * from {{ ref('orders') }}\n"
    shop = write_shop(tmp_path, POSITIVE, files={**FILES, "models/clean.sql": ephemeral})
    assert build(shop)[0].ok
    (shop / "data/orders.csv").write_text(BAD)
    assert build(shop)[1]["totals"] == "skipped" and rows(shop, "from totals") == [(3,)]


@pytest.mark.parametrize("command", ["build", "test"])
def test_failing_rows_are_kept_where_they_are_wanted(tmp_path: Path, command: str) -> None:
    shop = write_shop(tmp_path, POSITIVE.replace("min: 0", "min: 0, store_failures: true"), BAD, FILES)
    if command == "test":
        assert Project(shop).run(as_of="2024-02-01").ok
    result = build(shop)[0] if command == "build" else Project(shop).test(select=("orders",))
    [failed] = [t for t in result.tests if t.is_bad]
    assert failed.stored == "main_test_failures.range_orders_amount"
    assert rows(shop, f"select order_id from {failed.stored}") == [(4,)]


def test_a_training_set_has_the_rows_of_its_spine(tmp_path: Path) -> None:
    training = "/*---\nkind: training_set\ntimestamp: ordered_at\nfeatures: [spend]\n---*/\n"
    training += "select customer_id, ordered_at from {{ ref('orders') }}\n"
    shop = write_shop(tmp_path, files={**FILES, "models/training.sql": training})
    result, _ = build(shop)
    assert [t.status for t in result.tests if t.test.name == "grain_training"] == ["pass"]
    (shop / "data/orders.csv").write_text(GOOD)
    assert Project(shop).run(select=("orders",)).ok
    [late] = [t for t in Project(shop).test(only=("data",)).tests if t.test.name == "grain_training"]
    # more rows came since it was built: it is old, not wrong
    assert (late.status, late.message) == ("warn", "3 rows, and the spine has 4")
    assert Project(shop).run(select=("training",)).ok
    with duckdb.connect(str(shop / "target/shop.duckdb")) as connection:
        connection.execute(
            "insert into training select * from training limit 1; insert into spend__online from spend__online limit 1"
        )
    found = {t.test.name: (t.status, t.failures) for t in Project(shop).test(only=("data",)).tests if t.status != "pass"}
    assert found == {"grain_training": ("fail", 1), "grain_spend__online": ("fail", 2)}
