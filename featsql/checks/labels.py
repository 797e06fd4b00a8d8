"""The label's own row, seen by the features that are to foretell it."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.base.diagnostics import Diagnostic, Label
from featsql.checks.findings import Finding, allowed, reason, to_source, way
from featsql.checks.traces import Column, Trace, Traces
from featsql.ir.graph import BoundView, FeatureViewNode, TrainingSetNode


def seen_labels(traces: Traces) -> Iterator[Finding]:
    """FS510 for each view that sees rows of the very time that is asked for, and shares a source with the spine."""
    for node, use, view in _uses(traces):
        if not view.config.closed.sees_now:
            continue
        spine = frozenset(t for c in node.spine_columns or () for t in traces.column(node.id, c.name).tables)
        shared = sorted(spine & traces.columns(view.id, use.features).tables & traces.known_time(view).tables)
        if shared:
            source = traces.graph.nodes[shared[0]]
            diagnostic = Diagnostic(
                "FS510",
                f"`{node.name}` can see the row of its own label: `{view.name}` sees rows of the time that is asked for",
                use.span or node.config.timestamp.span,
                f"both read `{source.name}`",
                (Label(view.config.timestamp.span, f"`closed: {view.config.closed}` lets a row be seen at its very time"),),
                (),
                ("use `closed: left` in the view: rows from before that time alone", reason("FS510")),
                "warning",
            )
            yield Finding(diagnostic, (node.id,), allowed("FS510", node, view))


def reachable_labels(traces: Traces) -> Iterator[Finding]:
    """FS511 for each view that shows what the label is made of, when the question comes later than the label's own row."""
    for node, use, view in _uses(traces):
        label = traces.columns(node.id, [n.text for n in node.config.label])
        known, asked = traces.known_time(view), traces.column(node.id, node.config.timestamp.text)
        waits = label.sources & known.sources - asked.sources
        shared = label.sources & traces.columns(view.id, use.features).sources - asked.sources
        shared = shared if waits else shared - known.sources
        if shared and _is_later(asked, known, label):
            yield Finding(_reachable(traces, node, use, view, min(shared)), (node.id,), allowed("FS511", node, view))


def _is_later(asked: Trace, known: Trace, label: Trace) -> bool:
    """Is the question's time one at which the label's row can be seen?"""
    if not asked.tables & known.tables:
        return False
    gathered = {h.place for h in label.hazards if h.kind == "aggregate"}
    if asked.is_shifted or asked.closes & gathered:
        return bool(asked.sources & known.sources or label.sources & known.sources)
    return not asked.sources & known.sources and not label.sources & known.sources


def _reachable(traces: Traces, node: TrainingSetNode, use: BoundView, view: FeatureViewNode, column: Column) -> Diagnostic:
    feature = next(f for f in use.features if column in traces.column(view.id, f).sources)
    path = traces.path(view.id, feature, to_source(column))
    return Diagnostic(
        "FS511",
        f"feature `{view.name}.{feature}` may be the label of `{node.name}`: both come from `{path[-1]}`",
        node.config.label[0].span,
        "what is to be foretold",
        (Label(node.config.timestamp.span, "the question is asked when the label's row can be seen"),),
        (way(path),),
        ("ask before it happens: a spine's time is that of the decision", reason("FS511")),
        "warning",
    )


def _uses(traces: Traces) -> Iterator[tuple[TrainingSetNode, BoundView, FeatureViewNode]]:
    for node in traces.graph.nodes.values():
        if isinstance(node, TrainingSetNode) and node.config.label:
            for use in node.bound:
                yield node, use, traces.graph.view(use.view)
