"""A small project on a DuckDB file, whose source tables a test changes as it likes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from featsql.api import Project
from featsql.ir.query import RunResult

_SETTINGS = "name: shop\nprofile: shop\n"
_PROFILES = "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, schema: main}}}\n"


@dataclass(frozen=True, slots=True)
class Shop:
    root: Path

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """What the last of them gives."""
        with duckdb.connect(str(self.root / "shop.duckdb")) as connection:
            for statement in statements[:-1]:
                connection.execute(statement)
            return connection.execute(statements[-1]).fetchall()

    def fill(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """The table has these rows and no others."""
        with duckdb.connect(str(self.root / "shop.duckdb")) as connection:
            connection.execute("create schema if not exists raw")
            connection.execute(f"create or replace table raw.{table} ({columns})")
            rows = list(rows)
            if rows:
                marks = ", ".join("?" for _ in rows[0])
                connection.executemany(f"insert into raw.{table} values ({marks})", rows)

    def write(self, name: str, sql: str) -> None:
        (self.root / "models" / name).write_text(sql)

    @property
    def project(self) -> Project:
        return Project(self.root)

    def run(self, **options: Any) -> RunResult:
        return self.project.run(**options)


def shop(root: Path, files: Mapping[str, str]) -> Shop:
    """A project with these files under models/."""
    (root / "models").mkdir(parents=True, exist_ok=True)
    (root / "featsql.yml").write_text(_SETTINGS)
    (root / "profiles.yml").write_text(_PROFILES)
    made = Shop(root)
    for name, text in files.items():
        made.write(name, text)
    return made


def notes(result: RunResult) -> dict[str, str]:
    """What each node told, by name."""
    return {r.name: r.message for r in result.results}
