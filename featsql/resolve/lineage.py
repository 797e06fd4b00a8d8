"""From traced models to the lineage of a project: markers become nodes, training sets get their features' columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from featsql.ir.graph import BoundView, FeatureGraph, FeatureViewNode, Node, SqlNode, TrainingSetNode
from featsql.ir.lineage import ROWS, ColumnId, Edge, Lineage, Role, RowEdge, Step, Traced, TracedColumn
from featsql.ir.model import Column


def asked_beside(node: Node) -> tuple[str, ...]:
    """The names over a node's FROM that its header gives and its SELECT list need not have."""
    if not isinstance(node, FeatureViewNode):
        return ()
    known = (node.config.available_at,) if node.config.available_at else ()
    return tuple(name.text for name in (*known, *node.config.tie_break))


def node_of_marker(graph: FeatureGraph) -> dict[str, str]:
    """Node ids by marker in lower case: `ref:orders`, `source:shop.orders`."""
    return {f"{'source' if n.kind == 'source' else 'ref'}:{n.name.lower()}": n.id for n in graph.nodes.values()}


def columns_read(graph: FeatureGraph, nodes: Iterable[SqlNode]) -> dict[str, dict[str, tuple[Column, ...] | None]]:
    """By node id, then by marker: the columns of what a node reads."""
    ids = node_of_marker(graph)
    return {
        node.id: {r.marker: graph.nodes[ids[r.marker.lower()]].columns for r in node.parsed.reads if r.kind != "table"}
        for node in nodes
    }


def connect(graph: FeatureGraph, traces: Mapping[str, Traced]) -> Lineage:
    """The lineage of every column; `traces` by node id, of each node that has SQL.

    A column that only its readers name, because a star passes it on, is followed to where it comes from.
    """
    builder = _Builder(graph, traces, node_of_marker(graph))
    for node_id in reversed(list(graph.nodes)):
        builder.add(graph.nodes[node_id])
    return builder.lineage()


@dataclass(slots=True)
class _Builder:
    graph: FeatureGraph
    traces: Mapping[str, Traced]
    markers: Mapping[str, str]
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    """By node: its columns as spelled, by name in lower case."""
    edges: dict[str, list[Edge]] = field(default_factory=dict)
    rows: dict[str, list[RowEdge]] = field(default_factory=dict)

    def add(self, node: Node) -> None:
        """The edges into one node, whose readers were added before."""
        names = self.columns.setdefault(node.id, {})
        asked = dict(names)
        names.clear()
        for column in node.columns or ():
            names[column.name.lower()] = column.name
        trace = self.traces.get(node.id)
        edges: list[Edge] = []
        if trace is not None:
            for traced in trace.columns:
                names.setdefault(traced.name.lower(), traced.name)
                edges += self._traced(node.id, traced)
            edges += self._passed(node.id, trace, [name for low, name in asked.items() if low not in names])
        for low, name in asked.items():
            names.setdefault(low, name)
        if isinstance(node, TrainingSetNode):
            for bound in node.bound:
                edges += self._bound(node, bound)
        self.edges[node.id] = edges
        self.rows[node.id] = list(dict.fromkeys(self._rows(node, trace)))

    def lineage(self) -> Lineage:
        order = [*self.graph.nodes, *(n for n in self.columns if n not in self.graph.nodes)]
        columns = {n: tuple(c for c in self.columns[n].values() if c != ROWS) for n in order}
        edges = tuple(edge for n in order for edge in self.edges.get(n, ()))
        return Lineage(columns, edges, tuple(edge for n in order for edge in self.rows.get(n, ())))

    def _column(self, marker: str, name: str) -> ColumnId:
        """The column of what a marker names, in that one's spelling; noted as asked for."""
        node_id = self.markers.get(marker.lower(), marker.partition(":")[2] if marker.startswith("table:") else marker)
        node = self.graph.nodes.get(node_id)
        for column in (node.columns or ()) if node else ():
            if column.name.lower() == name.lower():
                return ColumnId(node_id, column.name)
        known = self.columns.setdefault(node_id, {})
        return ColumnId(node_id, known.setdefault(name.lower(), name))

    def _traced(self, node_id: str, traced: TracedColumn) -> Iterator[Edge]:
        target = ColumnId(node_id, traced.name)
        for found in traced.inputs:
            yield Edge(self._column(found.relation, found.column), target, found.how, found.steps)

    def _passed(self, node_id: str, trace: Traced, asked: list[str]) -> Iterator[Edge]:
        """Columns that a star passes on, and the rows."""
        for name in asked:
            for marker in trace.reads if name == ROWS else trace.passes:
                yield Edge(self._column(marker, name), ColumnId(node_id, name), "copy")

    def _bound(self, node: TrainingSetNode, bound: BoundView) -> Iterator[Edge]:
        view = self.graph.view(bound.view)
        expression = f"as of {node.spine_timestamp.text}"
        for feature in bound.features:
            step = Step("", bound.prefix + feature, expression, bound.span)
            yield Edge(ColumnId(view.id, feature), ColumnId(node.id, bound.prefix + feature), "copy", (step,))

    def _rows(self, node: Node, trace: Traced | None) -> Iterator[RowEdge]:
        for row in trace.rows if trace else ():
            yield RowEdge(self._column(row.relation, row.column), node.id, row.role, row.span)
        if isinstance(node, FeatureViewNode) and trace is not None:
            keys = {key.name.lower() for key in node.keys}
            times = {node.timestamp.name.lower()}
            for traced in (*trace.columns, *trace.beside):
                is_beside = any(traced is other for other in trace.beside)
                role: Role = "key" if traced.name.lower() in keys else "time"
                if is_beside or traced.name.lower() in keys | times:
                    for found in traced.inputs:
                        yield RowEdge(self._column(found.relation, found.column), node.id, role)
        if isinstance(node, TrainingSetNode):
            for bound in node.bound:
                view = self.graph.view(bound.view)
                for key in view.keys:
                    yield RowEdge(ColumnId(view.id, key.name), node.id, "join", bound.span)
                yield RowEdge(ColumnId(view.id, view.timestamp.name), node.id, "time", bound.span)
