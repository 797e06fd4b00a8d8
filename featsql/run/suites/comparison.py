"""Two tables of one shape in the sandbox, row by row and value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from featsql.dialects.duckdb import DUCKDB
from featsql.emit.equality import differs
from featsql.engines.duckdb_sandbox import Sandbox
from featsql.ir.graph import TableName
from featsql.ir.model import Column

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Compared:
    """`values` were looked at; `differing` are not the same. `rows` show some: the keys, the column, one value, the other.

    `columns`: how many differ in each that has any; `alone`: rows that are in one of them only.
    """

    values: int = 0
    differing: int = 0
    rows: tuple[tuple[str | None, ...], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    alone: int = 0

    def __add__(self, other: Compared) -> Compared:
        rows = (*self.rows, *other.rows)[:_SHOWN]
        columns = Counter(dict(self.columns)) + Counter(dict(other.columns))
        alone = self.alone + other.alone
        return Compared(self.values + other.values, self.differing + other.differing, rows, tuple(columns.items()), alone)


def compare(
    sandbox: Sandbox,
    one: TableName,
    other: TableName,
    keys: Sequence[str],
    columns: Sequence[Column],
    shown_of_each: int = _SHOWN,
    most_shown: int = _SHOWN,
) -> Compared:
    """By `keys`, which tell rows apart in both. A row that is in one of them alone differs once."""
    left, right = DUCKDB.table(one), DUCKDB.table(other)
    on = " and ".join(f"one.{_q(k)} is not distinct from other.{_q(k)}" for k in keys) or "true"
    source = f"(select *, 1 as _there from {left}) as one full join (select *, 1 as _there from {right}) as other on {on}"
    alone = "one._there is null or other._there is null"
    counts = ", ".join(
        ["count(*)", f"count(*) filter (where {alone})", *(f"count(*) filter (where {_differs(c)})" for c in columns)]
    )
    rows, lonely, *differing = (int(c[0].as_py()) for c in sandbox.query(f"select {counts} from {source}").columns)
    shown: list[tuple[str | None, ...]] = []
    if lonely:
        shown += _rows(sandbox, keys, source, alone, "(the row)", "one._there = 1", "other._there = 1", shown_of_each)
    for column, count in zip(columns, differing, strict=True):
        if count and len(shown) < most_shown:
            values = (f"one.{_q(column.name)}", f"other.{_q(column.name)}")
            shown += _rows(sandbox, keys, source, _differs(column), column.name, *values, shown_of_each)
    by_column = tuple((column.name, count) for column, count in zip(columns, differing, strict=True) if count)
    return Compared(rows * len(columns), lonely + sum(differing), tuple(shown[:most_shown]), by_column, lonely)


def _rows(
    sandbox: Sandbox, keys: Sequence[str], source: str, where: str, name: str, one: str, other: str, limit: int
) -> Iterator[tuple[str | None, ...]]:
    found = [f"cast(coalesce(one.{_q(k)}, other.{_q(k)}) as varchar)" for k in keys]
    items = ", ".join([*found, DUCKDB.literal(name), f"cast({one} as varchar)", f"cast({other} as varchar)"])
    table = sandbox.query(f"select {items} from {source} where {where} order by all limit {limit}")
    yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _differs(column: Column) -> str:
    """Of a row that is in both."""
    name = _q(column.name)
    return f"one._there = 1 and other._there = 1 and {differs(f'one.{name}', f'other.{name}', column.type)}"


def _q(name: str) -> str:
    return DUCKDB.quote(name)
