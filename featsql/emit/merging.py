"""A table that is there and the rows that it takes in, as one query: columns meet by name, never by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from featsql.base.spans import Text
from featsql.dialects.base import Dialect
from featsql.emit.binding import Binding, bind
from featsql.ir.model import Column
from featsql.ir.query import Query

THERE = '"ref:there"'
CHANGES = '"ref:changes"'


@dataclass(frozen=True, slots=True)
class Filled:
    """A column of the table to be; `kept` and `changed` are its SQL for the rows that stay and for those that come."""

    name: str
    kept: str
    changed: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """Which rows leave a table as others come: those of the same `keys`, and those that meet `condition` (over `kept`)."""

    keys: tuple[str, ...] = ()
    condition: str = ""


def nothing(column: Column, dialect: Dialect) -> str:
    """NULL of a column's type."""
    return f"cast(null as {dialect.type_name(column.type)})" if column.type else "null"


def statements(there: Text, changes: Binding, columns: Sequence[Filled], leaving: Leaving, dialect: Dialect) -> tuple[Query, ...]:
    """What makes a table into `merged`, in one transaction, where it has all of the columns."""
    bound = {"ref:there": there, "ref:changes": changes}
    made: list[str] = []
    names = [dialect.quote(key) for key in leaving.keys]
    if names:
        matches = " and ".join(f"kept.{name} is not distinct from replaced.{name}" for name in names)
        keys = f"(select distinct {', '.join(names)} from {CHANGES} as changes)"
        made.append(f"delete from {THERE} as kept using {keys} as replaced where {matches}")
    if leaving.condition:
        made.append(f"delete from {THERE} as kept where {leaving.condition}")
    into = ", ".join(dialect.quote(column.name) for column in columns)
    came = ", ".join(column.changed for column in columns)
    made.append(f"insert into {THERE} ({into}) select {came} from {CHANGES} as changes")
    return tuple(bind(Text.generated(text), bound, dialect.name) for text in made)


def merged(there: Text, changes: Binding, columns: Sequence[Filled], leaving: Leaving, dialect: Dialect) -> Query:
    """The table with its changes. Grain: one row per row that stays, and one per row of `changes`.

    A NULL key is the key of other NULL keys: what was taken in once is replaced, not doubled.
    """
    kept = ",\n    ".join(f"{column.kept} as {dialect.quote(column.name)}" for column in columns)
    came = ",\n    ".join(f"{column.changed} as {dialect.quote(column.name)}" for column in columns)
    names = [dialect.quote(key) for key in leaving.keys]
    join, conditions = "", []
    if names:
        keys = ", ".join(f"{name} as key_{i}" for i, name in enumerate(names))
        matches = " and ".join(f"kept.{name} is not distinct from replaced.key_{i}" for i, name in enumerate(names))
        join = f"\nleft join (select distinct {keys}, true as is_replaced from {CHANGES}) as replaced\n    on {matches}"
        conditions.append("replaced.is_replaced is null")
    if leaving.condition:
        conditions.append(f"({leaving.condition}) is not true")
    where = f"\nwhere {' and '.join(conditions)}" if conditions else ""
    text = (
        f"-- the rows that stay\nselect\n    {kept}\nfrom {THERE} as kept{join}{where}\n"
        f"union all\n-- the rows that come\nselect\n    {came}\nfrom {CHANGES} as changes"
    )
    return bind(Text.generated(text), {"ref:there": there, "ref:changes": changes}, dialect.name)
