"""How the SQL of one technique for one view becomes a training set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import DAYS, Feature, Function, View

SPINE_ROW = "s.row_id, s.customer, s.asked_at"
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """What the writer of SQL by hand has looked up in the data: by table, no customer has more rows in the longest window."""

    most_rows: Mapping[str, int]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> Facts:
        return cls({table: _most_rows(connection, table) for table in tables})


@dataclass(frozen=True, slots=True)
class Technique:
    """`sql` gives a SELECT with the spine's columns and the view's features, one row per row of the spine."""

    name: str
    functions: frozenset[Function]
    sql: Callable[[View, Facts], str]


@dataclass(frozen=True, slots=True)
class Plan:
    """Techniques that can do all of a workload's features between them; each does what those before it cannot."""

    techniques: tuple[Technique, ...]

    @property
    def name(self) -> str:
        return "; ".join(technique.name for technique in self.techniques)


def over_views(plan: Plan, views: tuple[View, ...], facts: Facts) -> str:
    """The training set: one technique's SELECT as it is, several joined by the spine's row."""
    parts = [(view, technique) for whole in views for technique, view in _shared_out(plan, whole)]
    if len(parts) == 1:
        view, technique = parts[0]
        return technique.sql(view, facts)
    ctes = ",\n".join(f"part_{n} as (\n{technique.sql(view, facts)}\n)" for n, (view, technique) in enumerate(parts))
    columns = ", ".join(f"part_{n}.{feature.name}" for n, (view, _) in enumerate(parts) for feature in view.features)
    joins = "\n".join(f"left join part_{n} on s.row_id = part_{n}.row_id" for n in range(len(parts)))
    return f"with {ctes}\nselect {SPINE_ROW}, {columns}\nfrom {SPINE} as s\n{joins}"


def edges(times: str) -> str:
    """Where windows end and begin: each spine row at its own time and once for each window, as microseconds."""
    ends = ", ".join(str(days * DAY_US) for days in (0, *DAYS))
    numbers = ", ".join(str(days) for days in (0, *DAYS))
    return (
        f"select row_id, customer, unnest([{numbers}]) as days, {times}epoch_us(asked_at) - {times}unnest([{ends}]) as edge\n"
        f"from {SPINE}"
    )


def columns_of(features: tuple[Feature, ...]) -> tuple[str, ...]:
    """The columns that features read, each once."""
    return tuple(dict.fromkeys(feature.column for feature in features if feature.column))


def listed(columns: tuple[str, ...]) -> str:
    """The columns at the end of a list that has others."""
    return "".join(f", {column}" for column in columns)


def _shared_out(plan: Plan, view: View) -> list[tuple[Technique, View]]:
    shares, left = [], view.features
    for technique in plan.techniques:
        mine = tuple(feature for feature in left if feature.function in technique.functions)
        left = tuple(feature for feature in left if feature not in mine)
        shares += [(technique, View(view.name, view.table, mine))] if mine else []
    assert not left, f"{plan.name} cannot compute {left}"
    return shares


def _most_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Twice the most rows of a customer in a stretch of the longest window's length: a window meets two stretches at most."""
    stretch = f"epoch_us(happened_at) // {max(DAYS) * DAY_US}"
    counts = f"select count(*) as rows_there from {table} group by customer, {stretch}"
    return 2 * int(connection.execute(f"select max(rows_there) from ({counts})").fetchall()[0][0])
