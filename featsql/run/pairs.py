"""Two tables of one shape: rows in both, values that differ, how NULLs and distributions moved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from featsql.base.spans import Text
from featsql.datatests.distribution import is_number, psi
from featsql.dialects import DIALECTS
from featsql.emit.equality import differs
from featsql.engines.base import Engine
from featsql.ir.changes import ColumnChange, Values
from featsql.ir.query import Query
from featsql.ir.testing import Sample

if TYPE_CHECKING:
    import pyarrow

SHOWN: Final = 5
_PERCENTS: Final = tuple(range(101))
_THEN, _NOW = "featsql_then", "featsql_now"


@dataclass(slots=True)
class Pair:
    """Arrow tables `was` and `now`, that the comparison reads as tables of a warehouse.

    `keys` tell rows apart in both; `identity` are those, in lower case, that tell people which row it is. Columns `apart`
    are not compared.
    """

    engine: Engine
    dialect: str
    was: pyarrow.Table
    now: pyarrow.Table
    keys: Sequence[str]
    identity: Collection[str]
    apart: Collection[str] = ()

    @property
    def _rows(self) -> Mapping[str, pyarrow.Table]:
        return {_THEN: self.was, _NOW: self.now}

    def values(self) -> Values:
        """Rows and values that are not the same. EngineError; Cancelled."""
        joined, columns = self._joined()
        wrong = [_differs(number, type_name) for number, (_, type_name) in enumerate(columns)]
        row = self._counted(joined, columns, wrong)
        before, after, both = (int(value or 0) for value in row[:3])
        found: list[ColumnChange] = []
        for (name, _), (changed, known, known_now, was, now) in zip(columns, _fives(row[3:]), strict=True):
            shares = (1 - int(known) / before if before else 0.0, 1 - int(known_now) / after if after else 0.0)
            moved = psi([float(p) for p in was], [float(p) for p in now]) if changed and was and now else None
            found.append(ColumnChange(name, int(changed or 0), *shares, moved))
        return Values(before, after, both, tuple(found), self._sample(joined, wrong, found))

    def _counted(self, joined: Query, columns: Sequence[tuple[str, str | None]], wrong: Sequence[str]) -> list[Any]:
        """Rows before, now and in both; of each column those that differ, those known before and now, percentiles."""
        items = ["count(was_there)", "count(is_there)", "sum(case when was_there = 1 and is_there = 1 then 1 else 0 end)"]
        percents = ", ".join(str(percent / 100) for percent in _PERCENTS)
        for number, (_, type_name) in enumerate(columns):
            was, now = f"was_{number}", f"now_{number}"
            items += [f"sum(case when {wrong[number]} then 1 else 0 end)", f"count({was})", f"count({now})"]
            # elsewhere a percentile each would be a sort each
            has_psi = is_number(type_name) and self.dialect == "duckdb"
            items += [f"quantile_disc(cast({c} as double), [{percents}])" if has_psi else "null" for c in (was, now)]
        found = self.engine.query(joined.around(f"select {', '.join(items)} from (\n", "\n) as pair"), self._rows)
        return [column[0].as_py() for column in found.columns]

    def _joined(self) -> tuple[Query, list[tuple[str, str | None]]]:
        """Both sides side by side, and the columns that both have."""
        was = {c.name.lower(): c.type for c in self.engine.frame_columns(self.was)}
        not_compared = {name.lower() for name in (*self.keys, *self.apart)}
        columns: list[tuple[str, str | None]] = []
        items = [f"coalesce(now.{self._q(k)}, was.{self._q(k)}) as key_{i}" for i, k in enumerate(self.keys)]
        for column in self.engine.frame_columns(self.now):
            if column.name.lower() not in was or column.name.lower() in not_compared:
                continue
            is_same = was[column.name.lower()] == column.type
            name, number = self._q(column.name), len(columns)
            shape = "{0}.{1} as {0}_{2}" if is_same else "cast({0}.{1} as varchar) as {0}_{2}"
            items += [shape.format(side, name, number) for side in ("was", "now")]
            columns.append((column.name, column.type if is_same else None))
        items += ["was.there as was_there", "now.there as is_there"]
        on = " and ".join(f"was.{self._q(k)} is not distinct from now.{self._q(k)}" for k in self.keys) or "true"
        text = f"select {', '.join(items)}\nfrom (select *, 1 as there from {self._q(_THEN)}) as was\n"
        text += f"full join (select *, 1 as there from {self._q(_NOW)}) as now on {on}"
        return Query((Text.generated(text),), self.dialect), columns

    def _sample(self, joined: Query, wrong: Sequence[str], found: Sequence[ColumnChange]) -> Sample | None:
        changed = [(number, column.name) for number, column in enumerate(found) if column.changed][:SHOWN]
        if not changed:
            return None
        shown = [(i, key) for i, key in enumerate(self.keys) if key.lower() in self.identity]
        selects: list[str] = []
        for number, name in changed:
            items = [*(f"key_{i}" for i, _ in shown), DIALECTS[self.dialect].literal(name), f"was_{number}", f"now_{number}"]
            listed = ", ".join(f"cast({item} as varchar) as c{i}" for i, item in enumerate(items))
            some = f"select {listed} from pair where {wrong[number]} order by {_numbers(items)} limit {SHOWN}"
            selects.append(f"select * from ({some}) as some_{len(selects)}")
        table = self.engine.query(joined.around("with pair as (\n", f"\n)\n{' union all '.join(selects)}"), self._rows)
        rows = tuple(zip(*(values.to_pylist() for values in table.columns), strict=True))
        return Sample((*(key for _, key in shown), "feature", "before", "now"), rows, sum(column.changed for column in found))

    def _q(self, name: str) -> str:
        return DIALECTS[self.dialect].quote(name)


def _fives(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + 5] for start in range(0, len(values), 5))


def _numbers(items: Sequence[object]) -> str:
    return ", ".join(str(number) for number in range(1, len(items) + 1))


def _differs(number: int, type_name: str | None) -> str:
    """Of a row that is in both."""
    return f"was_there = 1 and is_there = 1 and {differs(f'was_{number}', f'now_{number}', type_name)}"
