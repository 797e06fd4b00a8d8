"""The tables of one target beside those of another, as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from featsql.base.spans import Text
from featsql.compile import Compiler
from featsql.dialects import DIALECTS
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.changes import NodeChange, Values
from featsql.ir.graph import FeatureViewNode, ModelNode, Node, SourceNode, TableName, TrainingSetNode
from featsql.ir.model import Column
from featsql.ir.query import Query
from featsql.run.pairs import Pair

_NUMBER: Final = "_n"
"""Of rows that are equal in all keys."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A target, opened, and the project compiled for it."""

    engine: Engine
    compiler: Compiler

    def columns(self, node_id: str) -> tuple[Column, ...] | None:
        """Of the table or view that the node left there, None where it left none."""
        node = self.compiler.graph.nodes.get(node_id)
        relation = _relation(node) if node else None
        return self.engine.columns(relation) if relation else None

    def rows(self, node_id: str, keys: Sequence[str]) -> Query:
        """All rows of the node's table, those of equal keys numbered."""
        dialect = DIALECTS[self.compiler.inputs.dialect]
        relation = _relation(self.compiler.graph.nodes[node_id])
        assert relation
        listed = ", ".join(dialect.quote(key) for key in keys)
        number = f"row_number() over (partition by {listed} order by {listed})" if keys else "1"
        return Query((Text.generated(f"select *, {number} as {_NUMBER} from {dialect.table(relation)}"),), dialect.name)


def compare_targets(now: Stand, then: Stand, *, with_values: bool) -> Iterator[NodeChange]:
    """What a node left in one of them alone, and what has other columns or other rows. Nothing is written.

    Rows of an online table belong together by their key, those of a training set by the columns of its spine. Other tables
    have no key: their rows are the same or not. Views are compared in their columns. Raises KeyboardInterrupt.
    """
    for node in now.compiler.graph.nodes.values():
        here, there = now.columns(node.id), then.columns(node.id)
        if here is None and there is None:
            continue
        if here is None or there is None:
            yield NodeChange(node.id, node.name, node.kind, "new" if there is None else "gone")
            continue
        found = _compared(now, then, node, here, there, with_values=with_values)
        if found.added or found.removed or found.retyped or found.unknown or (found.values and _differ(found.values)):
            yield found


def _compared(
    now: Stand, then: Stand, node: Node, here: Sequence[Column], there: Sequence[Column], *, with_values: bool
) -> NodeChange:
    was, is_now = ({c.name.lower(): c for c in columns} for columns in (there, here))
    added = tuple(c.name for name, c in is_now.items() if name not in was)
    removed = tuple(c.name for name, c in was.items() if name not in is_now)
    both = [c for name, c in is_now.items() if name in was]
    of_one_kind = now.compiler.inputs.dialect == then.compiler.inputs.dialect
    types = [(c.name, was[c.name.lower()].type or "?", c.type or "?") for c in both] if of_one_kind else []
    retyped = tuple(each for each in types if each[1] != each[2])
    values, unknown = None, ""
    if with_values and both and _is_table(node):
        try:
            values = _values(now, then, node, both)
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            unknown = error.message
    return NodeChange(node.id, node.name, node.kind, "rows", added, removed, retyped, values, unknown)


def _values(now: Stand, then: Stand, node: Node, both: Sequence[Column]) -> Values:
    if isinstance(node, FeatureViewNode):
        keys, identity = [key.name for key in node.keys], {key.name.lower() for key in node.keys}
    elif isinstance(node, TrainingSetNode) and node.spine_columns:
        spine = {column.name.lower() for column in node.spine_columns}
        keys, identity = [c.name for c in both if c.name.lower() in spine], spine
    else:
        keys, identity = [column.name for column in both], set()
    was, rows = then.engine.query(then.rows(node.id, keys)), now.engine.query(now.rows(node.id, keys))
    apart = ("event_time", "as_of_time") if isinstance(node, FeatureViewNode) else ()
    return Pair(now.engine, now.compiler.inputs.dialect, was, rows, [*keys, _NUMBER], identity, apart).values()


def _differ(values: Values) -> bool:
    is_all = values.rows_before == values.rows_in_both == values.rows_now
    return not is_all or any(column.changed for column in values.columns)


def _is_table(node: Node) -> bool:
    if isinstance(node, FeatureViewNode):
        return node.config.online
    return not isinstance(node, ModelNode) or node.config.materialized != "view"


def _relation(node: Node) -> TableName | None:
    """What stands for the node: of a feature view its online table, if it has one."""
    if isinstance(node, SourceNode) or (isinstance(node, ModelNode) and node.config.materialized == "ephemeral"):
        return None
    return node.online_relation if isinstance(node, FeatureViewNode) and node.config.online else node.relation
