"""The tables of `_featsql`, as the migrations that make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from featsql.ir.graph import TableName

SCHEMA: Final = "_featsql"

_FIRST: Final[Mapping[str, Mapping[str, str]]] = {
    # Grain: one row per command that built something or tried to. `number` counts them, and outlives a clock that is set back.
    "runs": {
        "number": "bigint",
        "run_id": "varchar",
        "project": "varchar",
        "target": "varchar",
        "command": "varchar",
        "status": "varchar",
        "nodes": "varchar",
        "options": "varchar",
        "holder": "varchar",
        "version": "varchar",
        "started_at": "timestamp",
        "ended_at": "timestamp",
    },
    # Grain: one row per run and node that it was to build.
    "nodes": {
        "run_id": "varchar",
        "node": "varchar",
        "status": "varchar",
        "rows_built": "bigint",
        "seconds": "double",
        "message": "varchar",
        "ended_at": "timestamp",
    },
    # Grain: one row per relation that is visible.
    "generations": {
        "relation": "varchar",
        "node": "varchar",
        "run_id": "varchar",
        "fingerprint": "varchar",
        "described": "varchar",
        "inputs": "varchar",
        "content": "varchar",
        "row_count": "bigint",
        "published_at": "timestamp",
    },
    # Grain: one row per training set, part of its plan and figure.
    "statistics": {
        "node": "varchar",
        "part": "varchar",
        "figure": "varchar",
        "amount": "bigint",
        "run_id": "varchar",
    },
}

MIGRATIONS: Final[tuple[Mapping[str, Mapping[str, str]], ...]] = (_FIRST,)
"""The tables, and their columns with types, that each version adds. A migration that was released is never changed."""
VERSION: Final = len(MIGRATIONS)
TABLES: Final = tuple(dict.fromkeys(name for migration in MIGRATIONS for name in migration))


def table(name: str, database: str | None) -> TableName:
    """One of the tables, or `migrations`: the versions that the schema has been through."""
    return TableName(SCHEMA, name, database)


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a table, in their order, all migrations together."""
    return tuple(column for migration in MIGRATIONS for column in migration.get(name, {}))
