"""Stages 6 to 8: the queries of a node of the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from featsql.base.diagnostics import Diagnostic, nearest, raise_errors
from featsql.base.spans import Text
from featsql.base.sqltypes import is_time
from featsql.dialects import DIALECTS
from featsql.emit.binding import Binding, bind
from featsql.emit.history import There, first_state, later_state
from featsql.emit.intervals import Stretch, within
from featsql.emit.relations import write_query
from featsql.ir.graph import (
    BoundView,
    FeatureGraph,
    FeatureViewNode,
    ModelNode,
    Node,
    SeedNode,
    SnapshotNode,
    SourceNode,
    SqlNode,
    TableName,
    TrainingSetNode,
)
from featsql.ir.header import (
    FeatureRef,
)
from featsql.ir.model import Column, Parsed, Read
from featsql.ir.plan import GridAsks, PointInTime
from featsql.ir.project import CompileInputs
from featsql.ir.query import NodeQueries, Query, Reference
from featsql.ir.relational import Relation
from featsql.ir.statistics import Statistics
from featsql.plan.apart import taken_apart
from featsql.plan.counting import counting, read_statistics
from featsql.plan.grid import grid_from
from featsql.plan.lower import lower_backfill, lower_history, lower_online, lower_training_set
from featsql.plan.names import OURS
from featsql.plan.rewrite import NOBODY_COUNTED, entities_relation, rewrite, rows_relations
from featsql.resolve.nodes import bind as bind_view
from featsql.resolve.nodes import not_a_time


@dataclass(slots=True)
class Compiler:
    """Stages 6 to 8 for the nodes of one graph. `root` is where the paths of sources start."""

    graph: FeatureGraph
    inputs: CompileInputs
    root: str
    amounts: dict[str, dict[str, Statistics]] = field(default_factory=dict)
    """What has been counted of training sets: by node, then by part of its plan. Nothing: the robust plan."""
    _by_name: dict[str, Node] = field(init=False)
    _queries: dict[str, NodeQueries] = field(init=False)
    _done: dict[str, Query] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {node.name.lower(): node for node in self.graph.nodes.values() if node.kind != "source"}
        self._queries = {}
        self._done = {}

    def at(self, as_of_us: int) -> Compiler:
        """The same with another time t of online tables."""
        return Compiler(self.graph, replace(self.inputs, as_of_us=as_of_us), self.root, self.amounts)

    def queries(self, node: Node) -> NodeQueries:
        """Stages 6 to 8, once a node."""
        if node.id not in self._queries:
            self._queries[node.id] = self._compile(node)
        return self._queries[node.id]

    def _compile(self, node: Node) -> NodeQueries:
        match node:
            case ModelNode():
                return NodeQueries(self._model(node), changes=self.changes(node))
            case TrainingSetNode():
                plan = self.plans(node)[0]
                relations = rewrite(plan, self.amounts.get(node.id, NOBODY_COUNTED), self._cheap(plan), self.inputs.dialect)
                return NodeQueries(self.written(relations, node, *self._views(plan)))
            case FeatureViewNode():
                main, *online = (self.query(plan, node) for plan in self.plans(node))
                grid = grid_from(node.config.backfill, None, self.inputs.as_of_us) if node.config.backfill else None
                backfill = self.backfill(node, grid) if grid else None
                return NodeQueries(main, online[0] if online else None, backfill=backfill)
            case SnapshotNode():
                return self._snapshot(node)
            case SeedNode() | SourceNode():
                return NodeQueries()

    def _snapshot(self, node: SnapshotNode) -> NodeQueries:
        dialect, at_us = DIALECTS[self.inputs.dialect], self.inputs.as_of_us
        rows = self.rows(node)
        first = first_state(node, rows, at_us, dialect)
        if node.columns is None:
            return NodeQueries(first)
        there = There(Text.generated(dialect.table(node.relation)), frozenset(c.name.lower() for c in node.columns))
        columns = [c for c in node.columns if c.name not in node.own_columns]
        return NodeQueries(first, changes=later_state(node, rows, there, columns, at_us, dialect))

    def rows(self, node: SnapshotNode) -> Query:
        """The table as it is now."""
        return bind(node.parsed.text, dict(self._bindings(node)), self.inputs.dialect)

    def online(self, view: FeatureViewNode) -> Query:
        """The view's features at the time of online tables, one row an entity, whether it has such a table or not."""
        return self.query(lower_online(view, self.inputs.as_of_us), view)

    def backfill(self, view: FeatureViewNode, grid: GridAsks) -> Query:
        """The view's features at every point of a grid."""
        return self.query(lower_backfill(view, grid), view)

    def earliest(self, view: FeatureViewNode) -> Query:
        """The microsecond at which each entity's first row becomes known, in `known_us`."""
        rows = lower_history(view).parts[0].rows
        last = replace(entities_relation(rows), name="")
        return self.written((*rows_relations(rows, ranked=False), last), view)

    def plans(self, node: Node) -> tuple[PointInTime, ...]:
        """Stage 6: a training set has one plan, a feature view one for its history and one for its online table."""
        match node:
            case TrainingSetNode():
                strategy = node.config.strategy.text if node.config.strategy else None
                bound = [(use, self._view(use.view)) for use in node.bound]
                spine = (node.parsed.text, node.spine_columns, node.spine_timestamp.text)
                return (lower_training_set(*spine, bound, strategy),)
            case FeatureViewNode():
                history = lower_history(node)
                return (history, lower_online(node, self.inputs.as_of_us)) if node.config.online else (history,)
            case _:
                return ()

    def query(self, plan: PointInTime, *readers: Node, more: Mapping[str, Binding] | None = None) -> Query:
        """Stages 7 and 8. `readers` are the nodes whose SQL the plan holds, beside those of its views."""
        relations = rewrite(plan, cheap=self._cheap(plan), dialect=self.inputs.dialect)
        return self.written(relations, *readers, *self._views(plan), more=more)

    def goes_by_amounts(self, node: TrainingSetNode) -> bool:
        """Does the plan depend on them? Latest rows alone are looked up in one way."""
        return any(part.windows for part in self.plans(node)[0].parts)

    def counting(self, node: TrainingSetNode) -> Query:
        """The query whose rows `counted` takes."""
        plan = self.plans(node)[0]
        return self.written(counting(plan), node, *self._views(plan))

    def counted(self, node: TrainingSetNode, rows: Iterable[Mapping[str, Any]]) -> None:
        """From now on the node's plan goes by these amounts."""
        self.amounts[node.id] = read_statistics(self.plans(node)[0], rows)
        self._queries.pop(node.id, None)

    def apart(self, node: Node, plan: PointInTime) -> tuple[tuple[str, Query], ...]:
        """Each relation of a plan of the node's as a query of its own, and the table that is to hold its rows for the next."""
        relations = taken_apart(rewrite(plan, self.amounts.get(node.id, NOBODY_COUNTED), dialect=self.inputs.dialect))
        return tuple((table, self.written((relation,), node, *self._views(plan))) for table, relation in relations)

    def _cheap(self, plan: PointInTime) -> frozenset[str]:
        """The views that do no more than read a table: reading it twice costs less than keeping what was read."""
        return frozenset(
            view.name for view in self._views(plan) if view.sql.is_plain and all(map(self._is_table, view.parsed.reads))
        )

    def _is_table(self, read: Read) -> bool:
        if read.kind == "source":
            source = self.graph.nodes[self._source_id(read.target)]
            return isinstance(source, SourceNode) and not source.table.path
        node = self._by_name.get(read.target.lower()) if read.kind == "ref" else None
        return isinstance(node, SeedNode | SnapshotNode) or (
            isinstance(node, ModelNode) and node.config.materialized in ("table", "incremental")
        )

    def _views(self, plan: PointInTime) -> tuple[FeatureViewNode, ...]:
        return tuple(self._view(part.rows.view) for part in plan.parts)

    def written(self, relations: Sequence[Relation], *readers: Node, more: Mapping[str, Binding] | None = None) -> Query:
        """Stage 8. `readers` are the nodes whose SQL the relations hold. Raises FS409."""
        raise_errors(self._captured({r.name.lower() for r in relations}, readers))
        bindings = {marker: bound for node in readers for marker, bound in self._bindings(node)}
        return bind(self.text(relations), {**bindings, **(more or {})}, self.inputs.dialect)

    def text(self, relations: Sequence[Relation]) -> Text:
        return write_query(relations, DIALECTS[self.inputs.dialect], OURS)

    def inline(self, parsed: Parsed) -> Query:
        """A query that is no node."""
        known = {f"ref:{name}" for name in self._by_name} | {f"source:{n.name.lower()}" for n in self.graph.nodes.values()}
        unknown = [read for read in parsed.reads if read.kind != "table" and read.marker.lower() not in known]
        raise_errors(Diagnostic("FS401", f"there is no node `{read.target}`", read.span) for read in unknown)
        bindings = {read.marker: self.binding(read.kind, read.target) for read in parsed.reads if read.kind != "table"}
        return bind(parsed.text, bindings, self.inputs.dialect)

    def with_views_inside(self, query: Query, more: Collection[str] = ()) -> Query:
        """The query with the project's views in place of their names, as subqueries: none of them has to be there.

        `more`: ids of nodes that are put in too, though they have tables.
        """
        parts: list[Text | Reference] = []
        inside = (n for n in self.graph.nodes.values() if _is_view(n) or (isinstance(n, SqlNode) and n.id in more))
        views = {node.relation: node for node in inside}
        for part in query.parts:
            node = views.get(part.table) if isinstance(part, Reference) else None
            inner = self.queries(node).main if node else None
            if inner is None:
                parts.append(part)
            else:
                parts += [Text.generated("(\n"), *self.with_views_inside(inner, more).parts, Text.generated("\n)")]
        return Query(tuple(parts), query.dialect)

    def retrieval(
        self, frame: str, columns: tuple[Column, ...], timestamp: str, refs: Sequence[FeatureRef]
    ) -> tuple[PointInTime, Query]:
        """A training set whose spine is the table `frame`. Raises FS008, FS404, FS411 and the like."""
        spine = Text.generated(f"select * from {DIALECTS[self.inputs.dialect].quote(frame)}")
        return self.asked_by(spine, columns, timestamp, refs)

    def asked_by(
        self, spine: Text, columns: tuple[Column, ...], timestamp: str, refs: Sequence[FeatureRef]
    ) -> tuple[PointInTime, Query]:
        """A training set whose spine are the rows of a SELECT. Raises as `retrieval`."""
        findings: list[Diagnostic] = []
        views = {n.name.lower(): n for n in self._by_name.values() if isinstance(n, FeatureViewNode)}
        for ref in refs:
            if ref.view.text.lower() not in views:
                names = [view.name for view in views.values()]
                hints = nearest(ref.view.text, names) or ((f"feature views: {', '.join(names)}",) if names else ())
                findings.append(Diagnostic("FS401", f"there is no feature view `{ref.view}`", hints=hints))
        bound = [found for ref in refs if (found := bind_view(ref, views, columns, None, findings))]
        findings += [
            not_a_time(c.name, c.type) for c in columns if c.name.lower() == timestamp.lower() and c.type and not is_time(c.type)
        ]
        findings += _clashes(columns, bound)
        raise_errors(replace(d, span=None, labels=()) for d in findings)
        used = [(use, views[use.view.lower()]) for use in bound]
        plan = lower_training_set(spine, columns, timestamp, used, None)
        return plan, self.query(plan)

    def _captured(self, names: set[str], readers: Iterable[Node]) -> Iterator[Diagnostic]:
        """Tables read past the graph that a relation of ours, of the same name, would take the place of."""
        for node in readers:
            if not isinstance(node, SqlNode):
                continue
            for read in node.parsed.reads:
                if read.kind == "table" and read.target.strip('"').lower() in names:
                    message = f"`{read.target}` is also a name in the SQL that featsql writes here"
                    yield Diagnostic("FS409", message, read.span, hints=("declare it as a source, and read it by `source`",))
            upstream = (self.graph.nodes[parent] for parent in node.parents)
            yield from self._captured(names, (p for p in upstream if isinstance(p, ModelNode) and _is_ephemeral(p)))

    def _model(self, node: ModelNode) -> Query:
        if node.id not in self._done:
            self._done[node.id] = self.whole(node, Stretch())
        return self._done[node.id]

    def whole(self, node: ModelNode, stretch: Stretch) -> Query:
        """All rows of an incremental model, of some of its intervals where it has any."""
        query = bind(node.parsed.text, dict(self._bindings(node)), self.inputs.dialect)
        return self._within(node, query, stretch)

    def changes(self, node: ModelNode, stretch: Stretch | None = None) -> Query | None:
        """The rows that an incremental model's table takes in when it is there; None for any other model."""
        if node.config.incremental is None:
            return None
        parsed = node.parsed.again or node.parsed
        bindings = {read.marker: self.binding(read.kind, read.target) for read in parsed.reads if read.kind != "table"}
        return self._within(node, bind(parsed.text, bindings, self.inputs.dialect), stretch or Stretch())

    def _within(self, node: ModelNode, query: Query, stretch: Stretch) -> Query:
        intervals = node.config.incremental.intervals if node.config.incremental else None
        return within(query, intervals.timestamp.text, stretch, DIALECTS[self.inputs.dialect]) if intervals else query

    def _view(self, name: str) -> FeatureViewNode:
        node = self._by_name[name.lower()]
        assert isinstance(node, FeatureViewNode)
        return node

    def _bindings(self, node: Node) -> Iterator[tuple[str, Binding]]:
        if isinstance(node, SqlNode):
            for read in node.parsed.reads:
                if read.kind != "table":
                    yield read.marker, self.binding(read.kind, read.target)

    def binding(self, kind: str, target: str) -> Binding:
        dialect = DIALECTS[self.inputs.dialect]
        if kind == "source":
            source = self.graph.nodes[self._source_id(target)]
            assert isinstance(source, SourceNode)
            table = source.table
            if table.path and dialect.file_scan:
                return Text.generated(dialect.file_scan(absolute(table.path, self.root)))
            name = TableName(table.schema, table.identifier, table.database or None)
            return Reference(name, Text.generated(dialect.table(name)))
        node = self._by_name[target.lower()]
        if isinstance(node, ModelNode) and _is_ephemeral(node):
            return self._model(node)
        assert not isinstance(node, SourceNode)
        return Reference(node.relation, Text.generated(dialect.table(node.relation)))

    def _source_id(self, target: str) -> str:
        exact = f"source.{self.graph.project}.{target}"
        if exact in self.graph.nodes:
            return exact
        return next(node_id for node_id in self.graph.nodes if node_id.lower() == exact.lower())


def _is_ephemeral(node: ModelNode) -> bool:
    return node.config.materialized == "ephemeral"


def _is_view(node: Node) -> TypeGuard[ModelNode | FeatureViewNode]:
    return isinstance(node, FeatureViewNode) or (isinstance(node, ModelNode) and node.config.materialized == "view")


def absolute(path: str, root: str) -> str:
    """A source's path as the warehouse reads it: relative ones start at the project."""
    is_absolute = path.startswith("/") or path[1:3] in (":/", ":\\") or "://" in path
    return path if is_absolute else f"{root}/{path}"


def _clashes(columns: tuple[Column, ...], bound: Sequence[BoundView]) -> Iterator[Diagnostic]:
    seen = {c.name.lower() for c in columns}
    for use in bound:
        for name in (use.prefix + feature for feature in use.features):
            if name.lower() in seen:
                yield Diagnostic("FS311", f"two columns are named `{name}`", hints=("rename the spine's column",))
            seen.add(name.lower())
