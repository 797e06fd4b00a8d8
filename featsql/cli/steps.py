"""The steps of a run as text, for those who look before they leap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from featsql.ir.query import CreateTable, CreateView, LoadSeed, NodeSteps, Step


def step_lines(nodes: Sequence[NodeSteps]) -> Iterator[str]:
    """One line a step: what it makes, and which node it is of."""
    made = [(_made(step), node.name) for node in nodes for step in node.steps]
    room = max((len(text) for text, _ in made), default=0)
    return (f"{text:<{room}}  for {name}" for text, name in made)


def steps_json(nodes: Sequence[NodeSteps]) -> str:
    """The steps as one JSON array, a step a line."""
    lines = [json.dumps(_facts(node, step), ensure_ascii=False) for node in nodes for step in node.steps]
    return "[" + ",\n ".join(lines) + "]"


def _made(step: Step) -> str:
    match step:
        case CreateTable():
            return f"create table {step.target}"
        case CreateView():
            return f"create view  {step.target}"
        case LoadSeed():
            return f"load seed    {step.target}"


def _facts(node: NodeSteps, step: Step) -> dict[str, object]:
    shared: dict[str, object] = {"node": node.name, "unique_id": node.node_id, "kind": node.kind}
    match step:
        case CreateTable():
            return {**shared, "step": "create_table", "relation": str(step.target), "sql": step.query.sql}
        case CreateView():
            return {**shared, "step": "create_view", "relation": str(step.target), "sql": step.query.sql}
        case LoadSeed():
            return {**shared, "step": "load_seed", "relation": str(step.target), "path": step.path}
