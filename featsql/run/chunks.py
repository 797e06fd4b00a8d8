"""A long time computed in parts: each is published by itself, so that what is done stays done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from featsql.compile import Compiler
from featsql.emit.intervals import Stretch
from featsql.engines.base import Engine
from featsql.ir.graph import FeatureViewNode, ModelNode
from featsql.plan.grid import next_point
from featsql.run.backfill import Grids
from featsql.run.changes import Changes
from featsql.run.incremental import Asked


def in_parts(stretch: Stretch, start_us: int, end_us: int, length_us: int) -> tuple[Stretch, ...]:
    """The stretch in parts of one length, one after the other. One that names no start goes on from what is there.

    >>> [(part.start_us, part.end_us) for part in in_parts(Stretch(0), 0, 25, 10)]
    [(0, 10), (10, 20), (20, 25)]
    >>> [(part.start_us, part.end_us) for part in in_parts(Stretch(), 0, 25, 10)]
    [(None, 10), (None, 20), (None, 25)]
    """
    ends = [*range(start_us + length_us, end_us, length_us), end_us]
    starts: Iterable[int | None] = [start_us, *ends] if stretch.start_us is not None else [None] * len(ends)
    return tuple(Stretch(start, end) for start, end in zip(starts, ends, strict=False))


def goes_by_time(compiler: Compiler, node_id: str) -> bool:
    """Has the node intervals or a grid?"""
    node = compiler.graph.nodes[node_id]
    if isinstance(node, ModelNode):
        return bool(node.config.incremental and node.config.incremental.intervals)
    return isinstance(node, FeatureViewNode) and node.config.backfill is not None


def first_missing(engine: Engine, compiler: Compiler, nodes: Iterable[str], asked: Asked) -> int | None:
    """The earliest time that some grid of the nodes does not have; None where there is no grid, or no row."""
    return min(_missing(Grids(Changes(engine, compiler), asked), compiler, nodes), default=None)


def _missing(grids: Grids, compiler: Compiler, nodes: Iterable[str]) -> Iterator[int]:
    for node_id in nodes:
        view = compiler.graph.nodes[node_id]
        if isinstance(view, FeatureViewNode) and view.config.backfill:
            found = grids.first_missing(view, view.config.backfill)
            if found is not None:
                yield next_point(found, view.config.backfill.every_us)
