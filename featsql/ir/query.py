"""SQL for one dialect, and steps: what `run` does, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Text
from featsql.ir.graph import TableName
from featsql.ir.header import Storage
from featsql.ir.testing import TestResult

AS_USUAL: Final = Storage()
"""Of tables that no header speaks of."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A relation that a query reads; `text` is how the dialect writes its own name."""

    table: TableName
    text: Text


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT (WITH and all), without a semicolon; its text maps back to the user's files."""

    parts: tuple[Text | Reference, ...]
    dialect: str

    @property
    def text(self) -> Text:
        return Text.join(part if isinstance(part, Text) else part.text for part in self.parts)

    @property
    def sql(self) -> str:
        return self.text.value

    def around(self, before: str, after: str) -> Query:
        """This query with text of ours before and after it."""
        return replace(self, parts=(Text.generated(before), *self.parts, Text.generated(after)))

    def limited(self, limit: int) -> Query:
        """Its first rows."""
        return self.around("select * from (\n", f"\n) as limited\nlimit {limit}")

    def renamed(self, names: Mapping[TableName, str]) -> Text:
        """The text, with other SQL in place of the relations in `names` (what a run has built and not published)."""
        return Text.join(self._renamed(names))

    def _renamed(self, names: Mapping[TableName, str]) -> Iterator[Text | str]:
        for part in self.parts:
            if isinstance(part, Text):
                yield part
            elif part.table in names:
                origin = part.text.span
                yield Text.standing_for(names[part.table], origin) if origin else names[part.table]
            else:
                yield part.text


@dataclass(frozen=True, slots=True)
class CreateTable:
    """Make a table of a query's rows; visible only when its run is published. `comment` stands beside it in the warehouse."""

    target: TableName
    query: Query
    storage: Storage = AS_USUAL
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ChangeTable(CreateTable):
    """A table that is there, as it will be; or, to the same end, the statements that make it so when the run is published.

    The statements name the table that is there by its own name, and read what the run has built.
    """

    statements: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateView:
    target: TableName
    query: Query
    storage: Storage = AS_USUAL
    comment: str = ""


@dataclass(frozen=True, slots=True)
class LoadSeed:
    """Make a table of a csv file: `path` is absolute, `columns` names and types (None: as the warehouse finds)."""

    target: TableName
    path: str
    columns: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class NodeQueries:
    """The SQL of one node: `main` makes its own relation, `online` its online table; a seed has neither.

    `changes` are the rows that its table takes in where it is there already: of a snapshot or an incremental model.
    """

    main: Query | None = None
    online: Query | None = None
    changes: Query | None = None
    backfill: Query | None = None
    """Of a feature view with a grid: its features at all points of it, as far as they are known without a connection."""


HOLE: Final = "\ue0ff"
"""What stands in open text where the time t of online tables does, in microseconds: a character that is nobody's."""


@dataclass(frozen=True, slots=True)
class NodeSql:
    """The text of a node's queries, which no longer tells where it came from."""

    main: str | None = None
    online: str | None = None
    changes: str | None = None
    backfill: str | None = None

    @classmethod
    def of(cls, queries: NodeQueries) -> NodeSql:
        made = (queries.main, queries.online, queries.changes, queries.backfill)
        return cls(*(query.sql if query else None for query in made))


Step = CreateTable | CreateView | LoadSeed


@dataclass(frozen=True, slots=True)
class NodeSteps:
    """All that one node leaves in the warehouse; done whole or not at all."""

    node_id: str
    name: str
    kind: str
    label: str
    """What the progress line says, such as `table main.churn` or `view main.spend + online`."""
    steps: tuple[Step, ...]
    parents: tuple[str, ...]
    """Ids of nodes whose failure makes this one skip."""
    note: str = ""
    """What is worth telling of what was done, such as how many rows are new."""


Status = Literal["success", "reused", "error", "skipped", "interrupted"]
"""`reused`: what is there is what a build would make."""


@dataclass(frozen=True, slots=True)
class NodeResult:
    unique_id: str
    name: str
    kind: str
    status: Status
    execution_time: float
    message: str = ""
    rows: int | None = None
    relations: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    tested: int = 0
    """How many tests judged what was built, before it was published."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did, one result a selected node, in the order in which they ended."""

    results: tuple[NodeResult, ...]
    elapsed: float
    run_id: str = ""
    tests: tuple[TestResult, ...] = ()
    """What came of tests, in the order in which they ended."""

    @property
    def ok(self) -> bool:
        return all(r.status in ("success", "reused") for r in self.results) and not any(t.is_bad for t in self.tests)
