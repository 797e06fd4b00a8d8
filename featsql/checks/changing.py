"""Tables whose rows change in place: what they say today was not what they said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from featsql.base.diagnostics import Diagnostic, Label
from featsql.checks.findings import Asked, Finding, allowed, hazard_finding, hazardous, named, reason, to_source, way
from featsql.checks.traces import Trace, Traces
from featsql.ir.graph import FeatureViewNode, Node, SnapshotNode, SourceNode
from featsql.ir.reach import Hazard

_CHANGED: Final = re.compile(
    r"_?(?:last_)?(?:row_|record_|status_)?(?:updated?|modified|modification|changed?|edited)(?:_(?:at|on|ts|time|date|utc|timestamp))?",
    re.IGNORECASE,
)


def changed_column(source: SourceNode) -> str | None:
    """The column by which a table says when its rows were last changed, if it has one."""
    return next((c.name for c in source.columns or () if _CHANGED.fullmatch(c.name)), None)


def joins(traces: Traces) -> Iterator[Finding]:
    """FS508 for a join, on keys alone, to a table that changes: the row that is there now is not the one that was."""
    changing = {n.id for n in traces.graph.nodes.values() if _is_changing(n)}

    reached = cache(lambda hazard: traces.origins(hazard.joined))

    def is_of_changing(hazard: Hazard) -> bool:
        return bool(changing) and any(node_id in changing for node_id, _ in reached(hazard))

    def is_seen_by_another_time(node: Asked, known: Trace, hazard: Hazard) -> bool:
        # what decides which rows there are is in all columns, the time among them
        return hazard not in known.hazards or hazard in traces.rows(node.id).hazards

    for node, hazard, names in hazardous(traces, traces.hazards("join", is_of_changing), is_seen_by_another_time):
        hints = (
            "compare times in the join: `and b.valid_from <= a.happened_at`",
            "or make a feature view of the joined table, and put both into the training set",
        )
        what = "takes the joined row as it is now"
        yield from hazard_finding("FS508", traces, node, hazard, names, what, hints)


def overwritten(traces: Traces) -> Iterator[Finding]:
    """FS512 for a feature from a table whose rows are changed in place, in a view that sees them by another time."""
    for view in traces.views():
        known = traces.known_time(view)
        if view.config.delay_us:
            continue
        for node_id in sorted(known.tables):
            source = traces.graph.nodes[node_id]
            changed = changed_column(source) if isinstance(source, SourceNode) else None
            if not isinstance(source, SourceNode) or not changed or (node_id, changed.lower()) in known.sources:
                continue
            if source.table.available_at:
                continue
            yield from _overwritten(traces, view, source, changed)


def _overwritten(traces: Traces, view: FeatureViewNode, source: SourceNode, changed: str) -> Iterator[Finding]:
    declared = {d.name.text.lower() for d in source.table.columns if d.available_at}
    plain = {key.name.lower() for key in view.keys}
    found: dict[str, tuple[str, str]] = {}
    for feature in view.features:
        for column in sorted(traces.column(view.id, feature.name).sources):
            if column[0] == source.id and column[1] not in declared | plain and column not in traces.known_time(view).sources:
                found.setdefault(feature.name, column)
    if not found:
        return
    first = next(f for f in view.features if f.name in found)
    path = traces.path(view.id, first.name, to_source(found[first.name]))
    docs = [d.name.span for d in source.table.columns if d.name.text.lower() == changed.lower()]
    diagnostic = Diagnostic(
        "FS512",
        f"{named(view, list(found))} may have been overwritten later: rows of `{source.name}` are changed at `{changed}`",
        first.span,
        "",
        tuple(Label(span, "when the row was last changed") for span in docs),
        (way(path),),
        (
            f"add `available_at: {changed}` to the view's header",
            "or keep the table's history (every version a row)",
            reason("FS512"),
        ),
        "warning",
    )
    yield Finding(diagnostic, (view.id,), allowed("FS512", view))


def _is_changing(node: Node) -> bool:
    return isinstance(node, SnapshotNode) or (isinstance(node, SourceNode) and _changes(node))


def _changes(source: SourceNode) -> bool:
    table = source.table
    return bool(table.timestamp or table.available_at or changed_column(source))
