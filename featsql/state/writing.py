"""Rows of the state as statements: every text goes through the dialect's one function that quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from featsql.dialects.base import Dialect
from featsql.state.schema import MIGRATIONS, SCHEMA, columns_of, table

Value = str | int | float | datetime | None


def insert(name: str, rows: Iterable[Sequence[Value]], dialect: Dialect, database: str | None) -> Iterator[str]:
    """A statement that adds these rows to a table of the state; none for no rows. Times are of UTC."""
    written = ",\n    ".join(f"({', '.join(_value(value, dialect) for value in row)})" for row in rows)
    if written:
        yield f"insert into {named(name, dialect, database)} ({', '.join(columns_of(name))}) values\n    {written}"


def delete(name: str, column: str, found: Iterable[str], dialect: Dialect, database: str | None) -> Iterator[str]:
    """A statement that removes the rows with one of these texts in a column; none for no texts."""
    written = ", ".join(dialect.literal(text) for text in found)
    if written:
        yield f"delete from {named(name, dialect, database)} where {column} in ({written})"


def migrate(version: int, now: datetime, dialect: Dialect, database: str | None) -> Iterator[str]:
    """What brings a schema of `version` (0: there is none) to that of today."""
    if not version:
        yield f"create schema if not exists {'.'.join(dialect.quote(part) for part in (database, SCHEMA) if part)}"
        yield f"create table if not exists {named('migrations', dialect, database)} (version bigint, applied_at timestamp)"
    for number, tables in enumerate(MIGRATIONS[version:], version + 1):
        for name, columns in tables.items():
            written = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
            yield f"create table if not exists {named(name, dialect, database)} ({written})"
        yield f"insert into {named('migrations', dialect, database)} values ({number}, {_value(now, dialect)})"


def named(name: str, dialect: Dialect, database: str | None) -> str:
    """A table of the state as SQL."""
    return dialect.table(table(name, database))


def _value(value: Value, dialect: Dialect) -> str:
    match value:
        case None:
            return "null"
        case str():
            return dialect.literal(value)
        case datetime():
            return f"timestamp {dialect.literal(value.replace(tzinfo=None).isoformat(' '))}"
        case _:
            return repr(value)
