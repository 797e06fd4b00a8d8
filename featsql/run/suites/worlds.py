"""Other worlds for a source: the same until t, as far as was known then, and different after. SQL in DuckDB's dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from featsql.base.sqltypes import base_name, is_integer
from featsql.dialects.duckdb import DUCKDB
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.run.suites.clocks import Clock

World = Literal["as it was", "nothing later", "another future", "another past"]
"""`nothing later`: what was not known at t is not there. `another future`: other rows, and late ones, in its place.
`another past`: half of what was known is not there; something has to change."""

WORLDS: Final[tuple[World, ...]] = ("nothing later", "another future")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES: Final = ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "DATETIME")
_MOST_NEW_ROWS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Sampled:
    """A source as it was sampled. `unique` are columns, not times, that have no value twice."""

    clock: Clock | None
    rows: TableName
    columns: tuple[Column, ...]
    unique: frozenset[str]


def known_times(source: Sampled) -> tuple[str, ...]:
    """The expressions over the source's rows that say when something of it becomes known."""
    if source.clock is None:
        return ()
    maker = _Maker(source, source.clock, "", "", "", 0)
    times = [_time(name) for name in dict.fromkeys(known for _, known in source.clock.parts)]
    return (*([maker.known()] if source.clock.has_rows_known_later else []), *times)


def stamp(us: int) -> str:
    moment = (_EPOCH + timedelta(microseconds=us)).replace(tzinfo=None)
    return f"timestamp '{moment.isoformat(sep=' ')}'"


def select_world(source: Sampled, world: World, t_us: int, seed: int, *, sees_now: bool) -> str:
    """The rows of the source in another world. `sees_now`: what becomes known at t itself counts as known then."""
    table = DUCKDB.table(source.rows)
    if source.clock is None or world == "as it was":
        return f"select * from {table}"
    after = ">" if sees_now else ">="
    maker = _Maker(source, source.clock, table, f"{after} {stamp(t_us)}", stamp(t_us), seed)
    match world:
        case "nothing later":
            return maker.nothing_later()
        case "another future":
            return maker.another_future()
        case "another past":
            return maker.another_past()


