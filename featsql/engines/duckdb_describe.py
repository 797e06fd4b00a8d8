"""DuckDB as a teller of types: an empty database in memory that binds SELECTs and runs none (see `describing`)."""

from __future__ import annotations

import json
import sys
from typing import Final

import duckdb

from featsql.base.limits import limit
from featsql.engines.duckdb_open import MEMORY, session

_MEMORY: Final = 1 << 30
"""Bytes beyond what the process has when it starts: constants are not counted in DuckDB's own limit."""
_CPU_SECONDS: Final = 300
"""For all answers."""
_CLOSED: Final = (
    # a SELECT may name files and addresses: nothing is read of them
    "set enable_external_access = false",
    "set threads = 1",
    "set memory_limit = '256MB'",
    "set lock_configuration = true",
)


def main() -> None:
    """Answer until stdin ends."""
    connection = session(duckdb.connect(MEMORY))
    for statement in _CLOSED:
        connection.execute(statement)
    limit(_MEMORY, _CPU_SECONDS)
    for line in sys.stdin:
        print(json.dumps(_described(connection, json.loads(line))), flush=True)


def _described(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str] | None:
    try:
        return [str(type_name) for _, type_name, *_ in connection.execute(f"describe {sql}").fetchall()]
    except (duckdb.Error, MemoryError):
        return None
