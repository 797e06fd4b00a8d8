"""`distribution` there: the same percentiles, and the same words about what has moved, as on DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from featsql import Project

from .place import Place, fresh, load_frame

MODEL = """\
/*---
materialized: table
columns:
  score: {tests: [{distribution: {max_psi: 0.1, max_mean_change: 0.1}}]}
---*/
select id, score from {{ source('raw', 'scores') }}
"""


@pytest.fixture
def folder(tmp_path: Path, warehouse: Place) -> Path:
    source = {"name": "raw", "schema": fresh("raw"), "tables": [{"name": "scores", "path": "scores.parquet"}]}
    outputs = {"dev": {"type": "duckdb", "path": "dev.duckdb"}, "prod": warehouse.profile(fresh("distribution"))}
    files = {
        "featsql.yml": yaml.safe_dump({"name": "d", "profile": "d"}),
        "profiles.yml": yaml.safe_dump({"d": {"target": "dev", "outputs": outputs}}),
        "models/declared.yml": yaml.safe_dump({"sources": [source]}),
        "models/scores.sql": MODEL,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def told(folder: Path, connection: Any, scores: Sequence[float | None]) -> list[tuple[str, str]]:
    """What the test says of these values on both targets."""
    frame = pa.table({"id": list(range(len(scores))), "score": pa.array(scores, pa.float64())})
    pq.write_table(frame, folder / "scores.parquet")
    schema = yaml.safe_load((folder / "models/declared.yml").read_text())["sources"][0]["schema"]
    connection.cursor().execute(f"create schema if not exists {schema}")
    load_frame(connection, f"{schema}.scores", frame)
    found = []
    for target in ("dev", "prod"):
        project = Project(folder, target=target)
        assert project.run().ok
        (result,) = project.test(only=["data"]).tests
        found.append((result.status, result.message))
    return found


def test_what_has_moved(folder: Path, connection: Any) -> None:
    first = [float(i % 100) for i in range(500)]
    assert told(folder, connection, first) == [("pass", "")] * 2
    assert told(folder, connection, [*first[1:], None, float("nan"), float("inf")]) == [("pass", "")] * 2
    here, there = told(folder, connection, [value + 40 for value in first])
    assert here == there
    assert here[0] == "fail" and here[1].startswith("the mean is 89.5") and "PSI" in here[1]
