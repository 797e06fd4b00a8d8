"""A feature view that reads a source with a known time, and does not use it (R4)."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.base.diagnostics import Diagnostic, Label
from featsql.ir.graph import FeatureGraph, FeatureViewNode, SourceNode

CODE = "FS503"


def unused_known_times(graph: FeatureGraph) -> Iterator[Diagnostic]:
    """FS503 for each view that takes rows straight from a source with `available_at` and says nothing of known time itself."""
    for node in graph.nodes.values():
        if not isinstance(node, FeatureViewNode) or node.config.available_at or node.config.delay_us or _is_allowed(node):
            continue
        for parent in node.parents:
            source = graph.nodes[parent]
            if isinstance(source, SourceNode) and source.table.available_at:
                yield _finding(node, source)


def _is_allowed(node: FeatureViewNode) -> bool:
    return isinstance(node.header.allow, dict) and CODE in node.header.allow


def _finding(node: FeatureViewNode, source: SourceNode) -> Diagnostic:
    known = source.table.available_at
    assert known
    return Diagnostic(
        CODE,
        f"`{node.name}` sees rows of `{source.name}` before they are known",
        node.config.timestamp.span,
        "this time decides what is seen",
        (Label(known.span, f"the source says that its rows become known at `{known}`"),),
        hints=(f"add `available_at: {known}` to the view's header", f"or say why not: `allow: {{{CODE}: REASON}}`"),
        severity="warning",
    )
