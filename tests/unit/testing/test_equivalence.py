"""`featsql test --equivalence`: two DuckDB files, the same rows in both, and what is said of projects that differ there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import duckdb
import pytest

from featsql import FeatsqlError, Project
from featsql.engines.base import EngineError
from featsql.engines.duckdb import DuckdbEngine
from tests.unit.testing.shop import VIEW, write_shop
from tests.unit.testing.test_command import featsql

PROFILES: Final = """shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: target/dev.duckdb}
    other: {type: duckdb, path: target/other.duckdb, schema: marts}
    prod: {type: snowflake, account: a, user: u, password: p, database: d}
"""
DECISIONS: Final = """/*---
kind: training_set
timestamp: decided_at
features: [{view: latest, columns: [orders]}]
---*/
select customer_id, ordered_at + interval 1 hour as decided_at from {{ ref('orders') }}
"""


def two(folder: Path, **files: str) -> Path:
    """The shop with two DuckDB targets."""
    named = {"profiles.yml": PROFILES, "models/latest.sql": VIEW, "models/decisions.sql": DECISIONS}
    return write_shop(folder, "schema: stage\nalias: all_orders", files={**named, **files})


def relations(file: Path) -> list[tuple[str, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute("select table_schema, table_name from information_schema.tables order by all").fetchall()


def test_the_same_project_has_the_same_values_and_leaves_nothing(tmp_path: Path) -> None:
    result = Project(two(tmp_path)).equivalence("dev,other", as_of="2024-01-10")
    assert [(t.test.name, t.status, t.message) for t in result.tests] == [
        ("equivalence_latest__online", "pass", "8 values of 2 rows are the same"),
        ("equivalence_decisions", "pass", "3 values of 3 rows are the same"),
    ]
    assert relations(tmp_path / "target/dev.duckdb") == relations(tmp_path / "target/other.duckdb") == []


def test_a_difference_is_told_by_feature_and_row_with_both_queries(tmp_path: Path) -> None:
    planted = VIEW.replace("count(*) over", "count(*) {% if target.name == 'other' %} filter (where amount > 6) {% endif %} over")
    online, decisions = (
        Project(two(tmp_path, **{"models/latest.sql": planted})).equivalence("dev,other", as_of="2024-01-10").tests
    )
    assert (online.status, online.failures, online.message) == ("fail", 2, "of 2 rows other values of `orders` in 2")
    assert online.sample and online.sample.columns == ("customer_id", "feature", "dev", "other")
    assert online.sample.rows == (("10", "orders", "2", "1"), ("20", "orders", "1", "0"))
    assert decisions.sample and decisions.sample.columns == ("customer_id", "decided_at", "feature", "dev", "other")
    assert decisions.sample.rows[0] == ("10", "2024-01-01 11:00:00", "orders", "1", "0")
    dev, other = online.query.split("\n\n-- on other\n")
    # names of the project, not of the run
    assert dev.startswith("-- on dev\nwith ") and "from stage.all_orders" in dev and "amount > 6" not in dev
    assert "from stage.all_orders" in other and "amount > 6" in other


def test_rows_that_one_of_them_has_alone(tmp_path: Path) -> None:
    half = "\nwhere true {% if target.name == 'other' %} and customer_id = 10 {% endif %}\n"
    online, decisions = Project(two(tmp_path, **{"models/latest.sql": VIEW + half})).equivalence("dev,other").tests
    assert online.message == "1 row is on one of them alone"
    assert online.sample and online.sample.rows == (("20", "(the row)", "true", None),)
    assert decisions.message == "of 3 rows other values of `orders` in 1"


def test_a_column_of_another_type(tmp_path: Path) -> None:
    typed = VIEW.replace("amount as", "{% if target.name == 'other' %}cast(amount as varchar){% else %}amount{% endif %} as")
    online = Project(two(tmp_path, **{"models/latest.sql": typed})).equivalence("dev,other").tests[0]
    assert (online.status, online.failures) == ("fail", 1)
    assert online.message == "`last_amount` is DOUBLE on `dev`, VARCHAR on `other`"


def test_rows_are_those_of_the_first_target_and_no_more_than_asked_for(tmp_path: Path) -> None:
    two(tmp_path)
    source = "sources:\n  - name: raw\n    schema: raw\n    tables: [{name: orders, timestamp: ordered_at}]\n"
    (tmp_path / "models/shop.yml").write_text(f"{source}entities: [{{name: customer, keys: [customer_id]}}]\n")
    (tmp_path / "target").mkdir()
    with duckdb.connect(str(tmp_path / "target/dev.duckdb")) as connection:
        connection.execute("create schema raw")
        orders = f"'{tmp_path}/data/orders.csv'"
        connection.execute(f"create table raw.orders as from {orders} order by ordered_at")
    project = Project(tmp_path)
    assert [t.message for t in project.equivalence("dev,other", sample=2).tests][1] == "2 values of 2 rows are the same"
    assert [t.message for t in project.equivalence("dev,other").tests][1] == "3 values of 3 rows are the same"
    with pytest.raises(FeatsqlError) as refused:
        project.equivalence("other,dev")
    assert [d.code for d in refused.value.diagnostics] == ["FS704"]


def test_what_fails_on_one_of_them_is_an_error_at_its_place(tmp_path: Path) -> None:
    broken = (
        "/*---\nmaterialized: table\n---*/\nselect *, cast({% if target.name == 'other' %} 'x' {% else %} '1' {% endif %} as "
    )
    broken += "integer) as y from {{ source('raw', 'orders') }}\n"
    result = Project(two(tmp_path, **{"models/orders.sql": broken})).equivalence("dev,other")
    assert [t.status for t in result.tests] == ["error", "error"]
    told = result.tests[0].diagnostics[0]
    assert (told.code, told.message.startswith("on `other`: `orders`: "), str(told.span)[:17]) == (
        "FS702",
        True,
        "models/orders.sql",
    )


def test_no_rows_are_no_proof(tmp_path: Path) -> None:
    result = Project(two(tmp_path)).equivalence("dev,other", as_of="2020-01-01")
    assert (result.tests[0].status, result.tests[0].message) == ("skipped", "no rows to compare")


def test_a_schema_that_stays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(self: DuckdbEngine, schema: str) -> None:
        raise EngineError("the connection was lost")

    monkeypatch.setattr(DuckdbEngine, "drop_schema", lost)
    with pytest.raises(FeatsqlError) as refused:
        Project(two(tmp_path)).equivalence("dev,other")
    told = refused.value.diagnostics[0]
    assert told.code == "FS702" and told.message.startswith("schema `featsql_equivalence_")
    assert told.message.endswith("of target `dev` could not be removed: the connection was lost")


def test_what_is_selected_is_compared(tmp_path: Path) -> None:
    result = Project(two(tmp_path)).equivalence("dev,other", select=["decisions"])
    assert [t.test.name for t in result.tests] == ["equivalence_decisions"]


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ("dev", "`--equivalence` compares two targets, not `dev`"),
        ("dev,dev", "`--equivalence` compares two targets, not `dev,dev`"),
        ("duckdb,prod", "several targets are of type `duckdb`"),
        ("dev,prd", "there is no target `prd`, nor one of that type"),
    ],
)
def test_targets_that_are_not_two(tmp_path: Path, targets: str, message: str) -> None:
    with pytest.raises(FeatsqlError) as refused:
        Project(two(tmp_path)).equivalence(targets)
    assert [(d.code, d.message) for d in refused.value.diagnostics] == [("FS008", message)]
    assert refused.value.diagnostics[0].hints


def test_on_the_command_line(tmp_path: Path) -> None:
    planted = VIEW.replace("count(*) over", "count(*) {% if target.name == 'other' %} + 1 {% endif %} over")
    two(tmp_path, **{"models/latest.sql": planted.replace("+ 1", "filter (where false)")})
    done = featsql(tmp_path, "test", "--equivalence", "dev,other", "--junit-xml", "found.xml", "--as-of", "2024-01-10")
    assert done.returncode == 1
    assert "1 of 2 FAIL  equivalence_latest__online" in done.stderr
    assert "    10           orders   2    0\n" in done.stderr
    cases = ElementTree.parse(tmp_path / "found.xml").getroot().iter("testcase")
    assert [case.find("failure") is not None for case in cases] == [True, True]
    results = json.loads((tmp_path / "target/run_results.json").read_text())
    assert (results["args"]["equivalence"], [r["status"] for r in results["results"]]) == (["dev", "other"], ["fail", "fail"])
    for words in (["--sample", "3"], ["--equivalence", "dev,other", "--only", "unit"]):
        refused = featsql(tmp_path, "test", *words)
        assert (refused.returncode, "FS008" in refused.stderr) == (2, True)
