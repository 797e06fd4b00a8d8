"""The feature graph: every node of a project, resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from featsql.base.dag import Dag
from featsql.base.lengths import length
from featsql.base.spans import SourceFile, Span, Text
from featsql.ir.header import (
    ColumnDoc,
    Entity,
    FeatureViewConfig,
    Header,
    ModelConfig,
    Name,
    SnapshotConfig,
    SourceTable,
    TrainingSetConfig,
)
from featsql.ir.model import Column, Expr, Parsed, ViewSql
from featsql.ir.testing import TestSpec

NodeKind = Literal["model", "feature_view", "training_set", "snapshot", "seed", "source"]


@dataclass(frozen=True, slots=True)
class TableName:
    """A relation in the warehouse, each part as written (unquoted)."""

    schema: str
    name: str
    database: str | None = None

    def __str__(self) -> str:
        return ".".join(part for part in (self.database, self.schema, self.name) if part)


@dataclass(frozen=True, slots=True)
class SourceNode:
    id: str
    table: SourceTable
    columns: tuple[Column, ...] | None

    kind: Literal["source"] = "source"

    @property
    def name(self) -> str:
        return self.table.id


@dataclass(frozen=True, slots=True)
class SeedNode:
    """A csv of the project, loaded as a table. `columns` are those of its first line, typed where declared or found."""

    id: str
    name: str
    file: SourceFile
    relation: TableName
    columns: tuple[Column, ...]
    description: str = ""
    tests: tuple[TestSpec, ...] = ()
    docs: tuple[ColumnDoc, ...] = ()
    kind: Literal["seed"] = "seed"


@dataclass(frozen=True, slots=True)
class SqlNode:
    """What the three kinds of SQL nodes share."""

    id: str
    name: str
    header: Header
    file: SourceFile
    parsed: Parsed
    relation: TableName
    columns: tuple[Column, ...] | None
    parents: tuple[str, ...]
    """Ids of the nodes it reads, sorted."""


@dataclass(frozen=True, slots=True)
class ModelNode(SqlNode):
    config: ModelConfig = field(default_factory=ModelConfig)
    kind: Literal["model"] = "model"


GRIDS: Final = {"1h": "hourly", "1d": "daily", "7d": "weekly"}
"""What the tables of these grids are called, after their view."""
VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
IS_DELETED: Final = "is_deleted"


@dataclass(frozen=True, slots=True)
class SnapshotNode(SqlNode):
    """The history of what its SELECT gives, one row a version. `columns` are those of the SELECT, then those of the history."""

    config: SnapshotConfig = field(kw_only=True)
    kind: Literal["snapshot"] = "snapshot"

    @property
    def own_columns(self) -> tuple[str, ...]:
        """The columns that every version has beside those of the SELECT: `TIMESTAMP` in UTC, and a truth value."""
        return (VALID_FROM, VALID_TO, *((IS_DELETED,) if self.config.hard_deletes == "new_record" else ()))


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A key column of an entity and the view's expression for it."""

    name: str
    text: Text
    type: str | None


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature; `expr` is a function of the latest row, of windows and of t."""

    view: str
    name: str
    span: Span = field(compare=False, repr=False)
    expr: Expr
    type: str | None
    description: str = ""


@dataclass(frozen=True, slots=True)
class FeatureViewNode(SqlNode):
    """`event_time`, `known_time` and `tie_break` are expressions over the view's FROM."""

    config: FeatureViewConfig = field(kw_only=True)
    sql: ViewSql = field(kw_only=True)
    keys: tuple[KeyColumn, ...] = field(kw_only=True)
    timestamp: KeyColumn = field(kw_only=True)
    known_time: KeyColumn | None = field(kw_only=True)
    tie_break: tuple[KeyColumn, ...] = field(kw_only=True)
    features: tuple[Feature, ...] = field(kw_only=True)
    kind: Literal["feature_view"] = "feature_view"

    @property
    def online_relation(self) -> TableName:
        return self._beside("online")

    @property
    def backfill_relation(self) -> TableName:
        return self._beside(self.grid)

    @property
    def grid(self) -> str:
        """What the grid of a view that has one is called: `daily`, `every_6h`."""
        assert self.config.backfill
        every = length(self.config.backfill.every_us)
        return GRIDS.get(every, f"every_{every}")

    def _beside(self, suffix: str) -> TableName:
        return TableName(self.relation.schema, f"{self.relation.name}__{suffix}", self.relation.database)


@dataclass(frozen=True, slots=True)
class BoundView:
    """A feature view as one training set uses it: `on` gives the spine column for each of its keys, in their order."""

    view: str
    features: tuple[str, ...]
    on: tuple[str, ...]
    prefix: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TrainingSetNode(SqlNode):
    config: TrainingSetConfig = field(kw_only=True)
    bound: tuple[BoundView, ...] = field(kw_only=True)
    spine_columns: tuple[Column, ...] | None = field(kw_only=True)
    spine_timestamp: Name = field(kw_only=True)
    kind: Literal["training_set"] = "training_set"


Node = ModelNode | FeatureViewNode | TrainingSetNode | SnapshotNode | SeedNode | SourceNode


@dataclass(frozen=True, slots=True)
class FeatureGraph:
    """All nodes by id, in an order where each comes after what it reads."""

    project: str
    nodes: Mapping[str, Node]
    entities: Mapping[str, Entity]
    dag: Dag = field(compare=False, repr=False)

    def by_name(self, name: str) -> Node:
        """The model, feature view, training set or seed of that name; KeyError if there is none."""
        for node in self.nodes.values():
            if node.name == name and node.kind != "source":
                return node
        raise KeyError(name)

    def view(self, name: str) -> FeatureViewNode:
        node = self.by_name(name)
        assert isinstance(node, FeatureViewNode)
        return node
