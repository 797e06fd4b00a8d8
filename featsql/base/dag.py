"""Order, neighbourhoods and cycles of a graph of names."""

from __future__ import annotations

import heapq
from collections import deque
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
        best: tuple[str, ...] = ()
        ordered = frozenset(self._ordered())
        for node in self._parents if len(ordered) < len(self._parents) else ():
            if node not in ordered and (found := self._cycle(node)) and (not best or len(found) < len(best)):
                best = found
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

    def _cycle(self, node: str) -> tuple[str, ...]:
        """A shortest way from `node` back to it, beginning with what it leads to; empty when there is none."""
        came_from: dict[str, str] = {}
        waiting = deque([node])
        while waiting:
            at = waiting.popleft()
            for child in self._children[at]:
                if child == node:
                    way = [node]
                    while at != node:
                        way.append(at)
                        at = came_from[at]
                    return tuple(reversed(way))
                if child not in came_from:
                    came_from[child] = at
                    waiting.append(child)
        return ()


def _reach(edges: _Edges, node: str, depth: int | None) -> frozenset[str]:
    found = {node}
    edge = {node}
    steps = 0
    while edge and (depth is None or steps < depth):
        edge = {near for at in edge for near in edges[at]} - found
        found |= edge
        steps += 1
    return frozenset(found) - {node}
