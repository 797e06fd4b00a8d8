"""Every kind of data test, on rows that pass and on rows that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import Project
from featsql.base.diagnostics import FeatsqlError
from featsql.datatests import KINDS
from tests.unit.testing.shop import ORDERS, VIEW, results_of, write_shop

BASE = ORDERS.splitlines()[0] + "\n"
CASES: dict[str, list[tuple[str, str, int]]] = {
    # kind -> (yaml in the header of `orders`, further rows, failures)
    "unique": [
        ("columns: {order_id: {tests: [unique]}}", "", 0),
        ("columns: {order_id: {tests: [unique]}}", "3,1,a,2024-01-01,1\n3,1,a,2024-01-01,1\n2,1,a,2024-01-01,1\n", 2),
        ("columns: {amount: {tests: [unique]}}", "9,1,a,2024-01-01,\n", 0),  # NULLs are not compared
    ],
    "not_null": [
        ("columns: {order_id: {tests: [not_null]}}", "", 0),
        ("columns: {amount: {tests: [not_null]}}", "", 1),
    ],
    "accepted_values": [
        ("columns: {status: {tests: [{accepted_values: {values: [paid, open]}}]}}", "4,1,,2024-01-01,1\n", 0),
        ("columns: {status: {tests: [{accepted_values: {arguments: {values: [paid]}}}]}}", "", 1),
        ("columns: {status: {tests: [{accepted_values: [open]}]}}", "", 2),
        ("columns: {customer_id: {tests: [{accepted_values: [10, 20]}]}}", "", 0),
        ("columns: {customer_id: {tests: [{accepted_values: {values: ['5 + 5', '20'], quote: false}}]}}", "", 0),
        ('columns: {status: {tests: [{accepted_values: ["it\'s", paid, open]}]}}', "4,1,it's,2024-01-01,1\n", 0),
    ],
    "relationships": [
        ("columns: {customer_id: {tests: [{relationships: {to: ref('customers'), field: customer_id}}]}}", "", 0),
        ("columns: {customer_id: {tests: [{relationships: {to: customers, field: customer_id}}]}}", "4,30,a,2024-01-01,1\n", 1),
        ("columns: {customer_id: {tests: [{relationships: {to: customers, field: customer_id}}]}}", "4,,a,2024-01-01,1\n", 0),
        (
            "columns: {order_id: {tests: [{relationships: {to: \"source('raw', 'orders')\", field: order_id}}]}}",
            "3,30,a,2024-01-01,1\n",  # twice there: the join must not count it twice
            0,
        ),
    ],
    "range": [
        ("columns: {amount: {tests: [{range: {min: 5, max: 7.5}}]}}", "", 0),
        ("columns: {amount: {tests: [{range: {min: 5.01}}]}}", "", 1),
        ("columns: {amount: {tests: [{range: {min: 5, max: 7.5, inclusive: false}}]}}", "", 2),
        ("columns: {ordered_at: {tests: [{range: {min: '2024-01-02', max: '2024-01-02 12:00:00'}}]}}", "", 2),
    ],
    "unique_combination": [
        ("tests: [{unique_combination: {columns: [order_id, customer_id]}}]", "1,20,a,2024-01-01,1\n", 0),
        ("tests: [{unique_combination: [status, customer_id]}]", "", 1),
        ("tests: [{unique_combination: [customer_id, amount]}]", "9,20,a,2024-01-01,\n", 1),  # here NULL is a value
    ],
    "row_count": [
        ("tests: [{row_count: {min: 3, max: 3}}]", "", 0),
        ("tests: [{row_count: {min: 4}}]", "", 1),
        ("tests: [{row_count: {max: 2, where: status = 'paid'}}]", "", 0),
    ],
    "freshness": [
        ("columns: {ordered_at: {tests: [{freshness: 7d}]}}", "", 0),  # as of 2024-01-10
        ("columns: {ordered_at: {tests: [{freshness: {within: 6d}}]}}", "", 1),
    ],
    "expression": [
        ("tests: [{expression: amount > 0}]", "", 0),
        ("tests: [{expression: {expression: \"status <> 'open' or amount is not null\"}}]", "", 1),
        ("columns: {amount: {tests: [{expression: '> 5'}]}}", "", 1),
        ("columns: {status: {tests: [{expression: in ('paid')}]}}", "", 1),
    ],
    "not_stale": [
        ("columns: {amount: {tests: [{not_stale: {within: 3d, by: ordered_at}}]}}", "", 0),
        ("columns: {status: {tests: [{not_stale: {within: 3d, by: ordered_at}}]}}", "", 0),
        (
            "columns: {status: {tests: [{not_stale: {within: 1d, by: ordered_at}}]}}",
            "7,1,open,2024-01-03 09:00:00,1\n",
            1,  # both of the last day are `open`
        ),
        ("columns: {amount: {tests: [{not_stale: {within: 1h, by: ordered_at}}]}}", "7,1,a,2024-01-03 10:00:00,\n", 1),
    ],
    "distribution": [
        ("columns: {amount: {tests: [{distribution: {max_null_share: 0.34}}]}}", "", 0),
        ("columns: {amount: {tests: [{distribution: {max_null_share: 0.33}}]}}", "", 1),
        ("columns: {amount: {tests: [{distribution: {min_mean: 6.25, max_mean: 6.25}}]}}", "", 0),
        ("columns: {amount: {tests: [{distribution: {min_mean: 6.3, max_null_share: 0}}]}}", "", 2),
    ],
}


def test_every_kind_has_cases() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize(("header", "more", "failures"), [case for cases in CASES.values() for case in cases])
def test_a_kind_counts_what_is_wrong(tmp_path: Path, header: str, more: str, failures: int) -> None:
    [result] = results_of(write_shop(tmp_path, header, ORDERS + more), select=("orders",)).values()
    assert (result.failures, result.status) == (failures, "fail" if failures else "pass")
    if failures and result.sample:
        assert result.sample.total == failures


SHARED = """
tests: [{row_count: {min: 1}}, {unique_combination: [order_id]}]
columns:
  order_id: {tests: [unique, not_null]}
  customer_id: {tests: [{relationships: {to: customers, field: customer_id}}]}
  status: {tests: [{accepted_values: [paid]}, {not_stale: {within: 3d, by: ordered_at}}]}
  amount: {tests: [not_null, {range: {min: 6, severity: warn}}, {expression: 'no_such(amount)'}]}
