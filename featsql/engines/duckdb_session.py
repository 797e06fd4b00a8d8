"""One DuckDB connection that can be stopped."""

from __future__ import annotations

import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import duckdb

from featsql.base.spans import Text
from featsql.engines.base import Cancelled
from featsql.engines.duckdb_errors import refusal

if TYPE_CHECKING:
    import pyarrow

Row = tuple[Any, ...]
T = TypeVar("T")

_SIGNAL_SECONDS: Final = 0.05
"""How often the thread that waits for a statement looks up; signals reach it at once where the system allows."""


class _Job(Generic[T]):
    """One deed for the worker. `finished` is set before `signal` is released: a waiter trusts the flag alone."""

    def __init__(self, deed: Callable[[], T]) -> None:
        self.deed = deed
        self.signal = threading.Lock()
        self.signal.acquire()
        self.finished = False
        self.stopped = False
        self.results: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        if self.finished:
            return
        try:
            if not self.stopped:
                self.results.append(self.deed())
        except BaseException as error:
            self.error = error
        finally:
            self.finished = True
            self.signal.release()


class Session:
    """A connection whose statements run in a thread of their own: while DuckDB works, a main thread inside it sees no Ctrl-C."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._current: _Job[Any] | None = None
        threading.Thread(target=_work, args=(self._jobs,), name="featsql-duckdb", daemon=True).start()
        self._end_worker = weakref.finalize(self, self._jobs.put, None)

    def rows(self, sql: str | Text) -> list[Row]:
        """Run one statement to its end. EngineError; Cancelled."""
        return self._run(sql, lambda result: result.fetchall())

    def table(self, sql: str | Text) -> pyarrow.Table:
        """Run one query to its end. EngineError; Cancelled."""
        # `connection.sql`, which it advises, runs another text than ours: its errors have no place
        warnings.filterwarnings("ignore", message="Arrow output on a DB-API result", category=UserWarning)
        return self._run(sql, lambda result: result.to_arrow_table())

    @contextmanager
    def registered(self, frames: Mapping[str, pyarrow.Table]) -> Iterator[None]:
        """Let statements read Arrow tables by name, for a while. EngineError for a type that DuckDB does not read."""
        try:
            for name, frame in frames.items():
                self._register(name, frame)
            yield
        finally:
            for name in frames:
                self._connection.unregister(name)

    def cancel(self) -> None:
        """Stop the statement that runs now, if any; it raises Cancelled where it was called."""
        job = self._current
        if job is not None:
            job.stopped = True
            self._connection.interrupt()

    def close(self) -> None:
        self.cancel()
        self._end_worker()
        self._connection.close()

    def _register(self, name: str, frame: pyarrow.Table) -> None:
        try:
            self._connection.register(name, frame)
        except duckdb.Error as error:
            raise refusal(error, Text("")) from error

    def _run(self, sql: str | Text, fetch: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        statement = sql if isinstance(sql, Text) else Text.generated(sql)
        job = _Job(lambda: fetch(self._connection.execute(statement.value)))
        self._finish(job)
        if isinstance(job.error, duckdb.Error):
            raise refusal(job.error, statement) from job.error
        if job.error is not None:
            raise job.error
        if not job.results:
            raise Cancelled("interrupted")
        return job.results[0]

    def _finish(self, job: _Job[Any]) -> None:
        self._current = job
        try:
            self._jobs.put(job)
            self._wait(job)
        except KeyboardInterrupt:
            # it may have come before the job was in the queue: once more does no harm, it runs once
            job.stopped = True
            self._jobs.put(job)
            self._wait(job)
            raise
        finally:
            self._current = None

    def _wait(self, job: _Job[Any]) -> None:
        while not job.finished:
            if job.stopped:
                # again and again: DuckDB forgets an interrupt that comes just before a statement starts
                self._connection.interrupt()
            job.signal.acquire(timeout=_SIGNAL_SECONDS)


def _work(jobs: SimpleQueue[_Job[Any] | None]) -> None:
    # knows the queue alone, so that a session that nobody closed can be collected
    while True:
        job = jobs.get()
        if job is None:
            return
        job.run()
        del job
