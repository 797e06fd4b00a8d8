"""What the columns of a whole graph can reach, model by model."""

from __future__ import annotations

from collections.abc import Mapping

from featsql.front.reach import reach_of
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, TrainingSetNode
from featsql.ir.model import Column
from featsql.ir.reach import ModelReach


def reaches(graph: FeatureGraph) -> Mapping[str, ModelReach]:
    """By node id, for every feature view and training set and the models that they read, directly or not."""
    columns = {f"ref:{n.name}".lower(): n.columns for n in graph.nodes.values() if n.kind != "source"}
    columns |= {f"source:{n.name}".lower(): n.columns for n in graph.nodes.values() if n.kind == "source"}
    return {node_id: _reach(graph, node_id, columns) for node_id in _wanted(graph)}


def _reach(graph: FeatureGraph, node_id: str, columns: Mapping[str, tuple[Column, ...] | None]) -> ModelReach:
    node = graph.nodes[node_id]
    assert isinstance(node, ModelNode | FeatureViewNode | TrainingSetNode)
    inputs = {read.marker: columns.get(read.marker.lower()) for read in node.parsed.reads if read.kind != "table"}
    known = node.config.available_at if isinstance(node, FeatureViewNode) else None
    return reach_of(node.parsed, inputs, (known.text,) if known else ())


def _wanted(graph: FeatureGraph) -> list[str]:
    wanted: set[str] = set()
    for node_id in reversed(list(graph.nodes)):
        node = graph.nodes[node_id]
        if isinstance(node, FeatureViewNode | TrainingSetNode) or (node_id in wanted and isinstance(node, ModelNode)):
            wanted |= {node_id, *node.parents}
    return [n for n in graph.nodes if n in wanted and isinstance(graph.nodes[n], ModelNode | FeatureViewNode | TrainingSetNode)]
