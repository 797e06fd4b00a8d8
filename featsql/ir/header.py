"""A model's header and the declarations of `.yml` files, typed. Spans do not take part in comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from featsql.base.spans import Span
from featsql.ir.testing import TestSpec, UnitTest

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
"""YAML that later stages read as it is: `meta`, `allow`."""


@dataclass(frozen=True, slots=True)
class Name:
    """A word of the user's and where it stands."""

    text: str
    span: Span = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


class Kind(StrEnum):
    MODEL = "model"
    FEATURE_VIEW = "feature_view"
    TRAINING_SET = "training_set"
    SNAPSHOT = "snapshot"


class Closed(StrEnum):
    """Which ends of a window belong to it (R5, R7), in the words of pandas and polars."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    NEITHER = "neither"

    @property
    def sees_now(self) -> bool:
        """Is a row that becomes known exactly at t visible at t?"""
        return self in (Closed.RIGHT, Closed.BOTH)

    @property
    def has_start(self) -> bool:
        """Does a row exactly at the far end belong to the window?"""
        return self in (Closed.LEFT, Closed.BOTH)


CalendarUnit = Literal["day", "week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class RangeWindow:
    """The last `length_us` microseconds of event time before `t - offset_us` (R7, R8)."""

    length_us: int
    offset_us: int = 0


@dataclass(frozen=True, slots=True)
class AllWindow:
    """Every visible row (R9)."""


@dataclass(frozen=True, slots=True)
class RowsWindow:
    """The `count` latest visible rows (R10)."""

    count: int


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """From the start of the calendar unit of t in `timezone`, or `back` units earlier, up to t (R12)."""

    unit: CalendarUnit
    back: int
    timezone: str


Extent = RangeWindow | AllWindow | RowsWindow | CalendarWindow


@dataclass(frozen=True, slots=True)
class Window:
    name: Name
    extent: Extent


@dataclass(frozen=True, slots=True)
class ColumnDoc:
    """What a header or declaration says of one column. `type` is as written, in the project's dialect."""

    name: Name
    type: Name | None = None
    description: str = ""
    tests: tuple[TestSpec, ...] = ()
    meta: Plain = None
    available_at: Name | None = None
    """Of a source's column: the column that says when it becomes known, after the rest of its row."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Stretches of one length of a time column: a run takes anew the last one that is there, and `lookback_us` before it."""

    timestamp: Name
    length_us: int
    lookback_us: int = 0


@dataclass(frozen=True, slots=True)
class Incremental:
    """How a table takes in rows. Rows of the same key leave for those that come, and so do rows of the same intervals."""

    strategy: Literal["append", "delete+insert", "merge"]
    unique_key: tuple[Name, ...] = ()
    intervals: Intervals | None = None
    on_schema_change: Literal["fail", "append", "sync"] = "fail"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """`incremental` belongs to the materialization of that name."""

    materialized: Literal["view", "table", "incremental", "ephemeral"] = "view"
    incremental: Incremental | None = None


@dataclass(frozen=True, slots=True)
class SnapshotConfig:
    """How a table's history is kept. `check_columns` None: a change of any column is a new version.

    `hard_deletes`: a row that is gone stays valid, ends, or ends and is followed by a version that says so.
    """

    strategy: Literal["timestamp", "check"]
    unique_key: tuple[Name, ...]
    updated_at: Name | None = None
    check_columns: tuple[Name, ...] | None = None
    hard_deletes: Literal["ignore", "invalidate", "new_record"] = "ignore"


@dataclass(frozen=True, slots=True)
class Backfill:
    """A view's features at every point of a time grid. `start_us` None: from its first row on.

    The grid holds Monday 1970-01-05 00:00 UTC, whatever `every_us` is. A run adds the points since the last one, and computes
    those of `lookback_us` before it anew.
    """

    every_us: int
    start_us: int | None = None
    lookback_us: int = 0


@dataclass(frozen=True, slots=True)
class FeatureViewConfig:
    """`entities` holds entity names in the order given; empty for one global series."""

    timestamp: Name
    entities: tuple[Name, ...] = ()
    available_at: Name | None = None
    delay_us: int = 0
    ttl_us: int | None = None
    closed: Closed = Closed.LEFT
    tie_break: tuple[Name, ...] = ()
    windows: tuple[Window, ...] = ()
    online: bool = False
    strategy: Name | None = None
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class FeatureRef:
    """One entry of a training set's `features`: a view, all or some of its features, bound and prefixed.

    `columns` None means every feature; `on` pairs a key column of the view with a column of the spine.
    """

    view: Name
    columns: tuple[Name, ...] | None = None
    on: tuple[tuple[Name, Name], ...] = ()
    prefix: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TrainingSetConfig:
    timestamp: Name
    features: tuple[FeatureRef, ...]
    label: tuple[Name, ...] = ()
    strategy: Name | None = None


KindConfig = ModelConfig | FeatureViewConfig | TrainingSetConfig | SnapshotConfig


@dataclass(frozen=True, slots=True)
class Storage:
    """How Snowflake keeps what a node leaves; other warehouses pass it over.

    `cluster_by`: columns by which its tables are sorted and clustered. `query_tag` None: the profile's own. `comment`: the
    description stands in the warehouse too.
    """

    transient: bool = True
    cluster_by: tuple[Name, ...] = ()
    copy_grants: bool = True
    query_tag: str | None = None
    comment: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Everything a header says. `span` is the header's own, or the start of the file when there is none."""

    kind: Kind
    config: KindConfig
    span: Span = field(compare=False, repr=False)
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = True
    schema: str | None = None
    alias: Name | None = None
    dialect: Name | None = None
    columns: tuple[ColumnDoc, ...] = ()
    tests: tuple[TestSpec, ...] = ()
    unit_tests: tuple[UnitTest, ...] = ()
    depends_on: tuple[Name, ...] = ()
    allow: Plain = None
    meta: Plain = None
    storage: Storage = Storage()


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table, or files in place of one, that featsql reads and never writes."""

    source: str
    name: Name
    schema: str
    identifier: str
    database: str | None = None
    path: str | None = None
    timestamp: Name | None = None
    available_at: Name | None = None
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    freshness: Plain = None
    columns: tuple[ColumnDoc, ...] = ()
    tests: tuple[TestSpec, ...] = ()
    meta: Plain = None
    path_span: Span | None = field(default=None, compare=False, repr=False)
    """Where `path` is written."""

    @property
    def id(self) -> str:
        return f"{self.source}.{self.name}"


@dataclass(frozen=True, slots=True)
class Entity:
    name: Name
    keys: tuple[Name, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class ModelPatch:
    """What a `.yml` file says of a model or seed that lives elsewhere (`models:` and `seeds:`)."""

    name: Name
    description: str = ""
    columns: tuple[ColumnDoc, ...] = ()
    tests: tuple[TestSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Declarations:
    """All that one `.yml` file declares."""

    sources: tuple[SourceTable, ...] = ()
    entities: tuple[Entity, ...] = ()
    models: tuple[ModelPatch, ...] = ()
    seeds: tuple[ModelPatch, ...] = ()
    exposures: Plain = None
    unit_tests: tuple[UnitTest, ...] = ()
