"""A node and its queries as steps: create this view, make that table, load this file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from featsql.ir.graph import (
    FeatureGraph,
    FeatureViewNode,
    ModelNode,
    Node,
    SeedNode,
    SnapshotNode,
    SourceNode,
    SqlNode,
    TrainingSetNode,
)
from featsql.ir.query import AS_USUAL, CreateTable, CreateView, LoadSeed, NodeQueries, NodeSteps, Step


def steps_of(node: Node, queries: NodeQueries, root: str) -> NodeSteps:
    """All that `node` leaves; a node that leaves nothing (an ephemeral model, a source) has no steps."""
    match node:
        case SeedNode():
            columns = tuple((c.name, c.type) for c in node.columns)
            return _steps(node, [LoadSeed(node.relation, f"{root}/{node.file.path}", columns)], f"seed {node.relation}")
        case ModelNode():
            return _model(node, queries)
        case SnapshotNode():
            assert queries.main
            return _steps(node, [CreateTable(node.relation, queries.main)], f"snapshot {node.relation}")
        case TrainingSetNode():
            assert queries.main
            return _steps(node, [CreateTable(node.relation, queries.main)], f"training set {node.relation}")
        case FeatureViewNode():
            assert queries.main
            steps: list[Step] = [CreateView(node.relation, queries.main)]
            if queries.online:
                steps.append(CreateTable(node.online_relation, queries.online))
            label = f"feature view {node.relation}{' + online' if queries.online else ''}"
            if queries.backfill:
                steps.append(CreateTable(node.backfill_relation, queries.backfill))
                label += f" + {node.grid}"
            return _steps(node, steps, label)
        case SourceNode():
            return _steps(node, [], f"source {node.name}")


def with_parents_that_are_built(steps: NodeSteps, graph: FeatureGraph) -> NodeSteps:
    """The steps, with what an ephemeral parent reads in its place: nothing of such a parent can fail or be skipped."""
    parents: dict[str, None] = {}
    waiting = list(steps.parents)
    while waiting:
        parent = graph.nodes[waiting.pop(0)]
        if isinstance(parent, ModelNode) and parent.config.materialized == "ephemeral":
            waiting += parent.parents
        else:
            parents[parent.id] = None
    return replace(steps, parents=tuple(parents))


def _model(node: ModelNode, queries: NodeQueries) -> NodeSteps:
    assert queries.main
    match node.config.materialized:
        case "view":
            return _steps(node, [CreateView(node.relation, queries.main)], f"view {node.relation}")
        case "table":
            return _steps(node, [CreateTable(node.relation, queries.main)], f"table {node.relation}")
        case "incremental":
            return _steps(node, [CreateTable(node.relation, queries.main)], f"incremental {node.relation}")
        case "ephemeral":
            return _steps(node, [], f"ephemeral {node.name}")


def _steps(node: Node, steps: Sequence[Step], label: str) -> NodeSteps:
    parents = () if isinstance(node, SeedNode | SourceNode) else node.parents
    return stored(node, NodeSteps(node.id, node.name, node.kind, label, tuple(steps), parents))


def stored(node: Node, steps: NodeSteps) -> NodeSteps:
    """The steps, with what the node's header says of how the warehouse keeps what they make."""
    if not isinstance(node, SqlNode) or node.header.storage == AS_USUAL:
        return steps
    storage = node.header.storage
    comment = node.header.description if storage.comment else ""
    made = (s if isinstance(s, LoadSeed) else replace(s, storage=storage, comment=comment) for s in steps.steps)
    return replace(steps, steps=tuple(made))
