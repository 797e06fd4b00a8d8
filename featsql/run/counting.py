"""Counting before planning: what a training set would meet, asked of the warehouse, and kept for those who only compile."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from featsql.base.diagnostics import FeatsqlError
from featsql.compile import Compiler
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.graph import FeatureGraph, TrainingSetNode
from featsql.ir.query import NodeSteps
from featsql.ir.statistics import Statistics
from featsql.materialize.steps import steps_of
from featsql.run.journal import write_json

Amounts = dict[str, dict[str, Statistics]]


def counting_first(engine: Engine, compiler: Compiler) -> Callable[[NodeSteps], NodeSteps]:
    """Gives a training set's steps anew, by what is there when its turn comes; all other steps as they are."""

    def prepared(steps: NodeSteps) -> NodeSteps:
        node = compiler.graph.nodes[steps.node_id]
        if not isinstance(node, TrainingSetNode) or not compiler.goes_by_amounts(node):
            return steps
        try:
            compiler.counted(node, engine.query(compiler.counting(node)).to_pylist())
        except Cancelled:
            raise
        except (EngineError, FeatsqlError):
            # the build itself says what is wrong, at its place
            return steps
        return steps_of(node, compiler.queries(node), compiler.root)

    return prepared


def save_amounts(path: Path, target: str, amounts: Mapping[str, Mapping[str, Statistics]], graph: FeatureGraph) -> None:
    """For compiles to come for that target; of training sets that are gone nothing is kept."""
    kept = {node_id: parts for node_id, parts in amounts.items() if node_id in graph.nodes}
    counted = {node_id: {part: asdict(found) for part, found in parts.items()} for node_id, parts in kept.items()}
    write_json(path, {"targets": {**_by_target(path), target: counted}})


def load_amounts(path: Path, target: str) -> Amounts:
    """What runs have counted there; nothing where no run did, or where the file is of another version."""
    try:
        found = _by_target(path).get(target, {})
        return {node_id: {part: Statistics(**row) for part, row in parts.items()} for node_id, parts in found.items()}
    except (TypeError, AttributeError):
        return {}


def _by_target(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["targets"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
