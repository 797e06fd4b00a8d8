"""Sources that say when they are known, or visibly could, and feature views that do not listen (R4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from featsql.base.diagnostics import Diagnostic, Label
from featsql.checks.findings import Asked, Finding, allowed, named, place_of, reason, to_source, way
from featsql.checks.traces import Column, Traces
from featsql.ir.graph import FeatureViewNode, SourceNode, TrainingSetNode
from featsql.ir.header import Name

LOADED: Final = re.compile(
    r"_?(?:dbt_|etl_|dw_|dwh_|sys_|fivetran_|airbyte_)?(?:loaded|ingested|ingestion|inserted|received|synced|extracted|landed|uploaded|"
    r"available|published)(?:_(?:at|on|ts|time|date|utc|timestamp))?",
    re.IGNORECASE,
)
"""Names of columns that tell when a row arrived."""


def unused_known_times(traces: Traces) -> Iterator[Finding]:
    """FS503 for each view on a source with `available_at` that sees its rows by another time."""
    for view in traces.views():
        for source in _heard_early(traces, view):
            known = source.table.available_at
            if known and (source.id, known.text.lower()) not in traces.known_time(view).sources:
                yield Finding(_unused(traces, view, source), (view.id,), allowed("FS503", view))


def unsaid_known_times(traces: Traces) -> Iterator[Finding]:
    """FS509 for each source that lists a time of arrival without saying `available_at`, and is seen by another time.

    By name alone: a column that is not listed is nothing that anyone says of the source, and its rows tell (lateness).
    """
    early: dict[str, tuple[SourceNode, Name, list[FeatureViewNode]]] = {}
    for view in traces.views():
        for source in _heard_early(traces, view):
            loaded = _arrival(source)
            if loaded and (source.id, loaded.text.lower()) not in traces.known_time(view).sources:
                early.setdefault(source.id, (source, loaded, []))[2].append(view)
    for source, loaded, seen_by in early.values():
        reasons = [allowed("FS509", view) for view in seen_by]
        for why in dict.fromkeys(reasons):
            views = [view for view, said in zip(seen_by, reasons, strict=True) if said == why]
            yield Finding(_unsaid(views, source, loaded), tuple(view.id for view in views), why)


def parts_known_later(traces: Traces) -> Iterator[Finding]:
    """FS513 for each feature made of a column of a source that becomes known after the rest of its row."""
    for view in traces.views():
        for source in _heard_early(traces, view):
            known = traces.known_time(view).sources
            times = {doc.available_at.text.lower() for doc in source.table.columns if doc.available_at}
            if any((source.id, time) in known for time in times):
                continue  # which of two parts comes first is not said: rows tell (future poison)
            late = {(source.id, doc.name.text.lower()): doc.available_at for doc in source.table.columns if doc.available_at}
            found: dict[str, Column] = {}
            for feature in view.features if late else ():
                sources = traces.column(view.id, feature.name).sources
                if reached := [column for column in late if column in sources]:
                    found[feature.name] = min(reached)
            if found:
                column = next(iter(found.values()))
                yield Finding(_late(traces, view, source, found, late[column]), (view.id,), allowed("FS513", view))


def parts_beside_labels(traces: Traces) -> Iterator[Finding]:
    """FS513 for each column of a spine, but for the label and the time, of which a part becomes known after its row."""
    late = {
        (source.id, doc.name.text.lower()): (source, doc.available_at)
        for source in traces.graph.nodes.values()
        if isinstance(source, SourceNode)
        for doc in source.table.columns
        if doc.available_at
    }
    for node in traces.training_sets() if late else ():
        asked = traces.asked_time(node).sources
        found: dict[str, Column] = {}
        for name in traces.hazards_by_column(node):
            sources = traces.column(node.id, name).sources
            reached = [c for c, (source, known) in late.items() if c in sources and (source.id, known.text.lower()) not in asked]
            if reached:
                found[name] = min(reached)
        if found:
            source, known = late[next(iter(found.values()))]
            yield Finding(_late(traces, node, source, found, known), (node.id,), allowed("FS513", node))


def _heard_early(traces: Traces, view: FeatureViewNode) -> Iterator[SourceNode]:
    """The sources of a view that says nothing of a delay."""
    if view.config.delay_us:
        return
    columns = [view.timestamp.name, *(k.name for k in view.keys), *(f.name for f in view.features)]
    tables = traces.columns(view.id, columns).tables
    yield from (node for node_id in sorted(tables) if isinstance(node := traces.graph.nodes[node_id], SourceNode))


def _unused(traces: Traces, view: FeatureViewNode, source: SourceNode) -> Diagnostic:
    known = source.table.available_at
    assert known
    path = traces.path(view.id, view.timestamp.name, lambda column, _reach: column[0] == source.id)
    between = len(path) > 2
    way_out = f"add `available_at: {known}` to the view's header" + (", and the column to the models between" if between else "")
    return Diagnostic(
        "FS503",
        f"`{view.name}` sees rows of `{source.name}` before they are known",
        view.config.timestamp.span,
        "this time decides what is seen",
        (Label(known.span, f"the source says that its rows become known at `{known}`"),),
        (way(path),) if between else (),
        (way_out, reason("FS503")),
        "warning",
    )


def _arrival(source: SourceNode) -> Name | None:
    """The column that tells, by its name, when a row arrived, where the declaration says nothing of known times."""
    if source.table.available_at or any(doc.available_at for doc in source.table.columns):
        return None
    return next((doc.name for doc in source.table.columns if LOADED.fullmatch(doc.name.text)), None)


def _unsaid(views: Sequence[FeatureViewNode], source: SourceNode, loaded: Name) -> Diagnostic:
    more = f" (and {len(views) - 1} more views)" if len(views) > 1 else ""
    return Diagnostic(
        "FS509",
        f"`{views[0].name}`{more} sees rows of `{source.name}` when they happen; they seem to arrive later, at `{loaded}`",
        views[0].config.timestamp.span,
        "this time decides what is seen",
        (Label(loaded.span, "when a row arrives, by its name"),),
        (),
        (f"declare `available_at: {loaded}` on the source, and in the view's header", reason("FS509")),
        "warning",
    )


def _late(traces: Traces, node: Asked, source: SourceNode, found: dict[str, Column], known: Name) -> Diagnostic:
    name, column = next(iter(found.items()))
    path = traces.path(node.id, name, to_source(column))
    if isinstance(node, TrainingSetNode):
        way_out = "list it under `label`, or take it from a feature view"
    else:
        way_out = f"add `available_at: {known}`, or a time made of it, to the view's header"
    return Diagnostic(
        "FS513",
        f"{named(node, list(found))} can see `{column[1]}` of `{source.name}` before it is known",
        place_of(node, name) or node.config.timestamp.span,
        "",
        (Label(known.span, f"the source says that it becomes known at `{known}`"),),
        (way(path),),
        (way_out, reason("FS513")),
        "warning",
    )
