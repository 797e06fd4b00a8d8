"""Nodes as lines: a name, a path, a selector or JSON each."""

from __future__ import annotations

import json
from typing import Literal

from featsql.ir.graph import FeatureViewNode, Node, SeedNode, SourceNode

Output = Literal["name", "path", "selector", "json"]


def line_of(node: Node, output: Output, project: str) -> str:
    match output:
        case "name":
            return node.name
        case "path":
            return _path(node)
        case "selector":
            return _selector(node, project)
        case "json":
            return json.dumps(_facts(node), ensure_ascii=False)


def _path(node: Node) -> str:
    return node.table.name.span.file.path if isinstance(node, SourceNode) else node.file.path


def _selector(node: Node, project: str) -> str:
    """Text that selects this node and no other."""
    if isinstance(node, SourceNode):
        return f"source:{node.name}"
    return ".".join((project, *_path(node).split("/")[1:-1], node.name))


def _facts(node: Node) -> dict[str, object]:
    facts: dict[str, object] = {
        "name": node.name,
        "unique_id": node.id,
        "resource_type": node.kind,
        "original_file_path": _path(node),
        "depends_on": {"nodes": [] if isinstance(node, SeedNode | SourceNode) else list(node.parents)},
    }
    if isinstance(node, SeedNode):
        return {**facts, "relation": str(node.relation), "description": node.description}
    if isinstance(node, SourceNode):
        return {**facts, "description": node.table.description, "owner": node.table.owner, "tags": list(node.table.tags)}
    header = node.header
    facts |= {"relation": str(node.relation), "description": header.description}
    facts |= {"owner": header.owner, "tags": list(header.tags)}
    if isinstance(node, FeatureViewNode):
        facts |= {"entities": [e.text for e in node.config.entities], "features": [f.name for f in node.features]}
    return facts
