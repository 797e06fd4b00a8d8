"""The warehouses that the contract is checked on: one entry for each of ENGINES."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from featsql.base.spans import SourceFile, Text
from featsql.ir.graph import TableName
from featsql.ir.project import Target
from featsql.ir.query import Query, Reference
from tests.snowflake.place import Place, place

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
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """By test: why it is not run on this warehouse, or where it is."""


def _duckdb_target(folder: Path) -> Target:
    return Target("dev", "shop", "duckdb", SCHEMA, threads=2, config={"path": "target/shop.duckdb"})


def _duckdb_reader(folder: Path) -> Callable[[str], Rows]:
    connection = duckdb.connect(str(folder / "target" / "shop.duckdb"))
    return lambda sql: connection.execute(sql).fetchall()


@cache
def _emulator() -> Place:
    """One for all tests of the process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(place())


def _snowflake_keys(folder: Path) -> dict[str, Any]:
    """A database of the folder's own."""
    return {**_emulator().keys, "database": f"contract_{sha256(str(folder).encode()).hexdigest()[:16]}"}


def _snowflake_target(folder: Path) -> Target:
    keys = _snowflake_keys(folder)
    return Target("dev", "shop", "snowflake", SCHEMA, keys["database"], config=keys)


def _snowflake_reader(folder: Path) -> Callable[[str], Rows]:
    opened = Place(_snowflake_keys(folder), is_account=False).connection()
    connection = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)

    def read(sql: str) -> Rows:
        # the emulator has views in a list of their own, and there is the table that knows the runs
        sql = sql.replace("information_schema.tables", f"({_ALL}) as relations")
        return [tuple(row) for row in connection.cursor().execute(sql).fetchall()]

    return read


_ALL = """
    select table_name from information_schema.tables where lower(table_name) <> '_featsql_runs'
    union all select table_name from information_schema.views where lower(table_schema) <> 'information_schema'
"""
_DUCKDB_WORDS = "its SQL is DuckDB's own"
_NO_PLACES = "the emulator says what is wrong in DuckDB's words, without a place: tests/snowflake/test_errors.py"
_NO_CANCEL = "the emulator does not stop a statement: tests/snowflake/test_stopping.py"
_BY_ONE = "there each relation is published by a statement of its own (docs/adr/0011): tests/snowflake/test_cuts.py"
_OWN_TYPES = "types there have other names: tests/snowflake/test_engine.py"
_EMULATOR = "the emulator has no such names"
_SNOWFLAKE_ELSEWHERE = {
    **dict.fromkeys(("test_order_by_survives_in_tables", "test_types_are_found_from_the_whole_file"), _DUCKDB_WORDS),
    **dict.fromkeys(("test_readers_never_see_a_mixed_or_missing_set",), _BY_ONE),
    **dict.fromkeys(
        (
            "test_an_unknown_column_in_a_table",
            "test_an_unknown_column_in_a_view",
            "test_an_unknown_column_in_a_query",
            "test_places_count_characters_not_bytes",
            "test_a_value_that_cannot_be_cast_while_rows_are_read",
            "test_a_relation_that_is_missing",
            "test_what_cannot_be_published_leaves_all_as_it_was",
        ),
        _NO_PLACES,
    ),
    **dict.fromkeys(
        (
            "test_cancel_ends_a_query",
            "test_cancel_ends_a_build_that_leaves_nothing",
            "test_ctrl_c_ends_a_query",
            "test_ctrl_c_during_a_build_then_close",
            "test_ctrl_c_at_any_moment_neither_hangs_nor_mixes",
        ),
        _NO_CANCEL,
    ),
    **dict.fromkeys(
        (
            "test_columns_of_tables_and_views",
            "test_columns_of_a_view_whose_table_is_gone_is_an_error",
            "test_columns_of_frames",
            "test_a_seed_is_a_table_typed_as_declared_else_as_found",
            "test_rows_keep_their_order_and_quoted_text",
            "test_a_seed_without_rows",
        ),
        _OWN_TYPES,
    ),
    "test_names_and_paths_with_special_characters": _EMULATOR,
}

WAREHOUSES = {
    "duckdb": Warehouse(
        "duckdb",
        _duckdb_target,
        _duckdb_reader,
        slow="select count(*) as n from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3",
    ),
    "snowflake": Warehouse("snowflake", _snowflake_target, _snowflake_reader, slow="", elsewhere=_SNOWFLAKE_ELSEWHERE),
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
