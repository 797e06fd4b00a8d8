"""What the static checks find stands among the tests: by node and kind of hazard, with the path; what is allowed passes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from featsql import Project
from featsql.base.codes import CODES
from featsql.checks import findings_of
from featsql.cli.main import main
from featsql.front.reaches import reaches
from featsql.ir.graph import FeatureGraph
from featsql.ir.testing import Test
from featsql.run.suites.reading import OF_TRAINING_SETS, OF_VIEWS, judged
from tests.unit.testing.shop import write_shop

USUAL = "select customer_id, avg(amount) as usual from {{ ref('orders') }} group by customer_id\n"
AGAINST = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
ALLOW
---*/
select o.customer_id, o.ordered_at, o.amount / u.usual as against_usual
from {{ ref('orders') }} as o join {{ ref('usual') }} as u on o.customer_id = u.customer_id
"""
JOIN = "allow: {FS508: the average is of a closed year}"


def shop_of(folder: Path, allow: str) -> Path:
    return write_shop(folder, files={"models/usual.sql": USUAL, "models/against.sql": AGAINST.replace("ALLOW", allow)})


def test_each_kind_of_hazard_is_a_test_of_its_node(tmp_path: Path) -> None:
    found = {r.test.name: r for r in Project(shop_of(tmp_path, JOIN)).test(only=["leakage"]).tests}
    told = {name: r.status for name, r in found.items() if "poison" not in name and "change" not in r.test.kind}
    assert told == {
        f"{kind}_against": "warn" if kind == "all_times" else "pass" for kind in OF_VIEWS.values() if "change" not in kind
    }
    group = found["all_times_against"]
    assert group.failures == 1 and str(group.test.span) == "models/usual.sql:1:8"
    assert group.message == (
        "FS506 feature `against.against_usual` gathers rows of all times, later ones too; "
        "path: against.against_usual <- usual.usual"
    )


def test_what_a_header_allows_passes_and_says_so(tmp_path: Path) -> None:
    project = Project(shop_of(tmp_path, JOIN))
    assert [w.code for w in project.warnings] == ["FS506"]
    allowed = next(r for r in project.test(only=["leakage"]).tests if r.test.name == "changing_join_against")
    assert (allowed.status, allowed.note) == ("pass", "allowed by a header")
    assert allowed.message.startswith("FS508 feature `against.against_usual` takes the joined row as it is now; ")
    assert allowed.message.endswith("; allowed: the average is of a closed year")


def test_an_error_fails(tmp_path: Path) -> None:
    """No check says `error` today: what decides is the severity of the finding."""
    project = Project(shop_of(tmp_path, ""))
    graph: FeatureGraph = project.workspace.graph
    (found,) = (f for f in findings_of(graph, reaches(graph)) if f.diagnostic.code == "FS508")
    worse = replace(found, diagnostic=replace(found.diagnostic, severity="error"))
    test = Test("test.x", "changing_join_against", "changing_join", found.nodes[0])
    assert [judged(test, [f]).status for f in (found, worse)] == ["warn", "fail"]


def test_files_and_logs_have_them(tmp_path: Path) -> None:
    shop = shop_of(tmp_path, JOIN)
    xml = tmp_path / "leaks.xml"
    assert main(["test", "--only", "leakage", "-q", "--project-dir", str(shop), "--junit-xml", str(xml)]) == 1
    cases = {case.get("name"): case for case in ElementTree.parse(xml).getroot().iter("testcase")}
    warned, allowed = (cases[name].findtext("system-out") or "" for name in ("all_times_against", "changing_join_against"))
    assert "path: against.against_usual <- usual.usual" in warned and "the average is of a closed year" in allowed
    assert (cases["all_times_against"].get("file"), cases["all_times_against"].get("line")) == ("models/usual.sql", "1")
    results = {r["unique_id"]: r for r in json.loads((shop / "target/run_results.json").read_text())["results"]}
    told = results["test.shop.against.all_times"]
    assert (told["status"], told["path"], told["test"]["kind"]) == ("warn", "models/usual.sql:1:8", "all_times")


def test_every_code_about_leaks_is_a_kind() -> None:
    """FS501 and FS502 are errors of compiling."""
    assert sorted({*OF_VIEWS, *OF_TRAINING_SETS}) == [code for code in CODES if "FS503" <= code < "FS600"]
