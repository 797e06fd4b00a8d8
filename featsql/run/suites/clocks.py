"""When rows of sources become known: the ground that leakage tests stand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from featsql.checks.traces import Traces
from featsql.front.reaches import reaches
from featsql.ir.graph import FeatureGraph, FeatureViewNode, SourceNode


@dataclass(frozen=True, slots=True)
class Clock:
    """The times of one source, by the names of its columns. A row is known at the later of `event` and `known` (R4), or
    `delay_us` microseconds after `event` where every view on it says so.

    `parts`: columns that become known after their row, each with the column that says when. A source that has such parts,
    and no `available_at` of its own, is known ahead but for them: a timetable, an order book.
    """

    source: str
    event: str | None
    known: str | None
    parts: tuple[tuple[str, str], ...] = ()
    delay_us: int = 0

    @property
    def has_rows_known_later(self) -> bool:
        return self.event is not None and (self.known is not None or not self.parts)


def clocks_of(graph: FeatureGraph) -> Mapping[str, Clock]:
    """By source id, for each source of which some time is declared, or follows from the views that read it."""
    traces = Traces(graph, reaches(graph))
    sources = [node for node in graph.nodes.values() if isinstance(node, SourceNode)]
    found = (_clock(traces, source) for source in sources)
    return {clock.source: clock for clock in found if clock.event or clock.parts}


def _clock(traces: Traces, source: SourceNode) -> Clock:
    table = source.table
    parts = tuple((d.name.text, d.available_at.text) for d in table.columns if d.available_at)
    event, known = table.timestamp, table.available_at
    views = [v for v in traces.graph.nodes.values() if isinstance(v, FeatureViewNode)]
    times = set(_direct(traces, source, views))
    event_name = event.text if event else min(times) if len(times) == 1 else None
    direct = [view for view in views if any(i == source.id for i, _ in traces.column(view.id, view.timestamp.name).sources)]
    known_name = known.text if known else None if parts else _claimed(traces, source, direct)
    delay_us = 0 if known_name or parts else min((view.config.delay_us for view in direct), default=0)
    return Clock(source.id, event_name, known_name if known_name != event_name else None, parts, delay_us)


def _direct(traces: Traces, source: SourceNode, views: Iterable[FeatureViewNode]) -> Iterator[str]:
    """Columns of the source that are the timestamps of views, as they are."""
    for view in views:
        trace = traces.column(view.id, view.timestamp.name)
        if len(trace.sources) == 1 and not trace.starts and not trace.is_shifted:
            yield from (_spelled(source, name) for node_id, name in trace.sources if node_id == source.id)


def _claimed(traces: Traces, source: SourceNode, views: Iterable[FeatureViewNode]) -> str | None:
    """The column that every view on the source goes by, beside its timestamp, when nobody else says one."""
    claims: set[str | None] = set()
    for view in views:
        event = traces.column(view.id, view.timestamp.name).sources
        more = [name for node_id, name in traces.known_time(view).sources - event if node_id == source.id]
        claims.add(_spelled(source, more[0]) if len(more) == 1 else None)
    return claims.pop() if len(claims) == 1 else None


def _spelled(source: SourceNode, name: str) -> str:
    return next((c.name for c in source.columns or () if c.name.lower() == name), name)
