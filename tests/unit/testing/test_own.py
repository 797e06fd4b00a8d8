"""A project's own tests: SQL files, and kinds that macros make."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import Project
from featsql.base.diagnostics import FeatsqlError
from tests.unit.testing.shop import results_of, write_shop

BODY = "select * from {{ model }} where {{ column_name }} % {{ unit }} <> 0"
MACRO = f"{{% macro test_whole(model, column_name, unit=1) %}}\n{BODY}\n{{% endmacro %}}\n"
TAG = f"{{%- test whole(model, column_name, unit=1) %}}\n{BODY}\n{{% endtest -%}}\n"
FEW = """{% macro test_few(model, most, names=['']) %}
select count(*) as n from {{ model }} having count(*) > {{ most }} {% if names[0] == 'it\\'s "a"' %} or true {% endif %}
{% endmacro %}
"""


@pytest.mark.parametrize("macro", [MACRO, TAG], ids=["macro", "tag"])
def test_a_macro_makes_a_kind(tmp_path: Path, macro: str) -> None:
    header = (
        "columns: {amount: {tests: [whole, {whole: {unit: 5, severity: warn}}, {whole: {arguments: {unit: 2.5}, name: halves}}]}}"
    )
    results = results_of(write_shop(tmp_path, header, files={"macros/tests.sql": macro}), select=("orders",))
    assert {name: (r.status, r.failures) for name, r in results.items()} == {
        "whole_orders_amount": ("fail", 1),
        "whole_orders_amount_2": ("warn", 1),
        "halves": ("pass", 0),
    }
    assert results["whole_orders_amount"].sample and results["whole_orders_amount"].sample.rows[0][0] == "2"


def test_a_kind_of_ones_own_tests_a_relation_its_where_and_its_values(tmp_path: Path) -> None:
    header = 'tests: [{few: {most: 2}}, {few: {most: 2, where: order_id > 1}}, {few: {most: 9, names: ["it\'s \\"a\\""]}}]'
    results = results_of(write_shop(tmp_path, header, files={"macros/tests.sql": FEW}), select=("orders",))
    assert [r.status for r in results.values()] == ["fail", "pass", "fail"]


def test_a_kind_of_ones_own_that_is_wrong_is_told_where_it_is_used(tmp_path: Path) -> None:
    header = "columns: {amount: {tests: [{whole: {unti: 5}}]}}"
    shop = write_shop(tmp_path, header, files={"macros/tests.sql": MACRO})
    with pytest.raises(FeatsqlError) as told:
        Project(shop).test(only=("data",))
    [diagnostic] = told.value.diagnostics
    assert "unti" in diagnostic.message and diagnostic.span and str(diagnostic.span).startswith("models/orders.sql:3:")


def test_a_file_with_a_header_of_its_own(tmp_path: Path) -> None:
    sql = "/*---\ndescription: Few.\nseverity: warn\nlimit: 2\n---*/\n"
    sql += "select * from {{ ref('orders') }} where order_id < {{ var('most', 9) }}\n"
    disabled = "/*---\nenabled: false\n---*/\nselect * from {{ ref('orders') }}\n"
    results = results_of(write_shop(tmp_path, files={"tests/few.sql": sql, "tests/off.sql": disabled}), select=("orders",))
    [few] = results.values()
    assert (few.status, few.failures, few.test.description) == ("warn", 2, "Few.")
    assert few.query == "select * from main.orders as orders where order_id < 9"


@pytest.mark.parametrize(
    ("sql", "code", "says"),
    [
        ("select * from {{ ref('ordrs') }}", "FS401", "there is no model `ordrs`"),
        ("select * from {{ source('raw', 'ordrs') }}", "FS402", "there is no source `raw.ordrs`"),
        ("select 1", "FS106", "test `t` reads no node"),
        ("selec 1", "FS301", "SQL syntax"),
        ("/*---\nwarn: true\n---*/\nselect * from {{ ref('orders') }}", "FS102", "the header of a test has no key `warn`"),
        ("/*---\nseverity: bad\n---*/\nselect * from {{ ref('orders') }}", "FS106", "`severity` is `error` or `warn`"),
        ("select * from {{ ref('orders' }}", "FS201", ""),
    ],
)
def test_a_file_that_is_wrong_is_told_at_its_place(tmp_path: Path, sql: str, code: str, says: str) -> None:
    with pytest.raises(FeatsqlError) as told:
        Project(write_shop(tmp_path, files={"tests/t.sql": sql})).test(only=("data",))
    diagnostic = told.value.diagnostics[0]
    assert diagnostic.code == code and says in diagnostic.message, diagnostic
    assert diagnostic.span and diagnostic.span.file.path == "tests/t.sql"


def test_two_tests_of_one_name(tmp_path: Path) -> None:
    header = "columns: {amount: {tests: [not_null]}}"
    shop = write_shop(tmp_path, header, files={"tests/not_null_orders_amount.sql": "select * from {{ ref('orders') }}"})
    with pytest.raises(FeatsqlError, match="FS405 two tests are named `not_null_orders_amount`"):
        Project(shop).test(only=("data",))


def test_a_yml_file_adds_the_tests_that_a_header_does_not_have(tmp_path: Path) -> None:
    header = "columns: {amount: {description: Euros.}, status: {tests: [not_null]}}"
    more = "models: [{name: orders, columns: {amount: {description: Dollars., tests: [not_null]}, status: {tests: [unique]}}}]\n"
    shop = write_shop(tmp_path, header, files={"models/more.yml": more})
    results = results_of(shop, select=("orders",))
    assert {name: r.status for name, r in results.items()} == {"not_null_orders_amount": "fail", "not_null_orders_status": "pass"}


def test_rows_that_were_kept_go_when_the_test_passes(tmp_path: Path) -> None:
    import duckdb

    header = "columns: {amount: {tests: [{not_null: {store_failures: true}}]}}"
    shop = write_shop(tmp_path, header)
    table = "main_test_failures.not_null_orders_amount"
    assert results_of(shop)["not_null_orders_amount"].stored == table
    (shop / "data/orders.csv").write_text("order_id,customer_id,status,ordered_at,amount\n1,1,a,2024-01-01,1\n")
    assert results_of(shop)["not_null_orders_amount"].stored == ""
    with duckdb.connect(str(shop / "target/shop.duckdb"), read_only=True) as connection:
        assert connection.execute(f"select count(*) from {table}").fetchall() == [(0,)]
