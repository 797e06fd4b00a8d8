"""Order, neighbourhoods and cycles of a graph of names."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence

_Edges = dict[str, tuple[str, ...]]


class Dag:
    """A directed graph; an edge runs from what is read to what reads it. Orders are stable: ties go by name."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        names = sorted({*parents, *(name for found in parents.values() for name in found)})
        self._parents: _Edges = {name: tuple(sorted({*parents.get(name, ())})) for name in names}
        children: dict[str, list[str]] = {name: [] for name in names}
        for child, found in self._parents.items():
            for parent in found:
                children[parent].append(child)
        self._children: _Edges = {name: tuple(found) for name, found in children.items()}

    def order(self) -> tuple[str, ...]:
        """Every node after all of its parents. Raises `ValueError` on a cycle: ask `shortest_cycle` first."""
        found = tuple(self._ordered())
        if len(found) < len(self._parents):
            raise ValueError("the graph has a cycle")
        return found

    def parents(self, node: str) -> tuple[str, ...]:
        return self._parents[node]

    def children(self, node: str) -> tuple[str, ...]:
        return self._children[node]

    def ancestors(self, node: str, depth: int | None = None) -> frozenset[str]:
        """All nodes that `node` reads, directly or not, up to `depth` edges away; without `node`."""
        return _reach(self._parents, node, depth)

    def descendants(self, node: str, depth: int | None = None) -> frozenset[str]:
        return _reach(self._children, node, depth)

    def shortest_cycle(self) -> tuple[str, ...]:
        """The nodes of a shortest cycle, each reading the next one's reader; empty when there is none."""
        ordered = frozenset(self._ordered())
        if len(ordered) == len(self._parents):
            return ()
        import networkx  # 0.2 s to import: only a graph with a cycle pays it

        edges = [
            (at, child) for at, found in self._children.items() if at not in ordered for child in found if child not in ordered
        ]
        graph: networkx.DiGraph[str] = networkx.DiGraph(edges)
        best: tuple[str, ...] = ()
        for component in networkx.strongly_connected_components(graph):
            inside = graph.subgraph(component)
            for node in sorted(component):
                for follower in sorted(inside.successors(node)):
                    path = tuple(networkx.shortest_path(inside, follower, node))
                    if not best or len(path) < len(best):
                        best = path
        return best

    def _ordered(self) -> Iterator[str]:
        """Every node that is on no cycle and reads none, after all of its parents."""
        waiting = {name: len(found) for name, found in self._parents.items()}
        ready = [name for name, count in waiting.items() if not count]
        while ready:
            name = heapq.heappop(ready)
            yield name
            for child in self._children[name]:
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, child)


def _reach(edges: _Edges, node: str, depth: int | None) -> frozenset[str]:
    found = {node}
    edge = {node}
    steps = 0
    while edge and (depth is None or steps < depth):
        edge = {near for at in edge for near in edges[at]} - found
        found |= edge
        steps += 1
    return frozenset(found) - {node}
