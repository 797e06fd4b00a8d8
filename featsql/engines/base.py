"""What a run needs of a warehouse, and how a warehouse says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from featsql.base.spans import Span
from featsql.ir.explanation import Measured
from featsql.ir.graph import TableName
from featsql.ir.model import Column
from featsql.ir.query import Query, Step

if TYPE_CHECKING:
    import pyarrow

Mode = Literal["write", "read"]
"""`read`: nothing will be written, so others may read at the same time."""


class EngineError(Exception):
    """The warehouse refused a statement.

    `span` is the place in the user's files that it complained about, None when it did not say or when the place lies
    elsewhere (in a view that the query reads, or in SQL of our own). `missing` says that a relation there does not exist;
    `line` is the line of a csv file that could not be read.
    """

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        missing: bool = False,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.missing = missing
        self.line = line


class Cancelled(EngineError):
    """The statement was stopped by `Engine.cancel`."""


class PublishError(Exception):
    """`step` cannot be made visible; nothing of the run is."""

    def __init__(self, step: Step, cause: EngineError) -> None:
        super().__init__(cause.message)
        self.step = step
        self.cause = cause


class Engine(Protocol):
    """One connection to a target. Sessions are in UTC. Only `cancel` may be called from another thread, unless `concurrency` > 1.

    A run is `begin`, then `build` for each step in the order of the graph, then `publish` or `discard`. What is built
    stands aside, under names of the run's own: this run's later steps and queries read it (`Query.renamed`), nobody else
    sees it before `publish`.
    """

    @property
    def concurrency(self) -> int:
        """How many `build` calls make sense at once, each from its own thread."""
        ...

    def version(self) -> str:
        """The warehouse's name and version, for people."""
        ...

    def columns(self, table: TableName) -> tuple[Column, ...] | None:
        """The columns of a table or view, None when there is none of that name."""
        ...

    def described(self, query: Query) -> tuple[Column, ...]:
        """The columns of a query, which is not run. EngineError; Cancelled."""
        ...

    def frame_columns(self, frame: pyarrow.Table) -> tuple[Column, ...]:
        """The columns of an Arrow table as the warehouse types them."""
        ...

    def begin(self, run_id: str) -> None:
        """Start a run and sweep what killed runs left behind. `run_id` is eight or more hexadecimal digits."""
        ...

    def build(self, step: Step) -> int | None:
        """Make a relation aside; the number of its rows, None for a view. EngineError; Cancelled."""
        ...

    def publish(self, steps: Sequence[Step], records: Sequence[str] = ()) -> None:
        """Make these built steps visible, all at the same instant, in place of what had their names. PublishError: none are.

        What was built and is not among `steps` is removed. `records` are statements that are done with the publishing, or not.
        """
        ...

    def discard(self) -> None:
        """Remove what was built and not published, and end the run."""
        ...

    def record(self, statements: Sequence[str]) -> None:
        """Do these statements in order; all of them or none where a transaction dies with its connection. EngineError."""
        ...

    def living(self) -> frozenset[str]:
        """Ids of other runs that go on in this target now."""
        ...

    def content(self, relation: TableName | str) -> str | None:
        """A text that is another one when a table or view, or what some SQL stands for, has other rows; None where that cannot
        be told. EngineError."""
        ...

    def query(self, query: Query, frames: Mapping[str, pyarrow.Table] | None = None) -> pyarrow.Table:
        """The rows of a query. It can read the Arrow tables `frames` by their names. EngineError; Cancelled."""
        ...

    def load(self, table: TableName, rows: pyarrow.Table) -> None:
        """Make a table of Arrow rows, in its schema, which is made where there is none. Everyone sees it at once. EngineError."""
        ...

    def drop_schema(self, schema: str) -> None:
        """Remove a schema and all that is in it, if it is there. EngineError."""
        ...

    def measure(self, tables: Sequence[tuple[str, Query]]) -> tuple[Measured, ...]:
        """Make temporary tables, in order, and drop them all: how many rows each got, and how long that took.

        A query may read the tables before it by their bare names. Nobody else sees any of them. EngineError; Cancelled.
        """
        ...

    def cancel(self) -> None:
        """Stop the statement that is running now, if any; it raises Cancelled where it was called."""
        ...

    def close(self) -> None:
        """Give the warehouse back. A run that was not published is discarded."""
        ...
