"""The logical plan: what is asked of which rows at which times. It says nothing of how (that is `relational`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from featsql.base.spans import Span, Text
from featsql.ir.header import CalendarWindow, Closed, Extent
from featsql.ir.model import Expr


@dataclass(frozen=True, slots=True)
class Input:
    """A column that each row of a body carries: the user's expression for it, and its type where known."""

    name: str
    text: Text
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a feature view's body that are ever known (R1 to R4), in the order of R14.

    Grain: one row per row of the body with no NULL in key, event time or known time. `order` are the inputs that
    break ties after event time and known time.
    """

    view: str
    name: str
    """What the relations made of it begin with."""
    prelude: Text
    tail: Text
    keys: tuple[Input, ...]
    event: Input
    available: Input | None
    delay_us: int
    inputs: tuple[Input, ...]
    order: tuple[str, ...]
    closed: Closed

    @property
    def known_follows_event(self) -> bool:
        """Do rows become known in the order in which they happen?"""
        return self.available is None


@dataclass(frozen=True, slots=True)
class RowExpr:
    """An expression over one row and t: each plain column of `expr` is the input named at its place in `inputs`."""

    expr: Expr
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputRef:
    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    text: Text


Operand = InputRef | RowExpr | Constant


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One aggregate over one window of visible rows; `column` names its result."""

    column: str
    function: str
    args: tuple[Operand, ...]
    distinct: bool
    where: Operand | None
    window: str
    extent: Extent
    type: str | None
    argument_type: str | None = None
    """Of the first argument."""
    origin: Span | None = field(default=None, compare=False, repr=False)
    """The call as the user wrote it."""
    order: str | None = None
    """The column that ranks its rows; None: their own order (R14)."""


@dataclass(frozen=True, slots=True)
class SpineAsks:
    """The distinct (key, time) of a spine; `on` names the spine column of each key."""

    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnlineAsks:
    """Every entity with a visible row, at one t."""

    as_of_us: int


@dataclass(frozen=True, slots=True)
class GridAsks:
    """Every entity with a visible row, at each of `count` times."""

    first_us: int
    every_us: int
    count: int


@dataclass(frozen=True, slots=True)
class HistoryAsks:
    """Every (key, first instant at which a row is visible). `timestamp` is the input that carries the event time as written."""

    timestamp: str


@dataclass(frozen=True, slots=True)
class Asks:
    """Grain: one row per (key, `as_of_us`), none of them NULL. `calendars` are starts of calendar windows, by window name."""

    name: str
    keys: tuple[str, ...]
    origin: SpineAsks | OnlineAsks | GridAsks | HistoryAsks
    calendars: tuple[tuple[str, CalendarWindow], ...]


@dataclass(frozen=True, slots=True)
class LatestLookup:
    """The latest visible row at each ask, if ttl lets it live (R14 to R16). Grain: at most one row per ask."""

    name: str
    rows: Rows
    asks: Asks
    columns: tuple[str, ...]
    ttl_us: int | None


@dataclass(frozen=True, slots=True)
class WindowLookup:
    """Aggregates over windows at each ask (R7 to R13). Grain: at most one row per ask; none where no row is visible."""

    name: str
    rows: Rows
    asks: Asks
    aggregations: tuple[Aggregation, ...]


Lookup = LatestLookup | WindowLookup


@dataclass(frozen=True, slots=True)
class FromLatest:
    column: str


@dataclass(frozen=True, slots=True)
class FromWindows:
    """The result of one aggregation of the part's window lookups. `zero`: the value of no rows is 0, not NULL."""

    column: str
    zero: bool


@dataclass(frozen=True, slots=True)
class AsOf:
    """t itself."""


@dataclass(frozen=True, slots=True)
class Output:
    """One feature: text of the user's with holes. `guarded`: NULL without a latest row, whatever the text says (R15)."""

    name: str
    pieces: tuple[Text | FromLatest | FromWindows | AsOf, ...]
    guarded: bool
    type: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One use of a feature view in a query. `on` names, for each key, the column of the spine (or of the rows) that asks."""

    name: str
    rows: Rows
    asks: Asks
    latest: LatestLookup | None
    windows: tuple[WindowLookup, ...]
    outputs: tuple[Output, ...]
    on: tuple[str, ...]
    key_names: tuple[str, ...]
    """The keys as the view names them; inside the plan they are `rows.keys`."""
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class Spine:
    """The SELECT that asks. `columns` None: not known, all of them are kept."""

    text: Text
    columns: tuple[str, ...] | None
    timestamp: str
    timestamp_type: str | None
    row: str
    as_of: str
    """The columns that number the rows and hold t: names that no column of the spine has."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """One query: a training set (`spine`), an online table, a backfill or a history relation (one part, no spine)."""

    relation: Literal["training_set", "online", "backfill", "history"]
    parts: tuple[Part, ...]
    spine: Spine | None = None
