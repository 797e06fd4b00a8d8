"""What a target remembers of runs, read and written: see `featsql/state`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.release import release
from featsql.base.spans import Text
from featsql.dialects import DIALECTS
from featsql.dialects.base import Dialect
from featsql.engines.base import Engine, EngineError
from featsql.ir.graph import TableName
from featsql.ir.query import NodeResult, Query, Reference
from featsql.ir.statistics import Statistics
from featsql.state import TABLES, VERSION, Value, columns_of, delete, insert, migrate, named

_KEPT_RUNS: Final = 1000
"""Of older runs nothing is remembered; of what is visible everything is."""

RunStatus = str
"""`running`; or `success`, `error`, `interrupted`."""


@dataclass(frozen=True, slots=True)
class Generation:
    """What is visible of one relation. `inputs` tells apart what it was made of, `content` what it holds; "" is not known."""

    relation: str
    node: str
    run_id: str
    fingerprint: str
    described: str
    inputs: str
    content: str
    row_count: int | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run as the state tells it. `nodes` are those that it was to build, in order."""

    run_id: str
    command: str
    status: RunStatus
    nodes: tuple[str, ...]
    options: Mapping[str, Any]
    results: Mapping[str, str]
    """Status by node."""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state of one target, over an open engine. Raises FS708 for a state that a newer featsql wrote."""

    engine: Engine
    dialect: Dialect
    database: str | None
    project: str
    target: str

    def begin(self, run_id: str, command: str, nodes: Sequence[str], options: Mapping[str, object]) -> None:
        """Note that a run begins, before it writes anything else."""
        statements = [*self._migrations()]
        runs = self._name("runs")
        now = self.dialect.literal(_now().replace(tzinfo=None).isoformat(" "))
        asked = (json.dumps(list(nodes)), json.dumps(options))
        given = (run_id, self.project, self.target, command, "running", *asked, _holder(), release())
        written = ", ".join(self.dialect.literal(text) for text in given)
        statements.append(
            f"insert into {runs} ({', '.join(columns_of('runs'))})\n"
            f"select coalesce(max(number), 0) + 1, {written}, timestamp {now}, null from {runs}"
        )
        self.engine.record(statements)

    def end_the_dead(self, living: Iterable[str]) -> tuple[str, ...]:
        """Runs that were never ended, and are not among the living, were interrupted. Their ids."""
        running = {str(run_id) for (run_id,) in self._rows(f"select run_id from {self._name('runs')} where status = 'running'")}
        dead = sorted(running - set(living))
        if dead:
            written = ", ".join(self.dialect.literal(run_id) for run_id in dead)
            self.engine.record([f"update {self._name('runs')} set status = 'interrupted' where run_id in ({written})"])
        return tuple(dead)

    def generations(self) -> Mapping[str, Generation]:
        """By relation."""
        rows = self._table("generations")
        return {str(row[0]): Generation(*row) for row in rows}

    def last_run(self) -> RecordedRun | None:
        """The last one of this project in this target that built or tried to."""
        return next(iter(self.runs(1)), None)

    def runs(self, limit: int) -> tuple[RecordedRun, ...]:
        """Of this project in this target, the last one first; none where there is no state."""
        quote = self.dialect.literal
        found = self._rows(
            f"select run_id, command, status, nodes, options, holder from {self._name('runs')} "
            f"where project = {quote(self.project)} and target = {quote(self.target)} order by number desc limit {limit}"
        )
        told = []
        for run_id, command, status, nodes, options, holder in found:
            results = self._rows(f"select node, status from {self._name('nodes')} where run_id = {quote(str(run_id))}")
            told.append(
                RecordedRun(run_id, command, status, tuple(json.loads(nodes)), json.loads(options), dict(results), holder)
            )
        return tuple(told)

    def results(self, run_id: str, status: RunStatus, results: Iterable[NodeResult]) -> Iterator[str]:
        """Statements that note how a run and its nodes ended."""
        now, quote = _now(), self.dialect.literal
        moment = quote(now.replace(tzinfo=None).isoformat(" "))
        ended = f"status = {quote(status)}, ended_at = timestamp {moment}"
        yield f"update {self._name('runs')} set {ended} where run_id = {quote(run_id)}"
        rows = [(run_id, r.unique_id, r.status, r.rows, r.execution_time, r.message, now) for r in results]
        # a run that was finished for another may come here twice
        yield from delete("nodes", "run_id", [run_id], self.dialect, self.database)
        yield from insert("nodes", rows, self.dialect, self.database)
        runs, nodes = self._name("runs"), self._name("nodes")
        yield f"delete from {runs} where number <= (select max(number) from {runs}) - {_KEPT_RUNS}"
        yield f"delete from {nodes} where run_id not in (select run_id from {runs})"

    def published(self, generations: Sequence[Generation]) -> Iterator[str]:
        """Statements that note what is visible from now on."""
        yield from delete("generations", "relation", [g.relation for g in generations], self.dialect, self.database)
        rows: list[Sequence[Value]] = [
            (g.relation, g.node, g.run_id, g.fingerprint, g.described, g.inputs, g.content, g.row_count, g.published_at)
            for g in generations
        ]
        yield from insert("generations", rows, self.dialect, self.database)

    def counted(self, run_id: str, amounts: Mapping[str, Mapping[str, Statistics]]) -> Iterator[str]:
        """Statements that note what is known of the amounts that plans meet."""
        yield from delete("statistics", "node", amounts, self.dialect, self.database)
        rows = [
            (node, part, figure, amount, run_id)
            for node, parts in amounts.items()
            for part, found in parts.items()
            for figure, amount in asdict(found).items()
        ]
        yield from insert("statistics", rows, self.dialect, self.database)

    def amounts(self) -> dict[str, dict[str, Statistics]]:
        """What runs have counted, by node, then by part of its plan."""
        told: dict[tuple[str, str], dict[str, int]] = {}
        for node, part, figure, amount, _ in self._table("statistics"):
            told.setdefault((node, part), {})[figure] = amount
        found: dict[str, dict[str, Statistics]] = {}
        for (node, part), figures in told.items():
            if figures.keys() == {each.name for each in fields(Statistics)}:
                found.setdefault(node, {})[part] = Statistics(**figures)
        return found

    def forget(self, relations: Iterable[str]) -> None:
        """Nothing is known of these any more: they are built anew."""
        statements = [*delete("generations", "relation", relations, self.dialect, self.database)]
        if statements:
            self.engine.record(statements)

    def export(self) -> dict[str, Any]:
        """All of it, as JSON has it: tables as lists of rows by column."""
        return {"version": self.version(), "tables": {name: self._told(name) for name in TABLES}}

    def version(self) -> int:
        """0: nothing was ever built here. FS708."""
        found = self._rows(f"select max(version) from {self._name('migrations')}")
        version = int(found[0][0] or 0) if found else 0
        if version > VERSION:
            message = f"the state in `{self._name('migrations')}` is of version {version}, this featsql knows {VERSION}"
            raise FeatsqlError(Diagnostic("FS708", message, hints=("update featsql: `pip install --upgrade featsql`",)))
        return version

    def _migrations(self) -> Iterator[str]:
        yield from migrate(self.version(), _now(), self.dialect, self.database)

    def _told(self, name: str) -> list[dict[str, Any]]:
        columns = columns_of(name)
        rows = self._table(name)
        return [{c: _plain(value) for c, value in zip(columns, row, strict=True)} for row in rows]

    def _table(self, name: str) -> list[tuple[Any, ...]]:
        columns = ", ".join(columns_of(name))
        return self._rows(f"select {columns} from {self._name(name)} order by {columns}")

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Nothing where the table is not there."""
        try:
            found = self.engine.query(Query((Text.generated(sql),), self.dialect.name))
        except EngineError as error:
            if error.missing:
                return []
            raise
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def _name(self, table: str) -> str:
        return named(table, self.dialect, self.database)


def count(engine: Engine, dialect: Dialect, table: TableName) -> int:
    """The rows of a relation; of what a run has built in its place, where that stands aside. EngineError."""
    name = Reference(table, Text.generated(dialect.table(table)))
    counting = Query((Text.generated("select count(*) from "), name), dialect.name)
    return int(engine.query(counting).column(0)[0].as_py())


def stands(engine: Engine, dialect: Dialect, table: TableName, row_count: int | None) -> bool:
    """Is a relation where it was published, with as many rows? None: any number."""
    try:
        if engine.columns(table) is None:
            return False
        return row_count is None or row_count == count(engine, dialect, table)
    except EngineError:
        return False


def ledger_of(engine: Engine, dialect: str, database: str | None, project: str, target: str) -> Ledger:
    return Ledger(engine, DIALECTS[dialect], database, project, target)


def _holder() -> str:
    """Who runs: the process, and its machine."""
    return f"process {os.getpid()} on {platform.node()}"


def _now() -> datetime:
    return datetime.now(UTC)


def _plain(value: Any) -> Any:
    return value.isoformat(" ") if isinstance(value, datetime) else value
