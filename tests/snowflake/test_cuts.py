"""The connection is lost at a statement of a small run: what is visible is of one generation, or becomes so with the next run.

Every statement by `FEATSQL_TEST_EVERY_CUT=1`; here some of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from featsql import FeatsqlError, Project
from featsql.ir.model import Column

from .cutting import Wire, wire
from .place import emulated, emulator, fresh, load, rows

STEP = 1 if os.environ.get("FEATSQL_TEST_EVERY_CUT") else 15
MODELS = {
    "plan.sql": "/*---\nmaterialized: table\n---*/\nselect {g} as g",
    "orders.sql": "select customer_id, moment, amount, {g} as g from {{{{ source('raw', 'orders') }}}}",
    "spend.sql": (
        "/*---\nkind: feature_view\nentity: customer\ntimestamp: moment\nwindows: {{w: 7d}}\nonline: true\n---*/\n"
        "select customer_id, moment, sum(amount) over w as spent, g as g from {{{{ ref('orders') }}}}"
    ),
    "training.sql": (
        "/*---\nkind: training_set\ntimestamp: moment\nfeatures: [spend]\n---*/\n"
        "select customer_id, moment + interval 1 day as moment, {g} as generation from {{{{ source('raw', 'orders') }}}}"
    ),
}
DECLARED = {"entities": [{"name": "customer", "keys": ["customer_id"]}]}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with emulator() as found:
        yield found


def lay_out(folder: Path, keys: dict[str, Any], schema: str, raw: str, generation: int) -> None:
    (folder / "models").mkdir(exist_ok=True)
    profile = {"type": "snowflake", **keys, "schema": schema}
    source = {"name": "raw", "schema": raw, "tables": [{"name": "orders"}]}
    columns = [("customer_id", "bigint"), ("moment", "timestamp"), ("amount", "bigint")]
    source["tables"][0]["columns"] = [{"name": name, "type": kind} for name, kind in columns]  # type: ignore[index]
    files = {
        "featsql.yml": {"name": "cuts", "profile": "cuts"},
        "profiles.yml": {"cuts": {"target": "there", "outputs": {"there": profile}}},
        "models/declared.yml": {**DECLARED, "sources": [source]},
    }
    for path, content in files.items():
        (folder / path).write_text(yaml.safe_dump(content, sort_keys=False))
    for path, text in MODELS.items():
        (folder / "models" / path).write_text(text.format(g=generation))


def generations(connection: Any, schema: str) -> set[int]:
    """Those that anyone sees now."""
    asked = (f"select g from {schema}.plan", f"select g from {schema}.orders", f"select g from {schema}.spend__online")
    found = {int(row[0]) for sql in (*asked, f"select generation from {schema}.training") for row in rows(connection, sql)}
    assert found
    return found


def build(folder: Path) -> str:
    """What is said of a run; nothing when it is well."""
    try:
        result = Project(folder).run(as_of="2024-03-10")
    except FeatsqlError as error:
        return "; ".join(d.message for d in error.diagnostics)
    return "; ".join(f"{r.name}: {r.message}" for r in result.results if r.status != "success")


def prepared(connection: Any) -> str:
    raw = fresh("raw")
    connection.cursor().execute(f"create schema {raw}")
    kinds = (("customer_id", "BIGINT"), ("moment", "TIMESTAMP"), ("amount", "BIGINT"))
    cells = [("1", "2024-03-01 00:00:00", "5"), ("2", "2024-03-02 00:00:00", "7")]
    load(connection, f"{raw}.orders", [Column(*kind) for kind in kinds], cells)
    return raw


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_that_is_lost_for_good(moment: str, port: int, tmp_path: Path) -> None:
    with wire(port) as cut, emulated(port).connection() as connection:
        raw = prepared(connection)
        statements = counted(tmp_path, cut, raw)
        assert statements > 20
        at = 2
        while at <= statements:
            schema = fresh("cuts")
            keys = {**emulated(cut.port).keys, "network_timeout": 1, "login_timeout": 1}
            lay_out(tmp_path, keys, schema, raw, 1)
            whole(cut)
            assert build(tmp_path) == ""
            lay_out(tmp_path, keys, schema, raw, 2)
            cut.statements, cut.cut_at, cut.moment = 0, at, moment  # type: ignore[assignment]
            said = build(tmp_path)
            seen = generations(connection, schema)
            if said:
                assert "the connection was lost" in said or "cannot be opened" in said, f"statement {at}: {said}"
                assert "Traceback" not in said
            if len(seen) == 2:
                assert "the next run finishes the rest" in said, f"statement {at}: {said}"
            whole(cut)
            sweep(tmp_path, keys, schema, raw, generation=3)
            assert generations(connection, schema) == {3}, f"statement {at}"
            left = rows(connection, f"select table_name from information_schema.tables where lower(table_schema) = '{schema}'")
            assert not [name for (name,) in left if "_FEATSQL_" in name and name != "_FEATSQL_RUNS"], f"statement {at}"
            at += STEP


def counted(folder: Path, cut: Wire, raw: str) -> int:
    """The statements of a run over what an earlier run left."""
    schema = fresh("cuts")
    for generation in (1, 2):
        lay_out(folder, emulated(cut.port).keys, schema, raw, generation)
        whole(cut)
        assert build(folder) == ""
    return cut.statements


def whole(cut: Wire) -> None:
    cut.cut_at, cut.is_down, cut.statements = 0, False, 0


def sweep(folder: Path, keys: dict[str, Any], schema: str, raw: str, generation: int) -> None:
    lay_out(folder, keys, schema, raw, generation)
    assert build(folder) == ""
