"""DuckDB as a target. https://duckdb.org/docs/stable/"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING, Final, assert_never
from weakref import WeakValueDictionary

import duckdb

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import Text
from featsql.dialects.duckdb import DUCKDB
from featsql.engines import duckdb_seed
from featsql.engines.base import EngineError, Mode, PublishError
from featsql.engines.duckdb_aside import aside, is_aside
from featsql.engines.duckdb_errors import AHEAD
from featsql.engines.duckdb_open import MEMORY, Options, in_use, open_file, options
from featsql.engines.duckdb_session import Row, Session
from featsql.ir.explanation import Measured
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.ir.project import Target
from featsql.ir.query import ChangeTable, CreateTable, CreateView, LoadSeed, Query, Step

if TYPE_CHECKING:
    import pyarrow

_FRAME: Final = "_featsql_frame"
_RELATIONS: Final = """
select lower(schema_name), lower(table_name), 'table' from duckdb_tables() where database_name = current_database()
union all
select lower(schema_name), lower(view_name), 'view' from duckdb_views() where database_name = current_database() and not internal
"""
_WRITERS: Final[WeakValueDictionary[str, DuckdbEngine]] = WeakValueDictionary()
"""By path: DuckDB keeps other processes out of a file, and this keeps out other runs in the same process."""


def connect(target: Target, root: str, mode: Mode) -> DuckdbEngine:
    """Open the target's file. FS701, FS703."""
    opts = options(target, root)
    if mode == "write" and opts.path in _WRITERS:
        raise FeatsqlError(in_use(opts.shown, "another run of this process"))
    engine = DuckdbEngine(Session(open_file(opts, mode)), opts.path)
    try:
        _check_names(engine.database(), target, opts)
    except FeatsqlError:
        engine.close()
        raise
    if mode == "write" and opts.path != MEMORY:
        _WRITERS[opts.path] = engine
    return engine


def _check_names(database: str, target: Target, opts: Options) -> None:
    """FS701 where the name that DuckDB gives the database does not fit the target's: it is the file's, without its ending."""
    if target.database and target.database.lower() != database.lower():
        message = f"the database in `{opts.shown}` is called `{database}`, not `{target.database}`"
        hints = (f"say `database: {database}`, or leave `database` out",)
        raise FeatsqlError(Diagnostic("FS701", message, hints=hints))
    if database.lower() == target.schema.lower() and not target.database and database.lower() != "main":
        message = f"the file `{opts.shown}` and the schema `{target.schema}` have one name, which DuckDB cannot tell apart"
        raise FeatsqlError(Diagnostic("FS701", message, hints=("give the file or the schema another name",)))


