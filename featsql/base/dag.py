"""Order, neighbourhoods and cycles of a graph of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx


class Dag:
    """A directed graph; an edge runs from what is read to what reads it. Orders are stable: ties go by name."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        import networkx  # 0.2 s to import: only commands that build a graph pay it

        self._nx = networkx
        self._graph: networkx.DiGraph[str] = networkx.DiGraph()
        self._graph.add_nodes_from(sorted(parents))
        for child in sorted(parents):
            self._graph.add_edges_from((parent, child) for parent in sorted(parents[child]))

    def order(self) -> tuple[str, ...]:
        """Every node after all of its parents. Raises `ValueError` on a cycle: ask `shortest_cycle` first."""
        try:
            return tuple(self._nx.lexicographical_topological_sort(self._graph))
        except self._nx.NetworkXUnfeasible as error:
            raise ValueError("the graph has a cycle") from error

    def parents(self, node: str) -> tuple[str, ...]:
        return tuple(sorted(self._graph.predecessors(node)))

    def children(self, node: str) -> tuple[str, ...]:
        return tuple(sorted(self._graph.successors(node)))

    def ancestors(self, node: str, depth: int | None = None) -> frozenset[str]:
        """All nodes that `node` reads, directly or not, up to `depth` edges away; without `node`."""
        return self._reach(self._graph.reverse(copy=False), node, depth)

    def descendants(self, node: str, depth: int | None = None) -> frozenset[str]:
        return self._reach(self._graph, node, depth)

    def shortest_cycle(self) -> tuple[str, ...]:
        """The nodes of a shortest cycle, each reading the next one's reader; empty when there is none."""
        best: tuple[str, ...] = ()
        for component in self._nx.strongly_connected_components(self._graph):
            inside = self._graph.subgraph(component)
            for node in sorted(component):
                for follower in sorted(inside.successors(node)):
                    path = tuple(self._nx.shortest_path(inside, follower, node))
                    if not best or len(path) < len(best):
                        best = path
        return best

    def _reach(self, graph: networkx.DiGraph[str], node: str, depth: int | None) -> frozenset[str]:
        reached = self._nx.single_source_shortest_path_length(graph, node, cutoff=depth)
        return frozenset(reached) - {node}
