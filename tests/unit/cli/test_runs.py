"""`run`, `build`, `seed`: what is told, in which words, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from featsql.base.diagnostics import Diagnostic, FeatsqlError

from .conftest import Featsql
from .fake import FAILED, HOSTILE, OK, SCENES, SKIPPED, WARNING, Scene


def test_a_run_tells_a_line_a_node_and_keeps_stdout_clean(featsql: Featsql) -> None:
    said = featsql("run")
    assert said.code == 0 and said.out == ""
    header, line, summary = said.err.splitlines()
    assert header.startswith("featsql ") and "project shop  target dev  DuckDB 2.0.0, target/x.duckdb  1 node" in header
    assert line == "1 of 1 OK    table main.orders " + "." * 37 + " [12,345 rows in 1.23s]"
    assert summary == "Done: 1 ok in 3.20s"


def test_a_failure_is_told_in_full_and_a_skip_with_its_reason(featsql: Featsql) -> None:
    said = featsql("run", SCENES["failing"])
    assert said.code == 1
    assert "2 of 3 FAIL  table main.churn " in said.err
    assert "\n --> models/churn.sql:2:5\n" in said.err and "= hint: did you mean `amount`?" in said.err
    assert "3 of 3 SKIP  table main.report " in said.err and "[`churn` failed]" in said.err
    assert said.err.splitlines()[-1] == "Done: 1 ok, 1 failed, 1 skipped in 3.20s"
    assert said.err.startswith("warning[FS503]: "), "warnings of the parse come first"


def test_quiet_says_errors_alone(featsql: Featsql) -> None:
    assert featsql("run -q").err == ""
    said = featsql("run -q", SCENES["failing"])
    assert [line.split()[3] for line in said.err.splitlines() if " of 3 " in line] == ["FAIL"]
    assert "error[FS702]" in said.err and "FS503" not in said.err and "Done" not in said.err


def test_debug_says_what_starts(featsql: Featsql) -> None:
    assert "1 of 1 START table main.orders" in featsql("run --debug").err
    assert "START" not in featsql("run").err


def test_json_is_one_object_a_line_in_the_shape_of_dbt(featsql: Featsql) -> None:
    said = featsql("run --log-format json", SCENES["failing"])
    records = [json.loads(line) for line in said.err.splitlines()]
    assert {frozenset(record) for record in records} == {frozenset({"info", "data"})}
    assert {"name", "level", "msg", "ts", "pid", "thread"} <= set(records[0]["info"])
    assert [r["info"]["name"] for r in records] == ["Diagnostic", "RunStart", *["NodeFinished"] * 3, "RunResult"]
    failed = records[3]
    assert failed["info"]["level"] == "error"
    assert failed["data"]["node_info"] == {
        "unique_id": "model.shop.churn",
        "node_name": "churn",
        "resource_type": "model",
        "node_status": "error",
    }
    (diagnostic,) = failed["data"]["diagnostics"]
    assert (diagnostic["code"], diagnostic["path"], diagnostic["line"]) == ("FS702", "models/churn.sql", 2)
    assert records[-1]["data"]["counts"] == {"success": 1, "error": 1, "skipped": 1}


def test_names_and_messages_cannot_drive_the_terminal(featsql: Featsql) -> None:
    hostile = replace(SKIPPED, message=HOSTILE), replace(FAILED, diagnostics=(Diagnostic("FS702", HOSTILE),))
    said = featsql("run", Scene((replace(OK, name=HOSTILE), *hostile)))
    assert "\x1b" not in said.err and "\u202e" not in said.err
    assert said.err.count("a\\x1b[31m\\u202eb") == 3


@pytest.mark.parametrize("verb", ["run", "build"])
def test_every_option_reaches_the_project(featsql: Featsql, verb: str) -> None:
    scene = Scene()
    words = (
        f"{verb} -s a b -x -f --exclude c d --selector nightly --allow-empty --state old --as-of 2026-01-31 --empty --threads 3"
    )
    words += " --from 2026-01-01 --to 2026-01-20 --chunk 7d --force --wait 10m"
    words += " -t prod --profile p --profiles-dir conf --project-dir proj --target-path out --vars {start:1}"
    assert featsql(words, scene).code == 0
    (_, opened), (called, options) = scene.calls
    assert opened == {
        "root": "proj",
        "target": "prod",
        "profile": "p",
        "profiles_dir": "conf",
        "target_path": "out",
        "variables": "{start:1}",
        "threads": 3,
    }
    assert called == verb
    assert options == {
        "select": ("a", "b"),
        "exclude": ("c", "d"),
        "selector": "nightly",
        "allow_empty": True,
        "state": "old",
        "as_of": "2026-01-31",
        "fail_fast": True,
        "full_refresh": True,
        "empty": True,
        "start": "2026-01-01",
        "end": "2026-01-20",
        "chunk": "7d",
        "force": True,
        "wait": "10m",
        **({"store_failures": False} if verb == "build" else {}),
    }


def test_a_seed_takes_dbts_full_refresh_and_no_time(featsql: Featsql) -> None:
    scene = Scene()
    assert featsql("seed -f -s carriers", scene).code == 0
    chosen = {"select": ("carriers",), "exclude": (), "selector": None, "allow_empty": False, "state": None}
    assert scene.calls[1] == ("seed", {**chosen, "fail_fast": False})
    assert featsql("seed --as-of 2026-01-31").code == 2


def test_options_may_stand_before_the_command(featsql: Featsql) -> None:
    scene = Scene()
    featsql("-t prod -q run", scene)
    assert scene.calls[0][1]["target"] == "prod"
    featsql("-t prod run -t dev", scene)
    assert scene.calls[2][1]["target"] == "dev", "what stands nearer wins"


def test_a_dry_run_prints_the_steps_and_does_nothing(featsql: Featsql) -> None:
    scene = Scene()
    said = featsql("build --dry-run -s churn", scene)
    assert said.out.splitlines() == [
        "load seed    main.carriers  for carriers",
        "create table main.churn     for churn",
        "create view  main.spend     for churn",
    ]
    assert [name for name, _ in scene.calls] == ["open", "plan_run"]
    assert scene.calls[1][1]["command"] == "build" and scene.calls[1][1]["select"] == ("churn",)


def test_a_dry_run_as_json(featsql: Featsql) -> None:
    steps = json.loads(featsql("run --dry-run -o json").out)
    assert [(s["step"], s["relation"]) for s in steps][1:] == [("create_table", "main.churn"), ("create_view", "main.spend")]
    assert steps[0]["path"] == "/data/carriers.csv" and steps[1]["sql"] == "select 1"


def test_someone_else_holds_the_target(featsql: Featsql) -> None:
    said = featsql("run", SCENES["held"])
    assert said.code == 75 and "error[FS703]: process 42" in said.err


def test_all_errors_of_a_project_are_shown_at_once(featsql: Featsql) -> None:
    errors = FeatsqlError(Diagnostic("FS003", "one"), Diagnostic("FS004", "two"), WARNING)
    said = featsql("run", Scene(opening=errors))
    assert said.code == 2 and said.err.count("error[") == 2 and said.err.count("warning[") == 1


@pytest.mark.parametrize("stop, code", [(KeyboardInterrupt(), 130), (BrokenPipeError(), 0), (OSError(28, "No space left"), 2)])
def test_what_stops_a_run_decides_the_exit_code(featsql: Featsql, stop: BaseException, code: int) -> None:
    said = featsql("run", Scene(running=stop))
    assert said.code == code and "Traceback" not in said.err


def test_a_bug_shows_its_traceback_only_when_asked(featsql: Featsql) -> None:
    said = featsql("run", SCENES["bug"])
    assert said.code == 2 and "Traceback" not in said.err
    assert "error[FS900]: a bug in featsql: ZeroDivisionError: division by zero" in said.err and "`--debug`" in said.err
    assert "Traceback (most recent call last)" in featsql("--debug run", SCENES["bug"]).err
