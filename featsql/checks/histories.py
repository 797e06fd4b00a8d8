"""Histories of changing tables: a version is known from the time at which it becomes valid, its end when it ends."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.base.diagnostics import Diagnostic
from featsql.checks.findings import Finding, allowed, named, reason, to_source, way
from featsql.checks.traces import Traces
from featsql.ir.graph import VALID_FROM, VALID_TO, FeatureViewNode, SnapshotNode


def unused_validity(traces: Traces) -> Iterator[Finding]:
    """FS503 for each view on a snapshot that sees its versions by another time than `valid_from`."""
    for view, snapshot in _histories(traces):
        if (snapshot.id, VALID_FROM) not in traces.known_time(view).sources:
            diagnostic = Diagnostic(
                "FS503",
                f"`{view.name}` sees versions of `{snapshot.name}` before they are known",
                view.config.timestamp.span,
                "this time decides what is seen",
                hints=(f"add `available_at: {VALID_FROM}` to the view's header, or make it the timestamp", reason("FS503")),
                severity="warning",
            )
            yield Finding(diagnostic, (view.id,), allowed("FS503", view))


def seen_ends(traces: Traces) -> Iterator[Finding]:
    """FS513 for each feature made of the end of a version, which nobody knows while the version is valid."""
    for view, snapshot in _histories(traces):
        end = (snapshot.id, VALID_TO)
        if end in traces.known_time(view).sources:
            continue
        found = [feature for feature in view.features if end in traces.column(view.id, feature.name).sources]
        if found:
            diagnostic = Diagnostic(
                "FS513",
                f"{named(view, [f.name for f in found])} can see `{VALID_TO}` of `{snapshot.name}` before it is known",
                found[0].span,
                notes=(way(traces.path(view.id, found[0].name, to_source(end))),),
                hints=("leave it out: the latest version that is visible at t is the one that was valid", reason("FS513")),
                severity="warning",
            )
            yield Finding(diagnostic, (view.id,), allowed("FS513", view))


def _histories(traces: Traces) -> Iterator[tuple[FeatureViewNode, SnapshotNode]]:
    """The snapshots of each view that says nothing of a delay."""
    snapshots = [node for node in traces.graph.nodes.values() if isinstance(node, SnapshotNode)]
    for view in traces.views() if snapshots else ():
        if view.config.delay_us:
            continue
        columns = [view.timestamp.name, *(k.name for k in view.keys), *(f.name for f in view.features)]
        tables = traces.columns(view.id, columns).tables
        yield from ((view, snapshot) for snapshot in snapshots if snapshot.id in tables)
