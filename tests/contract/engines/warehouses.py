"""The warehouses that the contract is checked on: one entry for each of ENGINES."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from featsql.base.spans import SourceFile, Text
from featsql.ir.graph import TableName
from featsql.ir.project import Target
from featsql.ir.query import Query, Reference

SCHEMA = "features"
RUN = "0123456789abcdef"

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """How tests reach a warehouse: the target in a folder of their own, and a second connection to it as a BI tool has one.

    A reader gives the rows of a SELECT. `slow` is a SELECT that would take minutes.
    """

    dialect: str
    target: Callable[[Path], Target]
    reader: Callable[[Path], Callable[[str], Rows]]
    slow: str


def _duckdb_target(folder: Path) -> Target:
    return Target("dev", "shop", "duckdb", SCHEMA, threads=2, config={"path": "target/shop.duckdb"})


def _duckdb_reader(folder: Path) -> Callable[[str], Rows]:
    connection = duckdb.connect(str(folder / "target" / "shop.duckdb"))
    return lambda sql: connection.execute(sql).fetchall()


WAREHOUSES = {
    "duckdb": Warehouse(
        "duckdb",
        _duckdb_target,
        _duckdb_reader,
        slow="select count(*) as n from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3",
    ),
}


def name(table: str) -> TableName:
    return TableName(SCHEMA, table)


def query(sql: str, dialect: str = "duckdb") -> Query:
    """A query as the compiler makes it of the file `models/m.sql` with this text; `{orders}` reads the relation `orders`."""
    file = SourceFile("models/m.sql", sql)
    parts: list[Text | Reference] = []
    at = 0
    for found in re.finditer(r"\{(\w+)\}", sql):
        place = Text.verbatim(file, found.start(), found.end()).span
        assert place is not None
        parts.append(Text.verbatim(file, at, found.start()))
        parts.append(Reference(name(found[1]), Text.standing_for(f"{SCHEMA}.{found[1]}", place)))
        at = found.end()
    return Query((*parts, Text.verbatim(file, at, len(sql))), dialect)