@dataclass(frozen=True, slots=True)
class _Maker:
    source: Sampled
    clock: Clock
    table: str
    after: str
    """The end of a condition: `>= TIME`."""
    t: str
    seed: int

    def nothing_later(self) -> str:
        where = f" where not {self._is_later()}" if self.clock.has_rows_known_later else ""
        return f"select *{self._replaced({c: 'null' for c, _ in self.clock.parts})} from {self.table}{where}"

    def another_past(self) -> str:
        half = f"{self._dice('rowid', 1)} % 2 = 0"
        if self.clock.has_rows_known_later:
            return f"select * from {self.table} where {self._is_later()} or {half}"
        cases = {c: f"case when {_time(known)} {self.after} or {half} then {_quoted(c)} end" for c, known in self.clock.parts}
        return f"select *{self._as_replacement(cases)} from {self.table}"

    def another_future(self) -> str:
        kept = f"select *{self._replaced(self._other_parts())} from {self.table}"
        if not self.clock.has_rows_known_later:
            return kept
        kept += f" where not {self._is_later()} or {self._dice('rowid', 2)} % 2 = 0"
        selects = [kept, self._later_copies()]
        if self.clock.known:
            selects.append(self._late_copies())
        return "\nunion all by name\n".join(f"({select})" for select in selects)

    def _other_parts(self) -> dict[str, str]:
        """Times that are later still, and values of other rows."""
        hours = f"to_hours(cast(1 + {self._dice('rowid', 3)} % 72 as bigint))"
        times = {c: f"{_quoted(c)} + {hours}" for c, known in self.clock.parts if c.lower() == known.lower()}
        other = f"over (order by {self._dice('rowid', 4)}, rowid)"
        values = {c: f"lag({_quoted(c)}) {other}" for c, known in self.clock.parts if c.lower() != known.lower()}
        return times | values

    def _later_copies(self) -> str:
        """Rows of any time, moved by whole days until they are known after t."""
        days = f"greatest(0, date_diff('day', {self.known()}, {self.t})) + 1 + {self._dice('rowid', 5)} % 7"
        return self._copies(days, {}, 6)

    def _late_copies(self) -> str:
        """Rows that happened before t, of which one learns after it."""
        event, known = self.clock.event, self.clock.known
        assert event and known
        days = f"date_diff('day', {_time(event)}, {self.t}) - 1 - {self._dice('rowid', 7)} % 7"
        late = f"{self.t} + to_minutes(cast(1 + {self._dice('rowid', 8)} % 3000 as bigint))"
        return self._copies(days, {known: f"cast({late} as {self._type(known)})"}, 9)

    def _copies(self, days: str, more: Mapping[str, str], salt: int) -> str:
        changed: dict[str, str] = {}
        for column in self.source.columns:
            name, kind = _quoted(column.name), base_name(column.type or "")
            if column.name in more:
                changed[column.name] = more[column.name]
            elif kind in _TIMES:
                changed[column.name] = f"cast({name} + to_days(cast({days} as integer)) as {column.type})"
            elif column.name in self.source.unique:
                changed[column.name] = self._fresh(column, salt)
        chosen = f"{self._dice('rowid', salt)} % 3 = 0 and {self.known()} is not null"
        return f"select *{self._as_replacement(changed)} from {self.table} where {chosen} limit {_MOST_NEW_ROWS}"

    def _fresh(self, column: Column, salt: int) -> str:
        """A value that no row has."""
        name = _quoted(column.name)
        if column.type and is_integer(column.type):
            most = f"(select max({name}) from {self.table})"
            return f"try_cast({most} + {salt} * 1000000 + row_number() over () as {column.type})"
        return f"{name} || '~{salt}'" if column.type in ("VARCHAR", "TEXT") else name

    def _replaced(self, by: Mapping[str, str]) -> str:
        """The parts that are known after t, changed so."""
        known = dict(self.clock.parts)
        return self._as_replacement(
            {c: f"case when {_time(known[c])} {self.after} then {new} else {_quoted(c)} end" for c, new in by.items()}
        )

    def _as_replacement(self, changed: Mapping[str, str]) -> str:
        items = ", ".join(f"{value} as {_quoted(name)}" for name, value in changed.items())
        return f" replace ({items})" if items else ""

    def _is_later(self) -> str:
        """A row that was not known at t. Without an event time or a known time it never is (R3, R4)."""
        return f"coalesce({self.known()} {self.after}, {'true' if self.clock.known else 'false'})"

    def known(self) -> str:
        assert self.clock.event
        event = _time(self.clock.event)
        if not self.clock.known:
            return f"{event} + to_microseconds({self.clock.delay_us})" if self.clock.delay_us else event
        known = _time(self.clock.known)
        return f"case when {known} is not null then greatest({event}, {known}) end"

    def _dice(self, row: str, salt: int) -> str:
        return f"hash({row}, {self.seed}, {salt})"

    def _type(self, name: str) -> str:
        return next(c.type for c in self.source.columns if c.name.lower() == name.lower() and c.type)


def _time(name: str) -> str:
    return f"cast({_quoted(name)} as timestamp)"


def _quoted(name: str) -> str:
    return DUCKDB.quote(name)


def unique_query(table: TableName, columns: Sequence[Column]) -> str | None:
    """One row: for each column that could be a number or name of a row, whether it is."""
    names = [c.name for c in columns if may_be_unique(c)]
    if not names:
        return None
    items = ", ".join(f"count(*) > 1 and count(distinct {_quoted(n)}) = count(*)" for n in names)
    return f"select {items} from {DUCKDB.table(table)}"


def may_be_unique(column: Column) -> bool:
    return bool(column.type) and (is_integer(column.type or "") or column.type in ("VARCHAR", "TEXT"))
