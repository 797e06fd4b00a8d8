"""`featsql test`, `build` and `source freshness` as they are typed: exit codes, what is told, what is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from featsql.cli.tested import table
from featsql.ir.testing import Sample
from tests.unit.testing.shop import write_shop

HEADER = """columns:
  amount: {tests: [not_null, {range: {min: 6, severity: warn}}]}
  status: {tests: [{accepted_values: {values: [paid], name: all_paid}}]}
unit_tests:
  - {name: t, given: [{input: raw.orders, rows: [{order_id: 1}]}], expect: [{order_id: 2}]}"""


def featsql(shop: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **env}
    return subprocess.run([sys.executable, "-m", "featsql", *words], cwd=shop, capture_output=True, text=True, env=environment)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = write_shop(tmp_path, HEADER)
    assert featsql(made, "run", "-q").returncode == 0
    return made


def test_what_fails_is_shown_with_rows_its_place_and_its_query(shop: Path) -> None:
    done = featsql(shop, "test", "--only", "data", "-s", "orders")
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 of 3 FAIL  not_null_orders_amount" in done.stderr
    assert "    order_id  customer_id  status  ordered_at           amount\n" in done.stderr
    assert "    3         20           open    2024-01-03 10:00:00  NULL\n" in done.stderr
    assert "    declared at models/orders.sql:4:20\n" in done.stderr
    assert "      where (tested.status not in ('paid'))\n" in done.stderr
    assert "2 of 3 WARN  range_orders_amount" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("Done: 1 warned, 2 failed in ")


def test_the_query_of_a_failure_gives_its_rows(shop: Path) -> None:
    import duckdb

    featsql(shop, "test", "--only", "data", "-s", "orders")
    results = json.loads((shop / "target/run_results.json").read_text())["results"]
    with duckdb.connect(str(shop / "target/shop.duckdb"), read_only=True) as connection:
        found = {r["test"]["name"]: (r["failures"], len(connection.execute(r["compiled_code"]).fetchall())) for r in results}
    assert found == {"not_null_orders_amount": (1, 1), "range_orders_amount": (1, 1), "all_paid": (1, 1)}


def test_fail_fast_stops_at_the_first_failure(shop: Path) -> None:
    done = featsql(shop, "test", "-x", "-s", "orders")
    assert done.returncode == 1 and "1 failed, 3 skipped" in done.stderr
    assert "[the run stops at its first failure]" in done.stderr


def test_github_is_told_at_the_line_of_the_test(shop: Path) -> None:
    done = featsql(shop, "test", "-s", "orders", GITHUB_ACTIONS="true")
    told = [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert told == [
        "::error file=models/orders.sql,line=7,title=test unit::orders.t: 1 row is missing, 1 row is not expected",
        "::error file=models/orders.sql,line=4,title=test not_null::not_null_orders_amount: 1 failure",
        "::warning file=models/orders.sql,line=4,title=test range::range_orders_amount: 1 failure",
        "::error file=models/orders.sql,line=5,title=test accepted_values::all_paid: 1 failure",
    ]


def test_junit_has_a_case_for_each_test(shop: Path) -> None:
    done = featsql(shop, "test", "-s", "orders", "--junit-xml", "out/results.xml")
    assert done.returncode == 1
    root = ElementTree.parse(shop / "out/results.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "3", "0")
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert set(cases) == {"orders.t", "not_null_orders_amount", "range_orders_amount", "all_paid"}
    failure = cases["all_paid"].find("failure")
    assert failure is not None and "status not in ('paid')" in (failure.text or "")
    assert (cases["all_paid"].get("file"), cases["all_paid"].get("line")) == ("models/orders.sql", "5")
    warned = cases["range_orders_amount"].find("system-out")
    assert warned is not None and (warned.text or "").startswith("warning")
    assert featsql(shop, "build", "--junit-xml", "build.xml").returncode == 1
    built = ElementTree.parse(shop / "build.xml").getroot()
    assert [case.get("name") for case in built.iter("testcase")] == ["customers", "orders", "orders.t"]


def test_json_is_one_object_a_line(shop: Path) -> None:
    done = featsql(shop, "test", "-s", "orders", "--log-format", "json")
    records = [json.loads(line) for line in done.stderr.splitlines()]
    told = {
        r["data"]["test_name"]: (r["info"]["level"], r["data"]["status"]) for r in records if r["info"]["name"] == "TestFinished"
    }
    assert told == {
        "orders.t": ("error", "fail"),
        "not_null_orders_amount": ("error", "fail"),
        "range_orders_amount": ("warn", "warn"),
        "all_paid": ("error", "fail"),
    }


def test_tests_without_tables_say_once_how_to_get_them(tmp_path: Path) -> None:
    shop = write_shop(tmp_path, "columns: {amount: {tests: [not_null]}, status: {tests: [unique]}}")
    assert featsql(shop, "seed", "-q").returncode == 0
    done = featsql(shop, "test", "-s", "orders")
    assert done.returncode == 1 and done.stderr.count("error[FS704]") == 1 and "`featsql build` makes the tables" in done.stderr
    assert "SKIP  unique_orders_status" in done.stderr and "Done: 1 not done, 1 skipped" in done.stderr


def test_a_sort_of_tests_that_is_not_there(shop: Path) -> None:
    done = featsql(shop, "test", "--only", "untis")
    assert done.returncode == 2 and "there is no sort of tests `untis`" in done.stderr and "did you mean `unit`" in done.stderr


def test_freshness_has_its_own_limits_and_file(tmp_path: Path) -> None:
    shop = write_shop(tmp_path)
    declared = (shop / "models/shop.yml").read_text()
    limits = "freshness: {warn_after: 1d, error_after: 2d}"
    (shop / "models/shop.yml").write_text(declared.replace("timestamp: ordered_at", f"timestamp: ordered_at, {limits}"))
    ends = {}
    for as_of in ("2024-01-04 10:00", "2024-01-04 10:01", "2024-01-05 10:00", "2024-01-05 10:00:01"):
        done = featsql(shop, "source", "freshness", "--as-of", as_of)
        [result] = json.loads((shop / "target/sources.json").read_text())["results"]
        ends[as_of[8:]] = (done.returncode, result["status"])
    # the latest row is of January 3rd, 10:00
    assert ends == {
        "04 10:00": (0, "pass"),
        "04 10:01": (0, "warn"),
        "05 10:00": (0, "warn"),
        "05 10:00:01": (1, "fail"),
    }
    assert not (shop / "target/run_results.json").exists()


def test_a_table_of_rows() -> None:
    sample = Sample(("", "name"), (("~", "a\x1b[31m"), ("-", None)), 5)
    assert table(sample) == ["   name", "   " + "-" * 9, "~  a\\x1b[31m", "-  NULL", "... 3 more rows"]
