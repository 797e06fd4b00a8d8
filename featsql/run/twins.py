"""One relation as two warehouses have it, value by value, whatever each of them calls its types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from featsql.base.sqltypes import base_name, decimal_scale, is_decimal, is_float, is_integer
from featsql.dialects.duckdb import DUCKDB
from featsql.engines.duckdb_sandbox import Sandbox
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.run.suites.comparison import Compared, compare

if TYPE_CHECKING:
    import pyarrow

_OF_EACH: Final = 3
_SHOWN: Final = 20
_NUMBER: Final = "_featsql_number"
_SIDES: Final = (TableName("main", "one"), TableName("main", "other"))


@dataclass(frozen=True, slots=True)
class Twins:
    """`rows` of the first. `unlike`: why some columns cannot be compared. One of them lacks it, or has it of another type."""

    rows: int
    compared: Compared
    unlike: tuple[str, ...]
    identity: tuple[str, ...]
    """The columns that told the rows apart."""

    @property
    def differing(self) -> int:
        return self.compared.differing + len(self.unlike)


def compare_twins(one: pyarrow.Table, other: pyarrow.Table, identity: Sequence[str], names: tuple[str, str]) -> Twins:
    """Rows belong together by the columns `identity`, in which floating point numbers count as values; rows that are equal
    in all of these are paired in order. Values are equal as everywhere (`emit.equality`). `names` are those of the sides.
    """
    sandbox = Sandbox()
    try:
        for table, frame in zip(_SIDES, (one, other), strict=True):
            sandbox.load(table, frame.rename_columns([name.lower() for name in frame.column_names]))
        return _compared(sandbox, one, other, [name.lower() for name in identity], names)
    finally:
        sandbox.close()


def _compared(
    sandbox: Sandbox, one: pyarrow.Table, other: pyarrow.Table, identity: Sequence[str], names: tuple[str, str]
) -> Twins:
    here, there = (_types(sandbox, table) for table in _SIDES)
    unlike: list[str] = []
    shared: list[Column] = []
    for name in dict.fromkeys((*here, *there)):
        found, wanted = here.get(name), there.get(name)
        if found is None or wanted is None:
            unlike.append(f"`{name}` is on `{names[0] if found else names[1]}` alone")
        elif kind := _in_common(found, wanted):
            shared.append(Column(name, kind))
        else:
            unlike.append(f"`{name}` is {found} on `{names[0]}`, {wanted} on `{names[1]}`")
    keys = [c.name for c in shared if c.name in identity and not is_float(c.type or "")]
    if {name for name in identity if name in here} != {c.name for c in shared if c.name in identity}:
        # without its keys, no row can be told
        return Twins(one.num_rows, Compared(), tuple(unlike), tuple(keys))
    for table, types in zip(_SIDES, (here, there), strict=True):
        sandbox.keep(table, _numbered(table, types, shared, keys, identity))
    columns = [c for c in shared if c.name not in keys]
    compared = compare(sandbox, *_SIDES, [*keys, _NUMBER], columns, _OF_EACH, _SHOWN)
    rows = tuple((*row[: len(keys)], *row[len(keys) + 1 :]) for row in compared.rows)
    return Twins(one.num_rows, replace(compared, rows=rows), tuple(unlike), tuple(keys))


def _types(sandbox: Sandbox, table: TableName) -> dict[str, str]:
    described = sandbox.query(f"describe {DUCKDB.table(table)}")
    return dict(zip(described.column(0).to_pylist(), described.column(1).to_pylist(), strict=True))


def _numbered(
    table: TableName, types: Mapping[str, str], shared: Sequence[Column], keys: Sequence[str], identity: Sequence[str]
) -> str:
    """The rows in types that both have; those of the same keys are numbered."""
    items = ", ".join(f"{_cast(c, types[c.name])} as {DUCKDB.quote(c.name)}" for c in shared)
    by = ", ".join(map(DUCKDB.quote, keys))
    order = ", ".join(DUCKDB.quote(name) for name in identity if name in types)
    window = " ".join(filter(None, (f"partition by {by}" if by else "", f"order by {order}" if order else "")))
    return f"select *, row_number() over ({window}) as {_NUMBER} from (select {items} from {DUCKDB.table(table)}) as typed"


def _cast(column: Column, type_name: str) -> str:
    name, kind = DUCKDB.quote(column.name), column.type or ""
    if type_name == kind:
        return name
    if kind.endswith("[]") and not type_name.endswith("[]"):
        return f"cast(cast({name} as json) as {kind})"
    return f"cast({name} as {kind})"


def _in_common(one: str, other: str) -> str | None:
    """A type that holds the values of both: numbers of one sort may differ in their width, and a list may come as JSON.

    >>> _in_common("INTEGER", "DECIMAL(38,0)"), _in_common("INTEGER[]", "VARCHAR"), _in_common("DATE", "VARCHAR")
    ('HUGEINT', 'INTEGER[]', None)
    """
    if one == other:
        return one
    if _is_whole(one) and _is_whole(other):
        return "HUGEINT"
    if is_decimal(one) and is_decimal(other):
        return f"DECIMAL(38,{max(decimal_scale(one), decimal_scale(other))})"
    if is_float(one) and is_float(other):
        return "DOUBLE"
    lists = [name for name in (one, other) if name.endswith("[]")]
    if lists and base_name(other if one in lists else one) in ("VARCHAR", "JSON"):
        return lists[0]
    kinds = {base_name(one), base_name(other)}
    if all(kind.startswith("TIMESTAMP") for kind in kinds) and len({_has_zone(one), _has_zone(other)}) == 1:
        return "TIMESTAMPTZ" if _has_zone(one) else "TIMESTAMP"
    return "VARCHAR" if kinds == {"VARCHAR", "JSON"} else None


def _is_whole(name: str) -> bool:
    return not name.endswith("[]") and (is_integer(name) or (is_decimal(name) and not decimal_scale(name)))


def _has_zone(name: str) -> bool:
    return "ZONE" in name or "TZ" in name
