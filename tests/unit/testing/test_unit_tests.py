"""Unit tests: what is given, what is expected, and how a difference is shown. No warehouse is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import Project
from featsql.base.diagnostics import FeatsqlError
from featsql.ir.testing import TestResult
from tests.unit.testing.shop import VIEW, write_shop

SPEND = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_2d: 2d}
online: true
---*/
select customer_id, ordered_at, status as last_status, avg(amount) over last_2d as mean_2d, count(*) over last_2d as orders_2d
from {{ ref('orders') }}
"""
CHURN = """/*---
kind: training_set
timestamp: asked_at
features: [spend]
---*/
select customer_id, timestamp '2024-01-02' as asked_at from {{ ref('customers') }}
"""
CLOCK = "select order_id, now() as at, current_date as day, {{ var('least', 1) }} as least from {{ ref('orders') }}\n"
GIVEN = "given: [{input: \"source('raw', 'orders')\", rows: [%s]}]"
TWO = (
    "{order_id: 1, customer_id: 7, status: a, amount: 1, ordered_at: 2024-01-01}, "
    "{order_id: 2, customer_id: 7, status: b, amount: 2, ordered_at: 2024-01-02}"
)


def run(folder: Path, model: str, test: str, **files: str) -> TestResult:
    """The result of one unit test, declared in a .yml file."""
    models = {"models/spend.sql": SPEND, "models/churn.sql": CHURN, "models/clock.sql": CLOCK}
    declared = f"unit_tests:\n  - name: t\n    model: {model}\n" + "".join(f"    {line}\n" for line in test.strip().splitlines())
    write_shop(folder, files={**models, "models/tests.yml": declared, **files})
    (folder / "data/orders.csv").unlink()
    [result] = Project(folder).test(only=("unit",)).tests
    assert not (folder / "target/shop.duckdb").exists()
    return result


PASSING = {
    "a model, whose rows come in any order": ("orders", f"{GIVEN % TWO}\nexpect: [{{order_id: 2, amount: 2}}, {{order_id: 1}}]"),
    "no rows": ("orders", f"{GIVEN % ''}\nexpect: []"),
    "csv": (
        "orders",
        "given:\n  - input: raw.orders\n    format: csv\n    rows: |\n      order_id,amount\n      1,1.50\n      2,\n"
        "expect:\n  format: csv\n  rows: |\n      order_id,amount\n      2,\n      1,1.5",
    ),
    "a view at the keys and times of the expected rows": (
        "spend",
        f"{GIVEN % TWO}\nexpect:\n"
        "  - {customer_id: 7, as_of_time: 2024-01-02, last_status: a, orders_2d: 1}\n"
        "  - {customer_id: 7, as_of_time: 2024-01-02 00:00:00.000001, last_status: b, mean_2d: 1.5, orders_2d: 2}\n"
        "  - {customer_id: 8, as_of_time: 2024-01-02, last_status: null, orders_2d: 0}",
    ),
    "a view, one time for all": ("spend", f"as_of: 2024-01-03\n{GIVEN % TWO}\nexpect: [{{customer_id: 7, last_status: b}}]"),
    "a view's own input in place of its source": (
        "spend",
        "given: [{input: ref('orders'), rows: [{customer_id: 1, ordered_at: 2024-01-01, status: z}]}]\n"
        "expect: [{customer_id: 1, as_of_time: 2024-02-01, last_status: z, orders_2d: 0}]",
    ),
    "an online table": (
        "spend",
        f"as_of: 2024-01-03\n{GIVEN % TWO}\nexpect:\n"
        "  online: [{customer_id: 7, orders_2d: 2, event_time: 2024-01-02, as_of_time: 2024-01-03}]",
    ),
    "a history": (
        "spend",
        f"{GIVEN % TWO}\nexpect: {{history: [{{last_status: a, orders_2d: 1}}, {{last_status: b, orders_2d: 2}}]}}",
    ),
    "a training set, whose seed has the rows of its file": (
        "churn",
        f"{GIVEN % TWO.replace('7', '10')}\nexpect:\n"
        "  [{customer_id: 20, last_status: null}, {customer_id: 10, last_status: a}]",
    ),
    "the clock stands still": (
        "clock",
        "as_of: 2024-05-06 07:08:09\ngiven: [{input: orders, rows: [{order_id: 1}]}]\n"
        "expect: [{at: 2024-05-06 07:08:09+00, day: 2024-05-06, least: 1}]",
    ),
    "other variables": (
        "clock",
        "overrides: {vars: {least: 5}}\ngiven: [{input: orders, rows: [{order_id: 1}]}]\nexpect: [{least: 5}]",
    ),
    "tolerance": (
        "spend",
        f"as_of: 2024-01-03\n{GIVEN % TWO}\nexpect: {{rows: [{{customer_id: 7, mean_2d: 1.4}}], tolerance: 0.11}}",
    ),
}


@pytest.mark.parametrize("case", PASSING)
def test_what_is_expected_is_found(tmp_path: Path, case: str) -> None:
    result = run(tmp_path, *PASSING[case])
    assert result.status == "pass", (result.message, result.sample)


