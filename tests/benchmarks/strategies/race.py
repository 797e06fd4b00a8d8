"""Plans for the same rows, run in turn on one connection; rows are compared before any time counts."""

from __future__ import annotations

import statistics
import threading
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

import duckdb

from tests.benchmarks.strategies.shapes import SPINE_COLUMNS

Kind = Literal["automatic", "pinned", "by hand", "peer"]

RELATIVE_ERROR = 1e-9
"""How far sums of DOUBLE may differ: n roundings of positive numbers, for the largest windows of any shape."""

_REFERENCE, _RESULT = "reference_rows", "result_rows"
_ROW = SPINE_COLUMNS[0][0]


@dataclass(slots=True)
class Entry:
    """One plan in a race and what became of it."""

    kind: Kind
    name: str
    sql: str
    strategies: tuple[str, ...] = ()
    """Those that give this very SQL when they are pinned."""
    seconds: list[float] = field(default_factory=list)
    over_limit: float | None = None
    wrong: str = ""
    """How its rows differ from those of the first entry."""

    @property
    def median(self) -> float | None:
        return statistics.median(self.seconds) if self.seconds and not self.wrong else None


def race(connection: duckdb.DuckDBPyConnection, entries: list[Entry], runs: int, limit: float) -> None:
    """Run the entries one after the other, `runs` times. One that is stopped at `limit` seconds or is wrong runs no more."""
    known = False
    for turn in range(runs):
        for entry in entries:
            if entry.over_limit is not None or entry.wrong:
                continue
            spent = _create(connection, entry.sql, limit)
            if spent is None:
                entry.over_limit = limit
                continue
            entry.seconds.append(spent)
            if not known:
                connection.execute(f"create or replace temp table {_REFERENCE} as from {_RESULT}")
                known = True
            elif turn == 0:
                entry.wrong = differences(connection)
    for table in (_REFERENCE, _RESULT):
        connection.execute(f"drop table if exists {table}")


def check(connection: duckdb.DuckDBPyConnection, reference: str, sql: str) -> str:
    """How the rows of one query differ from those of another; empty if they do not."""
    connection.execute(f"create or replace temp table {_REFERENCE} as {reference}")
    connection.execute(f"create or replace temp table {_RESULT} as {sql}")
    return differences(connection)


def differences(connection: duckdb.DuckDBPyConnection) -> str:
    expected, found = (_types(connection, table) for table in (_REFERENCE, _RESULT))
    if set(expected) != set(found):
        return f"other columns: {', '.join(sorted(set(expected) ^ set(found)))}"
    columns = [column for column in expected if column != _ROW]
    counts = ", ".join(f"count(*) filter ({_differs(column, expected[column])})" for column in columns)
    extra = "count(*) - (select count(*) from {0}), count(*) - count(distinct r.{1})"
    joined = f"from {_REFERENCE} as e full join {_RESULT} as r on e.{_ROW} = r.{_ROW}"
    row = connection.execute(f"select {extra.format(_REFERENCE, _ROW)}, {counts} {joined}").fetchall()[0]
    told = [f"{count:,} {what}" for count, what in zip(row[:2], ("rows too many", "rows repeated or lost"), strict=True) if count]
    told += [f"{count:,} rows differ in {column}" for count, column in zip(row[2:], columns, strict=True) if count]
    return "; ".join(told)


def _differs(column: str, type_name: str) -> str:
    differs = f"e.{column} is distinct from r.{column}"
    if type_name != "DOUBLE":
        return differs
    return f"{differs} and (abs(e.{column} - r.{column}) <= {RELATIVE_ERROR} * abs(e.{column})) is not true"


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {name: str(type_name) for name, type_name, *_ in connection.execute(f"describe {table}").fetchall()}


def _create(connection: duckdb.DuckDBPyConnection, sql: str, limit: float) -> float | None:
    """Seconds that it takes to make a table of a query's rows; None when it was stopped."""
    stop = threading.Timer(limit, connection.interrupt)
    started = perf_counter()
    stop.start()
    try:
        connection.execute(f"create or replace temp table {_RESULT} as {sql}")
    except duckdb.InterruptException:
        return None
    finally:
        stop.cancel()
    return perf_counter() - started
