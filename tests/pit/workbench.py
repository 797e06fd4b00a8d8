"""A case as a real project on disk: files, source tables in a DuckDB file, and a reader for what a run leaves."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from featsql.plan.strategies import STRATEGIES

from .case import Case
from .text_table import Column, TextTable

DATABASE = "pit.duckdb"
_HEADER = "/*---\n"
_FEATURE_VIEW = "kind: feature_view\n"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compute a case; every variant must give the same rows."""

    name: str
    strategy: str | None
    rows_reversed: bool
    threads: int


VARIANTS = (
    Variant("automatic", strategy=None, rows_reversed=False, threads=2),
    *(Variant(name, strategy=name, rows_reversed=False, threads=2) for name in STRATEGIES),
    Variant("reversed", strategy=None, rows_reversed=True, threads=1),
)


def lay_out(case: Case, variant: Variant, folder: Path) -> None:
    """Write the project of a case into an empty folder and create its source tables."""
    _write_yaml(folder / "featsql.yml", {"name": "pit", "profile": "pit", "dialect": "duckdb"})
    _write_yaml(folder / "profiles.yml", _profiles(folder, variant))
    models = folder / "models"
    models.mkdir()
    _write_yaml(models / "declarations.yml", _declarations(case))
    for name, text in case.models:
        (models / f"{name}.sql").write_text(with_strategy(text, variant.strategy))
    with connect(folder) as connection:
        create_sources(connection, case, rows_reversed=variant.rows_reversed)


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the case's database; times with a zone read as UTC, whatever the machine's zone is."""
    connection = duckdb.connect(str(folder / DATABASE))
    connection.execute("set TimeZone = 'UTC'")
    return connection


def create_sources(connection: duckdb.DuckDBPyConnection, case: Case, *, rows_reversed: bool) -> None:
    """Create every source table of the case in schema `raw`, its rows in the order written or backwards."""
    connection.execute("create schema raw")
    for name, table in case.tables:
        columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        connection.execute(f'create table raw."{name}" ({columns})')
        rows = table.rows[::-1] if rows_reversed else table.rows
        if rows:
            casts = ", ".join(f"cast(c{place} as {column.type})" for place, column in enumerate(table.columns))
            names = ", ".join(f"c{place}" for place in range(len(table.columns)))
            line = f"({', '.join(['cast(? as varchar)'] * len(table.columns))})"
            values = ", ".join([line] * len(rows))
            cells = [cell for row in rows for cell in row]
            connection.execute(f'insert into raw."{name}" select {casts} from (values {values}) as t({names})', cells)


def read(connection: duckdb.DuckDBPyConnection, relation: str) -> TextTable:
    """All rows of a relation, each value as DuckDB writes it: exact for every type, doubles included."""
    described = connection.execute(f'describe "{relation}"').fetchall()
    columns = tuple(Column(name, type_name) for name, type_name, *_ in described)
    texts = ", ".join(f'cast("{column.name}" as varchar)' for column in columns)
    rows = connection.execute(f'select {texts} from "{relation}"').fetchall()
    return TextTable(columns, tuple(tuple(row) for row in rows))


def spelled(connection: duckdb.DuckDBPyConnection, type_name: str) -> str:
    """A type's name as DuckDB spells it, so that `timestamptz` and its long name compare equal."""
    (row,) = connection.execute(f"describe select cast(null as {type_name}) as x").fetchall()
    return str(row[1])


def with_strategy(text: str, strategy: str | None) -> str:
    """A feature view's text with the strategy pinned in its header; any other model unchanged."""
    if strategy is None or not text.startswith(_HEADER) or _FEATURE_VIEW not in text:
        return text
    return text.replace(_HEADER, f"{_HEADER}strategy: {strategy}\n", 1)


@contextmanager
def machine_time_zone(name: str | None) -> Iterator[None]:
    """Run with the machine in another time zone, which is where a new DuckDB session takes its own from."""
    if name is None:
        yield
        return
    before = os.environ.get("TZ")
    _set_zone(name)
    try:
        yield
    finally:
        _set_zone(before)


def _set_zone(name: str | None) -> None:
    if name is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = name
    time.tzset()


def _profiles(folder: Path, variant: Variant) -> dict[str, Any]:
    target = {"type": "duckdb", "path": str(folder / DATABASE), "schema": "main", "threads": variant.threads}
    return {"pit": {"target": "dev", "outputs": {"dev": target}}}


def _declarations(case: Case) -> dict[str, Any]:
    tables = []
    for name, table in case.tables:
        declared: dict[str, Any] = {"name": name}
        if case.declare_types:
            declared["columns"] = [{"name": column.name, "type": column.type} for column in table.columns]
        tables.append(declared)
    return {
        "sources": [{"name": "raw", "schema": "raw", "tables": tables}],
        "entities": [{"name": name, "keys": list(keys)} for name, keys in case.entities],
    }


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
