"""A DuckDB in memory, of nobody else: no files, no network, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import duckdb

from featsql.base.spans import Text
from featsql.dialects.base import literal
from featsql.dialects.duckdb import DUCKDB
from featsql.engines.duckdb_errors import AHEAD
from featsql.engines.duckdb_open import MEMORY, session
from featsql.engines.duckdb_session import Session
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.ir.query import Query

if TYPE_CHECKING:
    import pyarrow

_FRAME: Final = "_featsql_given"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# https://duckdb.org/docs/stable/sql/functions/timestamptz: a macro of the same name comes before the function
_CLOCKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("now", "current_timestamp", "get_current_timestamp", "transaction_timestamp"), "timestamptz"),
    **dict.fromkeys(("today", "current_date"), "date"),
    **dict.fromkeys(("current_localtimestamp", "localtimestamp"), "timestamp"),
    **dict.fromkeys(("current_localtime", "localtime", "current_time", "get_current_time"), "time"),
}


class Sandbox:
    """Tables of rows that are given, and queries over them. EngineError for what DuckDB refuses."""

    def __init__(self) -> None:
        connection = session(duckdb.connect(MEMORY))
        connection.execute("set threads = 1")  # rows are few: threads would cost more than they save
        connection.execute("set enable_external_access = false")
        self._session = Session(connection)

    def freeze(self, us: int) -> None:
        """From now on it is this time, in microseconds of UTC since 1970, whoever asks."""
        moment = (_EPOCH + timedelta(microseconds=us)).replace(tzinfo=None).isoformat(sep=" ")
        for name, kind in _CLOCKS.items():
            stamp = f"cast({literal(moment + '+00')} as timestamptz)" if kind == "timestamptz" else f"timestamp {literal(moment)}"
            self._session.rows(f"create or replace macro {name}() as cast({stamp} as {kind})")

    def make(self, table: TableName, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
        """Make a table of these rows; what a row leaves out is NULL. A column without a type gets that of its values."""
        self._session.rows(f"create schema if not exists {DUCKDB.quote(table.schema)}")
        selects = [_row(columns, row) for row in rows] or [_row(columns, {}) + " where false"]
        self._session.rows(f"create or replace table {DUCKDB.table(table)} as\n" + "\nunion all\n".join(selects))

    def load(self, table: TableName, frame: pyarrow.Table) -> None:
        """Make a table of the rows of an Arrow table."""
        self._session.rows(f"create schema if not exists {DUCKDB.quote(table.schema)}")
        with self._session.registered({_FRAME: frame}):
            self._session.rows(f"create or replace table {DUCKDB.table(table)} as from {_FRAME}")

    def keep(self, table: TableName, query: Query | str) -> None:
        """Make a table of the rows of a query."""
        text = query.text if isinstance(query, Query) else Text.generated(query)
        self._session.rows(f"create schema if not exists {DUCKDB.quote(table.schema)}")
        self._session.rows(Text.join((AHEAD, f"create or replace table {DUCKDB.table(table)} as\n", text)))

    def query(self, query: Query | str) -> pyarrow.Table:
        text = query.text if isinstance(query, Query) else Text.generated(query)
        return self._session.table(Text.join((AHEAD, text)))

    def columns(self, query: Query) -> tuple[Column, ...]:
        """What a query would give."""
        described = self._session.rows(Text.join((AHEAD, "describe ", query.text)))
        return tuple(Column(name, type_) for name, type_, *_ in described)

    def close(self) -> None:
        self._session.close()


def _row(columns: Sequence[Column], row: Mapping[str, Any]) -> str:
    by_name = {name.lower(): value for name, value in row.items()}
    return "select " + ", ".join(f"{_typed(c, by_name.get(c.name.lower()))} as {DUCKDB.quote(c.name)}" for c in columns)


def _typed(column: Column, value: Any) -> str:
    written = sql_value(value)
    return f"cast({written} as {column.type})" if column.type else written


def sql_value(value: Any) -> str:
    """Plain data as DuckDB writes it.

    >>> sql_value([1, None, {"a": "it's"}])
    "[1, null, {'a': 'it''s'}]"
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case float():
            return repr(value) if isfinite(value) else f"cast({literal(str(value))} as double)"
        case list() | tuple():
            return f"[{', '.join(map(sql_value, value))}]"
        case dict():
            return "{" + ", ".join(f"{literal(str(k))}: {sql_value(v)}" for k, v in value.items()) + "}"
        case bytes():
            return f"from_hex({literal(value.hex())})"
        case _:
            return literal(str(value))