"""


def test_tests_of_one_relation_share_a_scan_and_one_that_is_wrong_spoils_no_other(tmp_path: Path) -> None:
    results = results_of(write_shop(tmp_path, SHARED), select=("orders",))
    found = {name.removesuffix("_orders").replace("_orders_", " "): (r.status, r.failures) for name, r in results.items()}
    assert found == {
        "row_count": ("pass", 0),
        "unique_combination order_id": ("pass", 0),
        "unique order_id": ("pass", 0),
        "not_null order_id": ("pass", 0),
        "relationships customer_id": ("pass", 0),
        "accepted_values status": ("fail", 1),
        "not_stale status": ("pass", 0),
        "not_null amount": ("fail", 1),
        "range amount": ("warn", 1),
        "expression amount": ("error", None),
    }
    wrong = results["expression_orders_amount"]
    assert "no_such" in wrong.message and wrong.diagnostics[0].span == wrong.test.span


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("severity: error", ("fail", 2)),
        ("severity: warn", ("warn", 2)),
        ("error_if: '>2'", ("warn", 2)),
        ("error_if: '>2', warn_if: '>= 3'", ("pass", 2)),
        ("limit: 1", ("fail", 1)),
        ("where: order_id < 2", ("fail", 1)),
        ("config: {where: order_id < 2, severity: warn}", ("warn", 1)),
    ],
)
def test_config_in_dbts_words(tmp_path: Path, config: str, expected: tuple[str, int]) -> None:
    header = f"columns: {{status: {{tests: [{{accepted_values: {{values: [open], {config}}}}}]}}}}"
    [result] = results_of(write_shop(tmp_path, header), select=("orders",)).values()
    assert (result.status, result.failures) == expected


@pytest.mark.parametrize(
    ("header", "code", "says"),
    [
        ("columns: {order_id: {tests: [uniq]}}", "FS111", "there is no test `uniq`"),
        ("columns: {order_id: {tests: [{unique: {severty: warn}}]}}", "FS102", "test `unique` has no argument `severty`"),
        ("columns: {order_id: {tests: [{unique: {config: {severty: warn}}}]}}", "FS102", "`config` has no key `severty`"),
        ("columns: {status: {tests: [accepted_values]}}", "FS105", "test `accepted_values` needs `values`"),
        ("columns: {status: {tests: [{accepted_values: {values: paid}}]}}", "FS104", "`values` of test `accepted_values`"),
        ("columns: {amount: {tests: [{range: {mni: 0}}]}}", "FS102", "has no argument `mni`"),
        ("columns: {amount: {tests: [range]}}", "FS105", "test `range` needs `min` or `max`"),
        ("tests: [not_null]", "FS106", "`not_null` tests a column"),
        ("columns: {amount: {tests: [{row_count: {min: 1}}]}}", "FS106", "`row_count` tests a whole relation"),
        ("tests: [{unique_combination: [ordr_id]}]", "FS404", "`orders` has no column `ordr_id`"),
        ("columns: {order_id: {tests: [{relationships: {to: nobody, field: x}}]}}", "FS401", "there is no model `nobody`"),
        ("columns: {order_id: {tests: [{relationships: {to: customers, field: x}}]}}", "FS404", "no column `x`"),
        ("columns: {ordered_at: {tests: [{freshness: 1 month}]}}", "FS107", "`within` of test `freshness` is a duration"),
        ("tests: [{freshness: 1d}]", "FS105", "`orders` declares no time"),
        ("columns: {order_id: {tests: [{unique: {error_if: many}}]}}", "FS106", "`error_if` is a comparison"),
        ("columns: {order_id: {tests: [{unique: {}, not_null: {}}]}}", "FS104", "`not_null` stands beside `unique`"),
    ],
)
def test_what_is_written_wrong_is_told_when_it_is_compiled(tmp_path: Path, header: str, code: str, says: str) -> None:
    with pytest.raises(FeatsqlError) as told:
        Project(write_shop(tmp_path, header)).graph  # noqa: B018
    [diagnostic] = told.value.diagnostics
    assert diagnostic.code == code and says in diagnostic.message
    assert diagnostic.span and diagnostic.span.file.path == "models/orders.sql"


def test_dbts_other_form_with_a_name_of_its_own(tmp_path: Path) -> None:
    header = (
        "columns: {status: {tests: [{name: only_paid, test_name: accepted_values, values: [paid], config: {severity: warn}}]}}"
    )
    assert results_of(write_shop(tmp_path, header), select=("orders",))["only_paid"].status == "warn"


def test_a_distribution_is_compared_with_the_last_that_passed(tmp_path: Path) -> None:
    rows = BASE + "".join(f"{i},1,a,2024-01-01,{i % 100}\n" for i in range(1000))
    arguments = "max_psi: 0.1, max_mean_change: 0.1, max_null_change: 0.05"
    header = f"columns: {{amount: {{tests: [{{distribution: {{{arguments}}}}}]}}}}"
    name = "distribution_orders_amount"
    shop = write_shop(tmp_path, header, rows)
    assert results_of(shop)[name].status == "pass"
    assert results_of(shop)[name].status == "pass"
    (shop / "data/orders.csv").write_text(BASE + "".join(f"{i},1,a,2024-01-01,{i % 100 + 40}\n" for i in range(1000)))
    for _ in range(2):  # what failed is not what the next run is compared with
        moved = results_of(shop)[name]
        assert (moved.status, moved.failures) == ("fail", 2)
        assert "the mean is 89.5, and was 49.5" in moved.message and "PSI" in moved.message
    (shop / "data/orders.csv").write_text(
        BASE + "".join(f"{i},1,a,2024-01-01,{'' if i % 10 == 0 else i % 100}\n" for i in range(1000))
    )
    assert "10.0% are NULL, and 0.0% were" in results_of(shop)[name].message


def test_a_build_remembers_too(tmp_path: Path) -> None:
    header = "columns: {amount: {tests: [{distribution: {max_mean_change: 0.1}}]}}"
    shop = write_shop(tmp_path, header, BASE + "1,1,a,2024-01-01,10\n")
    assert Project(shop).build().ok
    (shop / "data/orders.csv").write_text(BASE + "1,1,a,2024-01-01,20\n")
    [moved] = [t for t in Project(shop).build().tests if t.is_bad]
    assert moved.message == "the mean is 20, and was 10"


def test_tests_of_a_feature_view_hold_for_its_online_table_too(tmp_path: Path) -> None:
    view = VIEW.replace(
        "online: true",
        "online: true\ntests: [{expression: ordered_at < '2024-01-03'}]\ncolumns: {orders: {tests: [{range: {max: 1}}]}}",
    )
    results = results_of(write_shop(tmp_path, files={"models/spend.sql": view}), select=("spend",))
    assert {name: (r.status, r.failures) for name, r in results.items()} == {
        "grain_spend": ("pass", 0),
        "expression_spend": ("fail", 1),
        "range_spend_orders": ("fail", 1),
        "grain_spend__online": ("pass", 0),
        "expression_spend__online": ("fail", 1),
        "range_spend__online_orders": ("fail", 1),
    }
