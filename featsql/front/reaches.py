"""What the columns of a whole graph can reach, model by model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from featsql.front.reach import as_read, reach_of
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, SqlNode, TrainingSetNode
from featsql.ir.reach import ModelReach, Reach


def reaches(graph: FeatureGraph, nodes: Iterable[str] | None = None) -> Mapping[str, ModelReach]:
    """By node id, for every feature view and training set and the models that they read, directly or not; or for these nodes."""
    named = {f"{'source' if n.kind == 'source' else 'ref'}:{n.name}".lower(): n for n in graph.nodes.values()}
    inputs: dict[str, Mapping[str, Reach]] = {}
    found: dict[str, ModelReach] = {}
    for node_id in _wanted(graph) if nodes is None else nodes:
        node = graph.nodes[node_id]
        assert isinstance(node, SqlNode)
        for read in node.parsed.reads:
            if read.kind != "table" and read.marker not in inputs and (columns := named[read.marker.lower()].columns) is not None:
                inputs[read.marker] = as_read(read.marker, columns)
        known = node.config.available_at if isinstance(node, FeatureViewNode) else None
        found[node_id] = reach_of(node.parsed, inputs, (known.text,) if known else ())
    return found


def _wanted(graph: FeatureGraph) -> list[str]:
    wanted: set[str] = set()
    for node_id in reversed(list(graph.nodes)):
        node = graph.nodes[node_id]
        if isinstance(node, FeatureViewNode | TrainingSetNode) or (node_id in wanted and isinstance(node, ModelNode)):
            wanted |= {node_id, *node.parents}
    # a snapshot is where its history begins: what it reads was read at other times
    return [n for n, node in graph.nodes.items() if n in wanted and isinstance(node, SqlNode) and node.kind != "snapshot"]
