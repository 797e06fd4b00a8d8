"""The columns of files, without a target."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from featsql.engines.base import EngineError
from featsql.engines.duckdb_files import file_columns, files_columns
from featsql.ir.model import Column


def test_parquet_csv_and_json(tmp_path: Path) -> None:
    times = pa.array([0], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"id": pa.array([1], pa.int32()), "Seen At": times}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("id,day\n1,2024-01-01\n")
    (tmp_path / "c.jsonl").write_text('{"id": 1, "tags": ["x"]}\n')
    assert file_columns("a.parquet", str(tmp_path)) == (Column("id", "INTEGER"), Column("Seen At", "TIMESTAMP WITH TIME ZONE"))
    assert file_columns("b.csv", str(tmp_path)) == (Column("id", "BIGINT"), Column("day", "DATE"))
    assert file_columns("c.jsonl", str(tmp_path)) == (Column("id", "BIGINT"), Column("tags", "VARCHAR[]"))


def test_globs_and_absolute_paths(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    for day in ("01", "02"):
        pq.write_table(pa.table({"id": pa.array([1], pa.int32())}), tmp_path / "orders" / f"{day}.parquet")
    assert file_columns("orders/*.parquet", str(tmp_path)) == (Column("id", "INTEGER"),)
    assert file_columns(str(tmp_path / "orders" / "01.parquet"), "/") == (Column("id", "INTEGER"),)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_text("not parquet at all")
    with pytest.raises(EngineError, match=r"bad\.parquet"):
        file_columns("bad.parquet", str(tmp_path))
    with pytest.raises(EngineError, match=r"gone\.csv"):
        file_columns("gone.csv", str(tmp_path))


def test_many_files_each_with_its_own_fate(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    good, gone = str(tmp_path / "a.csv"), str(tmp_path / "it's gone.csv")
    found = files_columns([good, gone])
    assert found[good] == (Column("id", "BIGINT"),)
    assert isinstance(found[gone], EngineError)
