"""Snowflake as a target. https://docs.snowflake.com/

DDL commits at once there, so no transaction holds a run together. What a run builds stands aside under names of its own; a row
in the table of runs says what it is about to publish; then each table is replaced by a clone, which copies no row, and each view
by another, one statement each. A run that dies in between is finished by the next one, which finds that row.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final, assert_never

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import Text
from featsql.dialects.snowflake import SNOWFLAKE, literal
from featsql.engines import snowflake_loading as loading
from featsql.engines import snowflake_made as made
from featsql.engines.base import EngineError, Mode, PublishError
from featsql.engines.snowflake_aside import RUNS, aside, run_of
from featsql.engines.snowflake_errors import Lost
from featsql.engines.snowflake_results import columns
from featsql.engines.snowflake_session import Session
from featsql.ir.explanation import Measured
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.ir.project import Target
from featsql.ir.query import CreateTable, CreateView, LoadSeed, Query, Step

if TYPE_CHECKING:
    import pyarrow

_DEAD_AFTER_HOURS: Final = 24
"""A run of another machine that has not been seen for so long is dead; of this machine, one whose process is gone."""
_HERE: Final[set[str]] = set()
"""The runs of this process that go on."""


def connect(target: Target, root: str, mode: Mode) -> SnowflakeEngine:
    """Open a session. FS701."""
    session = Session(target)
    try:
        release = str(session.rows("select current_version()", again=True)[0][0])
    except EngineError as error:
        session.close()
        raise FeatsqlError(Diagnostic("FS701", error.message)) from error
    return SnowflakeEngine(session, target, release)


class SnowflakeEngine:
    """One session; see `Engine`. What a run builds stands where `snowflake_aside` says until it is published."""

    concurrency: Final = 1
    """Snowflake spreads one statement over all of its warehouse."""

    def __init__(self, session: Session, target: Target, release: str) -> None:
        self._session = session
        self._release = release
        self._target = target
        self._run_id = ""
        self._built: dict[TableName, Step] = {}

    def version(self) -> str:
        return f"Snowflake {self._release}"

    def columns(self, table: TableName) -> tuple[Column, ...] | None:
        try:
            return columns(self._session.described(f"select * from {self._name(table)} limit 0"))
        except EngineError as error:
            # what is missing may also be read by a view of that name
            if error.missing and self._key(table) not in self._relations(table.schema):
                return None
            raise

    def described(self, query: Query) -> tuple[Column, ...]:
        return columns(self._session.described(self._reading_aside(query.limited(0)).value))

    def frame_columns(self, frame: pyarrow.Table) -> tuple[Column, ...]:
        return loading.frame_columns(frame)

    # --- a run

    def begin(self, run_id: str) -> None:
        try:
            self._begin(run_id)
        except EngineError as error:
            raise FeatsqlError(Diagnostic("FS702", f"the run cannot begin: {error.message}")) from error

    def _begin(self, run_id: str) -> None:
        _HERE.discard(self._run_id)
        _HERE.add(run_id)
        self._run_id = run_id
        self._built = {}
        self._tag("begin")
        self._session.rows(f"create schema if not exists {self._schema(self._target.schema)}", again=True)
        self._session.rows(
            f"create table if not exists {self._runs} (run_id varchar, host varchar, pid bigint, seen_at timestamp_ntz, "
            "state varchar, relations varchar)",
            again=True,
        )
        self._sweep()
        self._session.rows(
            f"insert into {self._runs} select {literal(run_id)}, {literal(platform.node())}, {os.getpid()}, "
            "sysdate(), 'building', null"
        )

    def build(self, step: Step) -> int | None:
        self._tag(step.target.name, None if isinstance(step, LoadSeed) else step.storage.query_tag)
        self._session.rows(f"create schema if not exists {self._schema(step.target.schema)}", again=True)
        # noted before it is there: Ctrl-C may come in between
        self._built[step.target] = step
        name = self._aside(step)
        match step:
            case CreateTable():
                for statement in made.table(step, name, self._reading_aside(step.query)):
                    self._session.rows(statement, again=True)
                return self._count(name)
            case LoadSeed():
                return self._load(step, name)
            case CreateView():
                statement = Text.join((f"create or replace view {name} as\n", self._reading_aside(step.query)))
                self._session.rows(statement, again=True)
                return None
        assert_never(step)

    def publish(self, steps: Sequence[Step], records: Sequence[str] = ()) -> None:
        """One statement a relation, each of which can be repeated; tables first, so that views never read what is not there."""
        if not steps:
            self.discard()
            self.record(records)
            return
        ordered = sorted(steps, key=lambda step: isinstance(step, CreateView))
        step = ordered[0]
        shown = 0
        try:
            self._tag("publish")
            for step in ordered:
                self._check(step, ordered)
            intents = {"relations": [made.told(each).plain() for each in ordered], "records": [*records]}
            self._record("publishing", json.dumps(intents), unless="discarded")
            self._check_fence()
            for step in ordered:
                self._reveal(made.told(step), self._run_id)
                shown += 1
            self.record(records)
            self._record("published")
        except EngineError as error:
            self._built = {}
            raise PublishError(step, _half_way(error, shown, len(ordered))) from error
        built, self._built = self._built, {}
        with suppress(EngineError):
            # all is visible; what cannot be removed now is swept by the next run
            self._drop_aside(built.values())

    def discard(self) -> None:
        built, self._built = self._built, {}
        with suppress(Lost):
            # what cannot be removed now is swept by the next run
            self._drop_aside(built.values())
            if built:
                self._record("discarded")

    def record(self, statements: Sequence[str]) -> None:
        """One after the other: a transaction whose connection is lost would keep its locks for hours."""
        for statement in statements:
            self._session.rows(statement, again=not statement.startswith("insert "))

    def living(self) -> frozenset[str]:
        try:
            return frozenset(row[0] for row in self._unfinished() if not _is_dead(*row[:3], row[5]))
        except EngineError as error:
            if error.missing:
                return frozenset()
            raise

    def content(self, relation: TableName | str) -> str | None:
        """When the table was altered last; of a view that is not told."""
        if isinstance(relation, str):
            return None
        database = f"{SNOWFLAKE.quote(relation.database)}." if relation.database else ""
        found = self._session.rows(
            f"select to_varchar(row_count), to_varchar(last_altered) from {database}information_schema.tables "
            f"where lower(table_schema) = {literal(relation.schema.lower())} "
            f"and lower(table_name) = {literal(relation.name.lower())} "
            "and table_type = 'BASE TABLE'",
            again=True,
        )
        return " ".join(found[0]) if len(found) == 1 and None not in found[0] else None

    # --- queries

    def query(self, query: Query, frames: Mapping[str, pyarrow.Table] | None = None) -> pyarrow.Table:
        with self._frames(frames or {}):
            return self._session.table(self._reading_aside(query))

    def load(self, table: TableName, rows: pyarrow.Table) -> None:
        self._session.rows(f"create schema if not exists {self._schema(table.schema)}", again=True)
        self._send(self._name(table), rows, kind="transient table")

    def drop_schema(self, schema: str) -> None:
        self._session.rows(f"drop schema if exists {self._schema(schema)} cascade", again=True)

    def measure(self, tables: Sequence[tuple[str, Query]]) -> tuple[Measured, ...]:
        try:
            return tuple(self._measured(table, query) for table, query in tables)
        finally:
            for table, _ in tables:
                # one that was never made, or a warehouse that is gone
                with suppress(EngineError):
                    self._session.rows(f"drop table if exists {SNOWFLAKE.quote(table)}", again=True)

    def cancel(self) -> None:
        self._session.cancel()

    def close(self) -> None:
        with suppress(EngineError):
            # what cannot be removed now is swept by the next run
            self.discard()
        _HERE.discard(self._run_id)
        self._session.close()

    # --- inside

    def _tag(self, what: str, own: object = None) -> None:
        own = own or self._target.config.get("query_tag")
        told = {"app": "featsql", "project": self._target.profile, "target": self._target.name, "run": self._run_id, "node": what}
        self._session.tag(json.dumps({**told, "tag": own} if own else told))

    def _measured(self, table: str, query: Query) -> Measured:
        started = perf_counter()
        name = SNOWFLAKE.quote(table)
        self._session.rows(Text.join((f"create or replace temporary table {name} as\n", self._reading_aside(query))))
        return Measured(self._count(name), perf_counter() - started)

    def _count(self, name: str) -> int:
        return int(self._session.rows(f"select count(*) from {name}", again=True)[0][0])

    @contextmanager
    def _frames(self, frames: Mapping[str, pyarrow.Table]) -> Iterator[None]:
        names = [SNOWFLAKE.quote(name) for name in frames]
        try:
            for name, frame in zip(names, frames.values(), strict=True):
                self._send(name, frame, kind="temporary table")
            yield
        finally:
            for name in names:
                with suppress(EngineError):
                    self._session.rows(f"drop table if exists {name}", again=True)

    def _send(self, name: str, rows: pyarrow.Table, *, kind: str) -> None:
        told = loading.frame_columns(rows)
        self._session.rows(loading.created(name, told, kind=kind))
        for statement in loading.inserted(name, told, loading.frame_rows(rows)):
            self._session.rows(statement)

    def _load(self, step: LoadSeed, name: str) -> int:
        told = tuple(Column(column, type_) for column, type_ in step.columns)
        lines = loading.read_csv(step.path, [column.name for column in told])
        self._session.rows(loading.created(name, told, kind="transient table"), again=True)
        try:
            for statement in loading.inserted(name, told, iter(lines.values())):
                self._session.rows(statement)
        except EngineError as error:
            raise loading.with_line(error, lines) from error
        return len(lines)

    # --- names

    def _name(self, table: TableName) -> str:
        return SNOWFLAKE.table(table)

    def _schema(self, schema: str) -> str:
        parts = (self._target.database, schema)
        return ".".join(SNOWFLAKE.quote(part) for part in parts if part)

    @property
    def _runs(self) -> str:
        return self._name(TableName(self._target.schema, RUNS, self._target.database))

    def _aside(self, step: Step) -> str:
        return self._name(aside(step.target, self._run_id))

    def _reading_aside(self, query: Query) -> Text:
        return query.renamed({target: self._aside(step) for target, step in self._built.items()})

    def _key(self, table: TableName) -> tuple[str, str]:
        return (table.schema.lower(), table.name.lower())

    def _relations(self, *schemas: str) -> dict[tuple[str, str], str]:
        """Kinds of the relations of some schemas, by schema and name in lower case."""
        wanted = ", ".join(literal(schema.lower()) for schema in schemas)
        database = f"{SNOWFLAKE.quote(self._target.database)}." if self._target.database else ""
        found = self._session.rows(
            f"select table_schema, table_name, table_type from {database}information_schema.tables "
            f"where lower(table_schema) in ({wanted}) union all "
            f"select table_schema, table_name, 'VIEW' from {database}information_schema.views "
            f"where lower(table_schema) in ({wanted})",
            again=True,
        )
        return {(str(s).lower(), str(n).lower()): "view" if "VIEW" in str(kind) else "table" for s, n, kind in found}

    # --- publishing

    def _record(self, state: str, relations: str | None = None, run_id: str | None = None, unless: str | None = None) -> None:
        """What a run is about, for those that come after it; `unless`: nothing where it is in that state by now."""
        listed = f", relations = {literal(relations)}" if relations is not None else ""
        own = literal(run_id or self._run_id)
        changes = f"state = {literal(state)}, seen_at = sysdate(){listed}"
        still = f" and state <> {literal(unless)}" if unless else ""
        self._session.rows(f"update {self._runs} set {changes} where run_id = {own}{still}", again=True)

    def _check_fence(self) -> None:
        """A run that another one took for dead publishes nothing: what it built is swept, or somebody built on since."""
        found = self._session.rows(f"select state from {self._runs} where run_id = {literal(self._run_id)}", again=True)
        if ("publishing",) not in found:
            raise EngineError("another run took this one for dead, after a day without a sign of it; nothing was published")

    def _check(self, step: Step, shown: Sequence[Step]) -> None:
        """A view was bound against all that the run built: can it be made of what becomes visible alone?"""
        visible = {each.target: self._aside(each) for each in shown}
        if isinstance(step, CreateView) and len(visible) < len(self._built):
            checked = step.query.renamed(visible)
            self._session.rows(Text.join((f"create or replace view {self._aside(step)} as\n", checked)), again=True)

    def _reveal(self, told: made.Told, run_id: str) -> None:
        """Make one relation visible in place of what had its name; nothing where that was done."""
        target = TableName(told.schema, told.name, self._target.database)
        built = aside(target, run_id)
        there = self._relations(target.schema)
        if told.kind == "table" and self._key(built) not in there:
            return
        kind = there.get(self._key(target))
        if kind not in (None, told.kind):
            # grants go with what is dropped
            self._session.rows(f"drop {kind} if exists {self._name(target)}", again=True)
        for statement in told.statements(self._name(target), self._name(built)):
            self._session.rows(statement, again=True)

    def _drop_aside(self, steps: Iterable[Step]) -> None:
        for step in steps:
            kind = "view" if isinstance(step, CreateView) else "table"
            self._session.rows(f"drop {kind} if exists {self._aside(step)}", again=True)

    # --- what dead runs left

    def _sweep(self) -> None:
        """Finish what dead runs were publishing, and remove all that no living run owns."""
        alive: set[str] = set()
        schemas = {self._target.schema}
        for run_id, host, pid, state, intents, hours in self._unfinished():
            if not _is_dead(run_id, host, pid, hours):
                alive.add(run_id)
                continue
            if state == "publishing":
                intended = json.loads(intents)
                for told in (made.Told(**plain) for plain in intended["relations"]):
                    schemas.add(told.schema)
                    self._reveal(told, run_id)
                self.record(intended["records"])
            self._record("published" if state == "publishing" else "discarded", run_id=run_id)
        self._remove_leftovers(alive, schemas)

    def _unfinished(self) -> list[tuple[str, str, int, str, str, int]]:
        """Runs that have not ended: id, machine, process, what they are about, what they publish, hours since they were seen."""
        rows = self._session.rows(
            f"select run_id, host, pid, state, relations, datediff(hour, seen_at, sysdate()) from {self._runs} "
            "where state in ('building', 'publishing')",
            again=True,
        )
        return [(str(row[0]), str(row[1]), int(row[2]), str(row[3]), row[4], int(row[5] or 0)) for row in rows]

    def _remove_leftovers(self, alive: Container[str], schemas: Iterable[str]) -> None:
        for (schema, name), kind in self._relations(*schemas).items():
            run_id = run_of(name)
            if run_id is not None and run_id not in alive:
                written = SNOWFLAKE.table(TableName(schema, name, self._target.database))
                self._session.rows(f"drop {kind} if exists {written}", again=True)


def _half_way(error: EngineError, shown: int, all_of_them: int) -> EngineError:
    if not shown:
        return error
    message = f"{error.message}; {shown} of {all_of_them} relations are the new ones already, the next run finishes the rest"
    return EngineError(message, span=error.span)


def _is_dead(run_id: str, host: str, pid: int, hours: int) -> bool:
    if hours >= _DEAD_AFTER_HOURS:
        return True
    if host != platform.node():
        return False
    if pid == os.getpid():
        return run_id not in _HERE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        # it is there, and somebody else's
        return False
    return False
