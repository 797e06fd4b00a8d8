"""`docs generate` on a small project that has been built: statistics, consumers, OpenLineage, the site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from featsql import Project
from featsql.cli.main import main

FILES = {
    "featsql.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: dev, outputs: {dev: {type: duckdb, path: target/shop.duckdb}}}\n",
    "seeds/orders.csv": "customer_id,ordered_at,amount\n1,2026-01-01,10\n1,2026-01-02,30\n2,2026-01-03,\n",
    "models/declared.yml": """
entities: [{name: customer, keys: [customer_id]}]
exposures:
  - name: board
    type: dashboard
    url: https://bi.example/board
    owner: {name: growth}
    depends_on: [ref('spend'), spend.spend_7d, gone]
""",
    "models/spend.sql": """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d}
---*/
select customer_id, ordered_at, sum(amount) over last_7d as spend_7d from {{ ref('orders') }} where amount is not null
""",
}
VIEW = "feature_view.shop.spend"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    assert Project(root).build().ok
    assert main(["docs", "generate", "--stats", "-q", "--project-dir", str(root)]) == 0
    return root / "target"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_statistics_are_those_of_the_rows(target: Path) -> None:
    catalog = read(target / "catalog.json")
    seed = catalog["nodes"]["seed.shop.orders"]
    assert seed["stats"]["row_count"]["value"] == 3
    amount = seed["featsql"]["columns"]["amount"]
    assert {key: amount[key] for key in ("nulls", "min", "max", "mean")} == {"nulls": 1, "min": 10, "max": 30, "mean": 20.0}
    assert sum(rows for _, rows in amount["bars"]) == 2
    assert catalog["nodes"][VIEW]["featsql"]["rows"] == 2


def test_consumers_are_in_the_manifest_and_their_parents_too(target: Path) -> None:
    (board,) = read(target / "manifest.json")["exposures"].values()
    assert board["unique_id"] == "exposure.shop.board"
    assert board["depends_on"] == {"nodes": [VIEW], "unknown": ["gone"]}


def test_openlineage_has_an_event_a_node_with_its_columns(target: Path) -> None:
    events = [json.loads(line) for line in (target / "openlineage.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {event["job"]["name"]: event["eventType"] for event in events} == {"seed.shop.orders": "COMPLETE", VIEW: "COMPLETE"}
    view = next(event for event in events if event["job"]["name"] == VIEW)
    assert [i["name"] for i in view["inputs"]] == ["main.orders"]
    facets = view["outputs"][0]["facets"]
    (field,) = facets["columnLineage"]["fields"]["spend_7d"]["inputFields"]
    assert (field["name"], field["field"]) == ("main.orders", "amount")
    assert field["transformations"][0]["subtype"] == "AGGREGATION"
    assert {row["transformations"][0]["subtype"] for row in facets["columnLineage"]["dataset"]} == {
        "FILTER",
        "GROUP_BY",
        "WINDOW",
    }


def test_the_site_stands_there_and_clean_takes_it_away(target: Path) -> None:
    folder = target / "docs"
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} >= {
        "index.html",
        "assets/app.js",
        "data/nodes-0.js",
    }
    assert main(["docs", "generate", "--single-file", "-q", "--project-dir", str(target.parent)]) == 0
    assert [p.name for p in folder.rglob("*") if p.is_file()] == ["index.html"]
    gone = {path.name for path in Project(target.parent).clean()}
    assert gone >= {"docs", "lineage.json", "plans.json", "catalog.json", "openlineage.jsonl"}
    assert (target / "shop.duckdb").exists()


def test_a_host_that_others_reach_has_to_be_allowed(target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["docs", "serve", "--host", "0.0.0.0", "--project-dir", str(target.parent)]) == 2
    assert "`--allow-remote` lets other machines in, with a token" in capsys.readouterr().err
