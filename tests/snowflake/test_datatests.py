"""Data tests ask there too, each of the kinds that are one question: what passes passes, what fails fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from featsql import Project
from featsql.ir.model import Column

from .place import Place, fresh, load

KINDS = (("id", "BIGINT"), ("code", "VARCHAR"), ("amount", "BIGINT"))
CELLS = [("1", "a", "5"), ("2", "b", "-7"), ("3", None, "9"), ("3", "it's c:\\new", "9")]
TESTS = {
    "id": ["not_null", "unique"],
    "code": ["not_null", {"accepted_values": {"values": ["a", "b", "it's c:\\new"]}}],
    "amount": [{"range": {"min": 0}}, {"range": {"min": 0, "where": "id <> 2"}}],
}


def test_what_fails_fails_and_what_passes_passes(warehouse: Place, connection: Any, tmp_path: Path) -> None:
    raw, schema = fresh("raw"), fresh("tested")
    connection.cursor().execute(f"create schema {raw}")
    load(connection, f"{raw}.rows_of_it", [Column(*kind) for kind in KINDS], CELLS)
    columns = [{"name": name, "type": kind} for name, kind in KINDS]
    source = {"name": "raw", "schema": raw, "tables": [{"name": "rows_of_it", "columns": columns}]}
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "declared.yml").write_text(yaml.safe_dump({"sources": [source]}))
    header = yaml.safe_dump({"materialized": "table", "columns": {name: {"tests": tests} for name, tests in TESTS.items()}})
    model = f"/*---\n{header}---*/\nselect id, code, amount from {{{{ source('raw', 'rows_of_it') }}}}\n"
    (tmp_path / "models" / "tested.sql").write_text(model)
    (tmp_path / "featsql.yml").write_text("name: t\nprofile: t\n")
    profile = {"t": {"target": "there", "outputs": {"there": warehouse.profile(schema)}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    project = Project(tmp_path)
    assert project.run().ok
    result = project.test(only=["data"])
    found = [test.status for test in result.tests]
    assert sorted(found) == ["fail", "fail", "fail", "pass", "pass", "pass"], [
        (test.test.name, test.message) for test in result.tests
    ]
