"""Columns followed from feature views up to sources: what each is made of, what it went through, and by which path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from featsql.checks.numbered import Numbered, Some
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, Node, SourceNode, SqlNode, TrainingSetNode
from featsql.ir.reach import ROWS, Hazard, HazardKind, ModelReach, Origin, Place, Reach

Column = tuple[str, str]
"""A node's id and the name of one of its columns, in lower case."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One column over all models between it and the sources. `sources` are columns of sources and seeds."""

    sources: Some[Column]
    hazards: Some[Hazard]
    starts: Mapping[Place, int]
    closes: frozenset[Place]
    is_shifted: bool

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(node_id for node_id, _ in self.sources)


@dataclass(slots=True)
class Traces:
    """`reaches` by node id, as the front end read them."""

    graph: FeatureGraph
    reaches: Mapping[str, ModelReach]
    _sources: Numbered[Column] = field(default_factory=Numbered)
    _hazards: Numbered[Hazard] = field(default_factory=Numbered)
    _nothing: Trace = field(init=False)
    _known: dict[Column, Trace] = field(default_factory=dict)
    _known_times: dict[str, Trace] = field(default_factory=dict)
    _by_feature: dict[str, dict[str, Some[Hazard]]] = field(default_factory=dict)
    _by_marker: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._nothing = Trace(self._sources.some(), self._hazards.some(), {}, frozenset(), False)
        for node in self.graph.nodes.values():
            kind = "source" if isinstance(node, SourceNode) else "ref"
            self._by_marker[f"{kind}:{node.name}".lower()] = node

    def column(self, node_id: str, name: str) -> Trace:
        """Of a column of any node; what is not known reaches nothing."""
        key = (node_id, name.lower())
        if key not in self._known:
            self._known[key] = self._nothing  # stays for a cycle, of which there is none
            reach = self._reach(key)
            self._known[key] = self._trace(reach) if reach else self._as_source(key)
        return self._known[key]

    def columns(self, node_id: str, names: Iterable[str]) -> Trace:
        """Of several columns of a node together."""
        return self._all(self.column(node_id, name) for name in names)

    def known_time(self, view: FeatureViewNode) -> Trace:
        """Of what decides when a row of the view is seen: its timestamp, and its `available_at`."""
        if view.id not in self._known_times:
            self._known_times[view.id] = self._known_time(view)
        return self._known_times[view.id]

    def _known_time(self, view: FeatureViewNode) -> Trace:
        found = self.column(view.id, view.timestamp.name)
        named = view.config.available_at
        if named is None:
            return found
        reach = self.reaches[view.id].named.get(named.text.lower()) or self._reach((view.id, named.text.lower()))
        return self._all((found, self._trace(reach))) if reach else found

    def rows(self, node_id: str) -> Trace:
        """Of what decides which rows a node has: its conditions, and those of the models that it reads."""
        parts = [node_id, *(p for p in self.graph.dag.ancestors(node_id) if p in self.reaches)]
        return self._all(self.column(part, ROWS) for part in parts)

    def hazards_by_feature(self, view: FeatureViewNode) -> Mapping[str, Some[Hazard]]:
        """What each feature of a view went through: its value, its rows, and the time at which they are seen."""
        if view.id not in self._by_feature:
            rows = self.rows(view.id).hazards | self.known_time(view).hazards
            self._by_feature[view.id] = {f.name: self.column(view.id, f.name).hazards | rows for f in view.features}
        return self._by_feature[view.id]

    def hazards_by_column(self, node: TrainingSetNode) -> Mapping[str, Some[Hazard]]:
        """What each column went through that a training set's spine brings beside its label and its time: its value alone.

        Which rows a spine has may depend on what came later: they are those of which the label is known.
        """
        if node.id not in self._by_feature:
            apart = {name.text.lower() for name in (*node.config.label, node.config.timestamp)}
            names = [c.name for c in node.spine_columns or () if c.name.lower() not in apart]
            rows = self.rows(node.id).hazards
            self._by_feature[node.id] = {name: self.column(node.id, name).hazards - rows for name in names}
        return self._by_feature[node.id]

    def hazards(self, kind: HazardKind, matters: Callable[[Hazard], bool] = lambda _hazard: True) -> Some[Hazard]:
        """Those of a kind on the way of any feature of any view, or of a column of a spine."""
        for view in self.views():
            self.hazards_by_feature(view)
        for node in self.training_sets():
            self.hazards_by_column(node)
        return self._hazards.some(hazard for hazard in self._hazards.members if hazard.kind == kind and matters(hazard))

    def views(self) -> Iterator[FeatureViewNode]:
        return (node for node in self.graph.nodes.values() if isinstance(node, FeatureViewNode))

    def training_sets(self) -> Iterator[TrainingSetNode]:
        return (node for node in self.graph.nodes.values() if isinstance(node, TrainingSetNode))

    def asked_time(self, node: TrainingSetNode) -> Trace:
        """Of the time at which a training set asks."""
        return self.column(node.id, node.config.timestamp.text)

    def origins(self, of: frozenset[Origin]) -> Some[Column]:
        """The columns of sources that they come from."""
        return self._all(self._trace_of(origin) for origin in of).sources

    def path(self, node_id: str, name: str, ends: Callable[[Column, Reach | None], bool]) -> tuple[str, ...]:
        """The columns on the way from one to where `ends` holds, nearest first; just the first where there is no such way."""
        return self._path((node_id, name.lower()), ends) or (self.shown((node_id, name)),)

    def shown(self, column: Column) -> str:
        return f"{self.graph.nodes[column[0]].name}.{column[1]}"

    def node_of(self, place: Place) -> SqlNode | None:
        """The node in whose SQL a place lies."""
        node = self._by_marker.get(f"ref:{place[0]}".lower())
        return node if isinstance(node, SqlNode) else None

    def _path(self, column: Column, ends: Callable[[Column, Reach | None], bool]) -> tuple[str, ...]:
        reach = self._reach(column)
        if ends(column, reach):
            return (self.shown(column),)
        for marker, name in sorted(reach.origins) if reach else ():
            node = self._by_marker.get(marker.lower())
            if node and (rest := self._path((node.id, name), ends)):
                return (self.shown(column), *rest)
        return ()

    def _reach(self, column: Column) -> Reach | None:
        found = self.reaches.get(column[0])
        return (found.columns.get(column[1]) or found.named.get(column[1])) if found else None

    def _trace(self, reach: Reach) -> Trace:
        hazards = self._hazards.some(reach.hazards)
        own = Trace(self._sources.some(), hazards, dict(reach.starts), reach.closes, reach.is_shifted)
        return self._all([own, *(self._trace_of(origin) for origin in sorted(reach.origins))])

    def _trace_of(self, origin: Origin) -> Trace:
        node = self._by_marker.get(origin[0].lower())
        return self.column(node.id, origin[1]) if node else self._nothing

    def _as_source(self, column: Column) -> Trace:
        if isinstance(self.graph.nodes[column[0]], ModelNode | FeatureViewNode) or column[1] == ROWS:
            return self._nothing
        return replace(self._nothing, sources=self._sources.some((column,)))

    def _all(self, traces: Iterable[Trace]) -> Trace:
        sources, hazards, shifted = 0, 0, False
        starts: dict[Place, int] = {}
        closes: set[Place] = set()
        for trace in traces:
            sources |= trace.sources.mask
            hazards |= trace.hazards.mask
            shifted = shifted or trace.is_shifted
            closes |= trace.closes
            for place, unit in trace.starts.items():
                starts[place] = max(starts.get(place, 0), unit)
        return Trace(Some(self._sources, sources), Some(self._hazards, hazards), starts, frozenset(closes), shifted)
