"""Tables that take in rows: what is there when a node's turn comes decides whether it is built whole or added to.

Whatever the way, one new table stands aside in the end, and is published with the rest of the run.
"""

from __future__ import annotations

from collections.abc import Callable

from featsql.compile import Compiler
from featsql.engines.base import Engine
from featsql.ir.graph import FeatureViewNode, ModelNode, SnapshotNode
from featsql.ir.query import NodeSteps
from featsql.materialize.steps import stored
from featsql.run.backfill import Grids
from featsql.run.changes import Changes
from featsql.run.histories import Histories
from featsql.run.incremental import Asked, Growing

Prepared = Callable[[NodeSteps], NodeSteps]


def changing_first(engine: Engine, compiler: Compiler, asked: Asked) -> Prepared:
    """Gives the steps of snapshots and incremental models by what their tables hold; all other steps as they are."""
    changes = Changes(engine, compiler)

    def prepared(steps: NodeSteps) -> NodeSteps:
        node = compiler.graph.nodes[steps.node_id]
        match node:
            case SnapshotNode():
                return stored(node, Histories(changes).steps(node, steps))
            case FeatureViewNode() if node.config.backfill:
                return stored(node, Grids(changes, asked).steps(node, node.config.backfill, steps))
            case ModelNode() if node.config.incremental:
                return stored(node, Growing(changes, asked).steps(node, node.config.incremental, steps))
        return steps

    return prepared


def one_after_the_other(first: Prepared, second: Prepared) -> Prepared:
    return lambda steps: second(first(steps))
