"""The commands that print something: data to stdout, talk to stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.saving import save

from .conftest import Featsql
from .fake import SCENES, WARNING, Scene


@pytest.mark.parametrize(
    "words, lines",
    [
        ("ls", ["orders", "churn"]),
        ("list", ["orders", "churn"]),
        ("ls -s +churn", ["orders", "churn"]),
        ("ls -s churn -o path", ["models/marts/churn.sql"]),
        ("ls -s churn -o selector", ["shop.marts.churn"]),
        ("ls --kind source", ["raw.orders"]),
        ("ls --kind source -o selector", ["source:raw.orders"]),
        ("ls --resource-type all -o path", ["models/sources.yml", "models/orders.sql", "models/marts/churn.sql"]),
        ("ls --kind seed", []),
        ("ls -s source:raw", ["raw.orders"]),
        ("ls --exclude churn", ["orders"]),
    ],
)
def test_ls_is_a_line_a_node(featsql: Featsql, words: str, lines: list[str]) -> None:
    said = featsql(words)
    assert said.code == 0 and said.err == ""
    assert said.out.splitlines() == lines


def test_a_selector_of_ls_that_matches_nothing_is_a_warning(featsql: Featsql) -> None:
    said = featsql("ls -s chrun orders")
    assert said.code == 0 and said.out == "orders\n"
    assert said.err.startswith("warning[FS007]") and "did you mean `churn`?" in said.err
    assert featsql("ls -s chrun --allow-empty").err == ""


def test_a_selector_of_ls_that_is_no_selector_is_an_error(featsql: Featsql) -> None:
    said = featsql("ls -s nosuchmethod:x")
    assert said.code == 2 and said.out == "" and "error[FS007]" in said.err


def test_ls_as_json_is_one_object_a_line(featsql: Featsql) -> None:
    first, second = map(json.loads, featsql("ls -o json").out.splitlines())
    assert first["name"] == "orders" and first["resource_type"] == "model" and first["tags"] == ["daily"]
    assert second["depends_on"] == {"nodes": ["model.shop.orders"]}


def test_compile_says_how_many_and_where(featsql: Featsql) -> None:
    said = featsql("compile")
    assert (said.out, said.err) == ("", "wrote 2 queries to target/compiled/duckdb\n")


def test_compile_of_one_node_prints_its_sql(featsql: Featsql) -> None:
    said = featsql("compile -s churn")
    assert (said.out, said.err) == ("select 'churn'\n", "wrote 1 query to target/compiled/duckdb/churn.sql\n")
    assert featsql("compile -s churn -q").err == ""


def test_compile_as_json(featsql: Featsql) -> None:
    assert [(n["name"], n["sql"]) for n in json.loads(featsql("compile -o json").out)] == [
        ("orders", "select 'orders'\n"),
        ("churn", "select 'churn'\n"),
    ]


def test_compile_of_nothing_is_an_error_unless_allowed(featsql: Featsql) -> None:
    assert featsql("compile -s nothing").code == 2
    said = featsql("compile -s nothing --allow-empty")
    assert (said.code, said.err) == (0, "nothing to compile\n")


@pytest.mark.parametrize("words", ["show churn", "show -s churn", "show --inline select(1)"])
def test_show_prints_rows(featsql: Featsql, words: str) -> None:
    said = featsql(words)
    assert said.code == 0
    assert said.out.splitlines() == [
        "customer_id  spend_30d",
        "-----------  ---------",
        "          1       12.5",
        "          2       NULL",
    ]
    assert said.err == "2 rows\n"


@pytest.mark.parametrize("option, limit", [("", 5), ("--limit 1", 1), ("--limit -1", None), ("--limit 0", 0)])
def test_the_limit_of_show(featsql: Featsql, option: str, limit: int | None) -> None:
    scene = Scene()
    said = featsql(f"show churn --as-of 2026-01-31 {option}", scene)
    assert scene.calls[1] == ("show", {"node": "churn", "inline": None, "limit": limit, "as_of": "2026-01-31"})
    assert ("`--limit -1` shows all" in said.err) == (limit in (0, 1))


def test_show_in_other_forms(featsql: Featsql) -> None:
    assert featsql("show churn -o csv").out == "customer_id,spend_30d\n1,12.5\n2,\n"
    assert json.loads(featsql("show churn -o json").out)[1] == {"customer_id": 2, "spend_30d": None}


def test_show_takes_one_node(featsql: Featsql) -> None:
    said = featsql("show -s orders churn")
    assert said.code == 2 and "takes one node, and 2 are selected: `orders`, `churn`" in said.err


def test_show_makes_values_harmless(featsql: Featsql) -> None:
    said = featsql("show churn", SCENES["hostile"])
    assert "\x1b" not in said.out and "\\x1b[31m\\u202e" in said.out


@pytest.fixture
def spine(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text("customer_id,at\n1,2026-01-01\n")
    return path


def test_retrieve_previews_without_a_file(featsql: Featsql, spine: Path) -> None:
    scene = Scene(rows=SCENES["many"].rows)
    said = featsql(f"retrieve --spine {spine} --timestamp at --features spend,churn.a more", scene)
    assert scene.calls[1] == ("retrieve", {"spine": spine, "timestamp": "at", "features": ("spend", "churn.a", "more")})
    assert len(said.out.splitlines()) == 12
    assert said.err == "the first 10 of 200,000 rows; `-o FILE` writes all\n"


@pytest.mark.parametrize("ending", ["parquet", "csv", "json", "jsonl"])
def test_retrieve_writes_whole_files(featsql: Featsql, spine: Path, tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"out.{ending}"
    output.write_text("old")
    said = featsql(f"retrieve --spine {spine} --timestamp at --features spend -o {output}")
    assert (said.code, said.out) == (0, "") and said.err == f"wrote 2 rows, 2 columns to {output}\n"
    read = {
        "parquet": lambda: parquet.read_table(output).to_pylist(),
        "csv": lambda: output.read_text() == "customer_id,spend_30d\n1,12.5\n2,\n",
        "json": lambda: json.loads(output.read_text()),
        "jsonl": lambda: [json.loads(line) for line in output.read_text().splitlines()],
    }[ending]
    assert read() in (True, [{"customer_id": 1, "spend_30d": 12.5}, {"customer_id": 2, "spend_30d": None}])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["labels.csv", output.name]


@pytest.mark.parametrize("output, message", [("x.xlsx", "how to write it"), ("no/x.csv", "does not exist"), ("x", "how")])
def test_retrieve_checks_the_file_before_it_works(featsql: Featsql, spine: Path, output: str, message: str) -> None:
    scene = Scene()
    said = featsql(f"retrieve --spine {spine} --timestamp at --features spend -o {output}", scene)
    assert said.code == 2 and message in said.err and scene.calls == []


def test_retrieve_needs_features(featsql: Featsql, spine: Path) -> None:
    said = featsql(f"retrieve --spine {spine} --timestamp at --features ,")
    assert said.code == 2 and "`--features` names nothing" in said.err


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def break_off(table: pa.Table, aside: Path) -> None:
        aside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        save(pa.table({"a": [1]}), path, break_off)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_debug_checks_everything_and_tells_no_secrets(featsql: Featsql) -> None:
    said = featsql("debug", Scene(warnings=(WARNING,)))
    assert said.code == 0
    told = dict(line.split(maxsplit=1) for line in said.out.splitlines())
    assert told["target"] == "dev (duckdb), schema main, path target/x.duckdb"
    assert told["models"] == "ok, 3 nodes, 1 warning" and told["connection"] == "ok, DuckDB 2.0.0"
    assert {"python", "featsql", "duckdb", "project"} <= set(told)
    assert "hush" not in said.out + said.err


@pytest.mark.parametrize(
    "scene, check",
    [
        (Scene(opening=FeatsqlError(Diagnostic("FS001", "no project here"))), "project"),
        (Scene(connecting=FeatsqlError(Diagnostic("FS701", "cannot open"))), "connection"),
    ],
)
def test_debug_names_the_check_that_failed(featsql: Featsql, scene: Scene, check: str) -> None:
    said = featsql("debug", scene)
    assert said.code == 2 and "error[FS" in said.err
    assert f"{check:<12}FAIL" in said.out.splitlines()


def test_debug_shows_a_stage(featsql: Featsql) -> None:
    assert featsql("debug plan churn").out == "plan of churn\n"
    assert featsql("debug --list").out == "header  the header, typed\nplan    the point-in-time plan\n"


def test_clean_tells_what_it_deleted(featsql: Featsql) -> None:
    assert featsql("clean").err == "deleted target\n"