FAILING = {
    "a cell": (
        "orders",
        f"{GIVEN % TWO}\nexpect: [{{order_id: 1, amount: 3}}, {{order_id: 2, amount: 2}}]",
        "1 cell differs",
        (("~", "1", "3 -> 1.00"),),
    ),
    "a digit that a cast would lose": (
        "orders",
        f"{GIVEN % TWO}\nexpect: [{{order_id: 1, amount: 1.001}}, {{order_id: 2}}]",
        "1 cell differs",
        (("~", "1", "1.001 -> 1.00"),),
    ),
    "a missing row and one too many": (
        "orders",
        f"{GIVEN % TWO}\nexpect: [{{order_id: 1}}, {{order_id: 3}}]",
        "1 row is missing, 1 row is not expected",
        (("-", "3"), ("+", "2")),
    ),
    "NULL": (
        "spend",
        f"as_of: 2024-01-03\n{GIVEN % TWO}\nexpect: [{{customer_id: 7, last_status: null, mean_2d: 1.5}}]",
        "1 cell differs",
        (("~", "7", "NULL -> b", "1.5"),),
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_difference_is_shown_cell_by_cell(tmp_path: Path, case: str) -> None:
    model, test, message, rows = FAILING[case]
    result = run(tmp_path, model, test)
    assert (result.status, result.message) == ("fail", message)
    assert result.sample and result.sample.rows == rows


def test_whatever_the_target_is_unit_tests_run_here(tmp_path: Path) -> None:
    """A target that nothing can reach, in another dialect."""
    prod = "prod: {type: snowflake, account: nowhere, user: u, password: p, database: d, warehouse: w, schema: s, role: r}"
    profile = f"shop:\n  target: prod\n  outputs:\n    {prod}\n"
    test = f"{GIVEN % TWO}\nexpect: [{{customer_id: 7, as_of_time: 2024-01-03, orders_2d: 2}}]"
    assert run(tmp_path, "spend", test, **{"profiles.yml": profile, "models/clock.sql": "select 1 as one"}).status == "pass"


def test_fixtures_are_files_of_the_project(tmp_path: Path) -> None:
    test = "given: [{input: raw.orders, fixture: tests/given.csv}]\nexpect: {fixture: tests/wanted.csv}"
    files = {"tests/given.csv": "order_id,status\n007,x\n", "tests/wanted.csv": "order_id,status\n7,x\n"}
    assert run(tmp_path, "orders", test, **files).status == "pass"


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    import duckdb

    (tmp_path / "tests").mkdir()
    row = "select 7 as order_id, timestamp '2024-01-01 10:00:00.5' as ordered_at, 1.25::decimal(10, 2) as amount"
    duckdb.sql(row).write_parquet(str(tmp_path / "tests/given.parquet"))
    test = "given: [{input: raw.orders, fixture: tests/given.parquet}]\n"
    test += "expect: [{order_id: 7, ordered_at: 2024-01-01 10:00:00.5, amount: 1.25, status: null}]"
    assert run(tmp_path, "orders", test).status == "pass"


@pytest.mark.parametrize(
    ("model", "test", "says"),
    [
        ("orders", "given: []\nexpect: []", "gives no rows for `raw.orders`, which `orders` reads"),
        ("orders", GIVEN % "{ordr_id: 1}" + "\nexpect: []", "`raw.orders` has no column `ordr_id`"),
        ("orders", GIVEN % "{order_id: one}" + "\nexpect: []", "one"),
        ("orders", f"{GIVEN % TWO}\nexpect: [{{ordr_id: 1}}]", "`orders` has no column `ordr_id`"),
        ("orders", f"{GIVEN % TWO}\nexpect: [{{ordered_at: noon}}]", "what is expected"),
        ("orders", "given: [{input: ref('customers'), rows: []}]\nexpect: []", "`orders` does not read `customers`"),
        ("orders", "given: [{input: ref('nobody'), rows: []}]\nexpect: []", "there is no model `nobody`"),
        ("orders", "given: [{input: raw.orders, fixture: tests/no.csv}]\nexpect: []", "fixture `tests/no.csv`: no such file"),
        ("orders", f"{GIVEN % TWO}\nexpect: {{online: []}}", "it has no `online` relation"),
        ("spend", f"{GIVEN % TWO}\nexpect: {{online: []}}", "the test does not say which"),
        ("spend", f"{GIVEN % TWO}\nexpect: [{{customer_id: 7}}]", "row 1 of what is expected has no `as_of_time`"),
        ("churn", "given: [{input: spend, rows: []}]\nexpect: []", "a training set computes `spend` from what it reads"),
    ],
)
def test_what_cannot_be_run_is_an_error_of_that_test_alone(tmp_path: Path, model: str, test: str, says: str) -> None:
    result = run(tmp_path, model, test)
    assert result.status == "error"
    assert {d.code for d in result.diagnostics} == {"FS112"}
    assert any(says in d.message and d.span for d in result.diagnostics), result.diagnostics


@pytest.mark.parametrize(
    ("test", "code", "says"),
    [
        ("gven: []\n    expect: []", "FS102", "a unit test has no key `gven`"),
        ("given: []", "FS105", "a unit test needs `expect`"),
        ("expect: {rows: [], online: []}", "FS106", "`rows` and `online` cannot stand together"),
        ("expect: [1]", "FS104", "a row is a mapping"),
        ("expect: {rows: 'a,b'}", "FS104", "csv text goes with `format: csv`"),
        ("expect: {fixture: rows.txt}", "FS106", "`rows.txt` is no fixture"),
        ("expect: {rows: [], tolerance: much}", "FS104", "`tolerance` is a number"),
    ],
)
def test_what_is_written_wrong_is_told_at_its_place(tmp_path: Path, test: str, code: str, says: str) -> None:
    view = VIEW.replace("online: true", f"online: true\nunit_tests:\n  - name: t\n    {test}")
    with pytest.raises(FeatsqlError) as told:
        Project(write_shop(tmp_path, files={"models/spend.sql": view})).graph  # noqa: B018
    [diagnostic] = told.value.diagnostics
    assert (diagnostic.code, says in diagnostic.message) == (code, True), diagnostic.message
    assert diagnostic.span and diagnostic.span.file.path == "models/spend.sql"
