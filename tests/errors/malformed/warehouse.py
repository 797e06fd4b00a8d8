"""A DuckDB file as its readers see it: each relation with its kind and all of its rows."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_RELATIONS = "select table_schema, table_name, table_type from information_schema.tables order by all"
_HOLDER = "import duckdb, sys, time; connection = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"


def contents(file: Path) -> dict[str, str]:
    """A fingerprint of each relation's columns and rows, by its kind and name."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            f"{kind} {schema}.{name}": _fingerprint(connection, f'"{schema}"."{name}"')
            for schema, name, kind in connection.execute(_RELATIONS).fetchall()
            # what failed is noted there
            if schema != "_featsql"
        }


def _fingerprint(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    answer = connection.execute(f"select * from {name}")
    columns = [column[:2] for column in answer.description or ()]
    return hashlib.sha256(repr((columns, sorted(map(repr, answer.fetchall())))).encode()).hexdigest()


@contextmanager
def held(file: Path) -> Iterator[int]:
    """Another process has the file open to write; its id."""
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, str(file)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout and holder.stdout.readline() == "open\n"
        yield holder.pid
    finally:
        holder.kill()
        holder.communicate()
