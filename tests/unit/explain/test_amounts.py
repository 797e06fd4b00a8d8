"""What a plan goes by: nothing yet, what a run counted, or what is counted now; and what its relations really take."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from featsql import Project
from featsql.base.diagnostics import FeatsqlError
from featsql.cli.main import main
from featsql.compile import Compiler
from featsql.engines import connect
from featsql.ir.explanation import Explanation
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.ir.statistics import Statistics
from featsql.plan.rewrite import rewrite

from .shop import FILES, ask, lookup_of, only_part, write


def test_without_a_run_nothing_is_counted_and_nothing_connects(tmp_path: Path) -> None:
    project = write(tmp_path)
    (tmp_path / "shop.duckdb").unlink()
    found = project.explain("churn")
    assert found.basis == "not_counted" and found.measured is None
    part = only_part(found)
    assert part.amounts is None
    assert {lookup.rows for lookup in part.lookups} == {None} == {lookup.pairs for lookup in part.lookups}
    assert {path.name for path in tmp_path.iterdir()} == {"featsql.yml", "profiles.yml", "models"}


def test_a_run_counts_and_the_plan_goes_by_it(tmp_path: Path) -> None:
    project = write(tmp_path)
    assert project.run().ok
    found = project.explain("churn")
    assert found.basis == "counted_before"
    amounts = only_part(found).amounts
    assert amounts == Statistics(rows=1000, entities=10, common=100, largest=100, asks=300, pairs=25_000, late_us=0)
    for lookup in only_part(found).lookups:
        assert (lookup.rows, lookup.asks) == (1000, 300)
        assert lookup.pairs == (25_000 if lookup.strategy == "range_join" else None)


def test_without_windows_there_is_nothing_to_count(tmp_path: Path) -> None:
    project = write(tmp_path, churn=FILES["models/churn.sql"].replace("prefix: buyer_", "columns: [last_amount]"))
    assert project.run().ok
    assert {project.explain("churn", analyze=analyze).basis for analyze in (False, True)} == {"never_counted"}


def test_amounts_change_the_choice_and_the_reason(tmp_path: Path) -> None:
    """Ten rows and ten asks: meeting them all is cheaper than anything that sorts."""
    few = "/*---\nkind: training_set\ntimestamp: asked_at\nfeatures: [{view: spend, on: {customer_id: buyer}}]\n---*/\n"
    few += "select 1 as buyer, timestamp '2026-01-20' as asked_at"
    project = write(tmp_path, churn=few)
    call = "sum(amount) over last_7d"
    robust = lookup_of(project.explain("churn"), call).strategy
    assert robust != "range_join"
    assert project.run().ok
    lookup = lookup_of(project.explain("churn"), call)
    assert lookup.strategy == "range_join" and lookup.pairs == 100
    (choice,) = [c for c in lookup.choices if call in c.computes]
    assert choice.why == "an entity has so few rows that meeting them all is cheaper than sorting them"
    assert (robust, "later in the table") in {(o.strategy, o.reason) for o in choice.others}


def test_analyze_counts_and_measures_without_a_run(tmp_path: Path) -> None:
    project = write(tmp_path)
    found = project.explain("churn", analyze=True)
    assert found.basis == "counted" and only_part(found).amounts
    assert found.measured and found.measured.rows == 300
    seconds = sum(relation.measured.seconds for relation in found.relations if relation.measured)
    assert found.measured.seconds == pytest.approx(seconds)
    for lookup in only_part(found).lookups:
        own = [r.measured for r in found.relations if r.lookup == lookup.name]
        assert lookup.measured and own[-1] and lookup.measured.rows == own[-1].rows
        assert lookup.measured.seconds == pytest.approx(sum(m.seconds for m in own if m))
    assert not (tmp_path / "target" / "statistics.json").exists(), "nothing is written"
    assert ask(tmp_path, "select count(*) from duckdb_tables()") == [(2,)]


@pytest.mark.parametrize("node", ["churn", "spend", "spend__online"])
def test_measured_rows_are_those_of_the_whole_query(tmp_path: Path, node: str) -> None:
    """Each relation once more, as a query over CTEs."""
    project = write(tmp_path, header="online: true\navailable_at: known_at")
    found = project.explain(node, analyze=True, as_of="2026-02-01")
    measured = {relation.name: relation.measured.rows for relation in found.relations if relation.measured}
    assert measured == _rows_by_cte(project, node, found)
    assert measured["spend_body"] == 1000


def _rows_by_cte(project: Project, name: str, found: Explanation) -> dict[str, int]:
    compiler: Compiler = project.workspace.compiler("2026-02-01")
    node = project.graph.by_name(name.removesuffix("__online"))
    assert isinstance(node, TrainingSetNode | FeatureViewNode)
    plan = compiler.plans(node)[1 if name.endswith("__online") else 0]
    amounts = only_part(found).amounts
    relations = rewrite(plan, {plan.parts[0].name: amounts} if amounts else {})
    engine = connect(project.target, str(project.root), "read")
    try:
        queries = {
            r.name: compiler.written((*relations[:at], replace(r, name="")), node, project.graph.view("spend"))
            for at, r in enumerate(relations)
        }
        return {relation: engine.query(query).num_rows for relation, query in queries.items()}
    finally:
        engine.close()


def test_a_table_of_the_users_with_a_name_of_ours_is_read_all_the_same(tmp_path: Path) -> None:
    renamed = FILES["models/shop.yml"].replace("- name: orders\n", "- name: orders\n        identifier: spend_rows\n")
    project = write(tmp_path)
    (tmp_path / "models" / "shop.yml").write_text(renamed, encoding="utf-8")
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("alter table orders rename to spend_rows")
    found = Project(project.root).explain("churn", analyze=True)
    assert {r.name: r.measured.rows for r in found.relations if r.measured}["spend_body"] == 1000


def test_what_the_warehouse_refuses_has_its_place(tmp_path: Path) -> None:
    project = write(tmp_path, churn=FILES["models/churn.sql"].replace("select buyer", "select cast('x' as bigint) as buyer"))
    with pytest.raises(FeatsqlError) as refused:
        project.explain("churn", analyze=True)
    (found,) = refused.value.diagnostics
    assert found.code == "FS702" and found.span and found.span.file.path == "models/churn.sql"


def test_amounts_of_another_plan_leave_a_part_uncounted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = write(tmp_path)
    assert project.run().ok
    file = tmp_path / "target" / "statistics.json"
    counted = json.loads(file.read_text(encoding="utf-8"))["targets"]["dev"]
    file.write_text(json.dumps({"targets": {"dev": {node: {} for node in counted}}}), encoding="utf-8")
    assert only_part(project.explain("churn")).amounts is None
    assert main(["--project-dir", str(tmp_path), "explain", "churn"]) == 0
    assert "counted  nothing, so its plan is the robust one; `featsql run` counts" in capsys.readouterr().out


def test_amounts_of_one_target_are_not_those_of_another(tmp_path: Path) -> None:
    project = write(tmp_path)
    assert project.run().ok
    profiles = tmp_path / "profiles.yml"
    other = "    other: {type: duckdb, path: target/other.duckdb, schema: main}\n"
    profiles.write_text(profiles.read_text(encoding="utf-8").rstrip("\n") + "\n" + other, encoding="utf-8")
    assert only_part(Project(tmp_path).explain("churn")).amounts is not None
    assert only_part(Project(tmp_path, target="other").explain("churn")).amounts is None


def test_the_template_is_explained_in_two_seconds(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "flights"), "-q"]) == 0
    started = time.perf_counter()
    assert main(["--project-dir", str(tmp_path / "flights"), "explain", "late_arrivals"]) == 0
    assert time.perf_counter() - started < 2