class DuckdbEngine:
    """One DuckDB file; see `Engine`. What a run builds stands where `duckdb_aside` says until it is published."""

    concurrency: Final = 1
    """DuckDB spreads one statement over all threads."""

    def __init__(self, session: Session, path: str) -> None:
        self._session = session
        self._path = path
        self._run_id = ""
        self._built: dict[TableName, Step] = {}

    def version(self) -> str:
        return f"DuckDB {duckdb.__version__}"

    def database(self) -> str:
        """The name that DuckDB gives to what is open."""
        return str(self._session.rows("select current_database()")[0][0])

    def columns(self, table: TableName) -> tuple[Column, ...] | None:
        try:
            return _columns(self._session.rows(f"describe {DUCKDB.table(table)}"))
        except EngineError as error:
            # what is missing may also be read by a view of that name
            if error.missing and _key(table) not in self._relations():
                return None
            raise

    def described(self, query: Query) -> tuple[Column, ...]:
        return _columns(self._session.rows(Text.join((AHEAD, "describe ", self._reading_aside(query)))))

    def frame_columns(self, frame: pyarrow.Table) -> tuple[Column, ...]:
        with self._session.registered({_FRAME: frame}):
            return _columns(self._session.rows(f"describe {_FRAME}"))

    def begin(self, run_id: str) -> None:
        self._run_id = run_id
        self._built = {}
        # whoever made these is gone: one process, and one run in it, can have the file open
        for (schema, name), kind in self._relations().items():
            if is_aside(name):
                self._session.rows(f"drop {kind} {DUCKDB.table(TableName(schema, name))}")

    def build(self, step: Step) -> int | None:
        schema = DUCKDB.quote(step.target.schema)
        self._session.rows(f"create schema if not exists {schema}")
        # noted before it is there: Ctrl-C may come in between
        self._built[step.target] = step
        match step:
            case ChangeTable() if self._relations().get(_key(step.target)) == "table":
                self._create_view(self._aside(step), self._reading_aside(step.query))
                return None
            case CreateTable():
                # one that has no table to change is made like any other
                self._built[step.target] = CreateTable(step.target, step.query)
                return self._create_table(step, self._reading_aside(step.query))
            case LoadSeed():
                return self._load(step)
            case CreateView():
                self._create_view(self._aside(step), self._reading_aside(step.query))
                return None
        assert_never(step)

    def publish(self, steps: Sequence[Step], records: Sequence[str] = ()) -> None:
        """In one transaction, by renaming tables: no row is copied, and a reader sees all of the old or all of the new."""
        if not steps:
            self.discard()
            self.record(records)
            return
        # views last: what they read has its name by then
        ordered = sorted(steps, key=lambda step: isinstance(step, CreateView))
        step = ordered[0]
        try:
            with self._transaction():
                existing = self._relations()
                for step in ordered:
                    self._reveal(step, existing.get(_key(step.target)))
                shown = {step.target for step in steps}
                self._drop_aside(step for target, step in self._built.items() if target not in shown)
                for statement in records:
                    self._session.rows(statement)
        except EngineError as error:
            raise PublishError(step, error) from error
        self._built = {}

    def discard(self) -> None:
        self._drop_aside(self._built.values())
        self._built = {}

    def record(self, statements: Sequence[str]) -> None:
        if statements:
            with self._transaction():
                for statement in statements:
                    self._session.rows(statement)

    def living(self) -> frozenset[str]:
        """None: one process, and one run in it, can have the file open."""
        return frozenset()

    def content(self, relation: TableName | str) -> str | None:
        """Its columns, how many rows, and the sum of their hashes: one scan, in any order."""
        read = relation if isinstance(relation, str) else DUCKDB.table(relation)
        columns = [(c.name, c.type) for c in _columns(self._session.rows(f"describe select * from {read}"))]
        # the columns one by one: a row by its alias is a column of that name where there is one
        count, hashes = self._session.rows(f"select count(*), sum(hash(*columns(*))) from {read}")[0]
        return f"{columns} {count} {hashes}"

    def query(self, query: Query, frames: Mapping[str, pyarrow.Table] | None = None) -> pyarrow.Table:
        with self._session.registered(frames or {}):
            return self._session.table(Text.join((AHEAD, self._reading_aside(query))))

    def load(self, table: TableName, rows: pyarrow.Table) -> None:
        self._session.rows(f"create schema if not exists {DUCKDB.quote(table.schema)}")
        with self._session.registered({_FRAME: rows}):
            self._session.rows(f"create or replace table {DUCKDB.table(table)} as from {_FRAME}")

    def drop_schema(self, schema: str) -> None:
        self._session.rows(f"drop schema if exists {DUCKDB.quote(schema)} cascade")

    def measure(self, tables: Sequence[tuple[str, Query]]) -> tuple[Measured, ...]:
        try:
            return tuple(self._measured(table, query) for table, query in tables)
        finally:
            for table, _ in tables:
                # one that was never made, or a warehouse that is gone
                with suppress(EngineError):
                    self._session.rows(f"drop table if exists {_temporary(table)}")

    def _measured(self, table: str, query: Query) -> Measured:
        started = perf_counter()
        made = Text.join((AHEAD, f"create temp table {DUCKDB.quote(table)} as\n", self._reading_aside(query)))
        rows = int(self._session.rows(made)[0][0])
        return Measured(rows, perf_counter() - started)

    def cancel(self) -> None:
        self._session.cancel()

    def close(self) -> None:
        with suppress(EngineError):
            # what cannot be removed now is swept by the next run
            self.discard()
        self._session.close()
        if _WRITERS.get(self._path) is self:
            del _WRITERS[self._path]

    def _reading_aside(self, query: Query) -> Text:
        return query.renamed({target: self._aside(step) for target, step in self._built.items()})

    def _aside(self, step: Step) -> str:
        return DUCKDB.table(aside(step.target, self._run_id))

    def _create_table(self, step: Step, select: Text | str) -> int:
        statement = Text.join((AHEAD, f"create or replace table {self._aside(step)} as\n", select))
        return int(self._session.rows(statement)[0][0])

    def _load(self, step: LoadSeed) -> int:
        if not step.columns:
            raise EngineError("the file is empty: its first line has to name the columns", line=1)
        try:
            return self._create_table(step, duckdb_seed.typed(step))
        except EngineError as refused:
            if duckdb_seed.is_failed_guess(refused):
                self._raise_with_line(step)
            raise

    def _raise_with_line(self, step: LoadSeed) -> None:
        try:
            self._session.rows(duckdb_seed.as_text(step))
        except EngineError as located:
            if located.line is not None:
                raise

    def _create_view(self, name: str, select: Text) -> None:
        try:
            self._session.rows(f"create or replace view {name} as\n{select.value}")
        except EngineError as refused:
            self._raise_with_span(select, refused)
            raise

    def _raise_with_span(self, select: Text, refused: EngineError) -> None:
        """A view cannot be made behind `AHEAD` (see there), but what it says can be planned there."""
        try:
            self._session.rows(Text.join((AHEAD, "explain ", select)))
        except EngineError as located:
            if located.message == refused.message:
                raise

    def _reveal(self, step: Step, existing: str | None) -> None:
        if isinstance(self._built.get(step.target), ChangeTable) and isinstance(step, ChangeTable):
            # in place: no row is copied that stays
            for statement in step.statements:
                self._session.rows(self._reading_aside(statement))
            self._drop_aside((step,))
            return
        name = DUCKDB.table(step.target)
        if existing:
            self._session.rows(f"drop {existing} {name}")
        if isinstance(step, CreateView):
            self._drop_aside((step,))
            self._create_view(name, step.query.text)
        else:
            self._session.rows(f"alter table {self._aside(step)} rename to {DUCKDB.quote(step.target.name)}")

    def _drop_aside(self, steps: Iterable[Step]) -> None:
        for step in steps:
            kind = "view" if isinstance(step, CreateView | ChangeTable) else "table"
            self._session.rows(f"drop {kind} if exists {self._aside(step)}")

    def _relations(self) -> dict[tuple[str, str], str]:
        return {(schema, name): kind for schema, name, kind in self._session.rows(_RELATIONS)}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._session.rows("begin transaction")
            yield
            self._session.rows("commit")
        except BaseException:
            # there is none when the commit was done as Ctrl-C came
            with suppress(EngineError):
                self._session.rows("rollback")
            raise


def _temporary(table: str) -> str:
    return f"temp.main.{DUCKDB.quote(table)}"


def _key(table: TableName) -> tuple[str, str]:
    return (table.schema.lower(), table.name.lower())


def _columns(described: Iterable[Row]) -> tuple[Column, ...]:
    return tuple(Column(name, type_) for name, type_, *_ in described)
