"""Our graphs against networkx; random graphs, some with cycles."""

from __future__ import annotations

import random

import networkx
import pytest

from featsql.base.dag import Dag


def _parents(seed: int) -> dict[str, list[str]]:
    dice = random.Random(seed)
    names = [f"n{number}" for number in range(dice.randint(1, 9))]
    may_turn = dice.random() < 0.4
    drawn = {name: {dice.choice(names) for _ in range(dice.randint(0, 2))} for name in names}
    return {name: sorted(p for p in found if may_turn or p < name) for name, found in drawn.items()}


def _twin(parents: dict[str, list[str]]) -> networkx.DiGraph[str]:
    twin: networkx.DiGraph[str] = networkx.DiGraph()
    twin.add_nodes_from(parents)
    twin.add_edges_from((parent, child) for child, found in parents.items() for parent in found)
    return twin


@pytest.mark.parametrize("seed", range(200))
def test_the_same_as_networkx(seed: int) -> None:
    parents = _parents(seed)
    dag, twin = Dag(parents), _twin(parents)
    for name in parents:
        assert dag.parents(name) == tuple(sorted(twin.predecessors(name)))
        assert dag.children(name) == tuple(sorted(twin.successors(name)))
        for depth in (None, 0, 1, 2):
            below = frozenset(networkx.single_source_shortest_path_length(twin, name, cutoff=depth)) - {name}
            above = frozenset(networkx.single_source_shortest_path_length(twin.reverse(), name, cutoff=depth)) - {name}
            assert (dag.descendants(name, depth), dag.ancestors(name, depth)) == (below, above)
    lengths = [len(cycle) for cycle in networkx.simple_cycles(twin)]
    cycle = dag.shortest_cycle()
    assert len(cycle) == min(lengths, default=0)
    assert all(twin.has_edge(one, other) for one, other in zip(cycle, (*cycle[1:], *cycle[:1]), strict=True))
    if cycle:
        with pytest.raises(ValueError, match="cycle"):
            dag.order()
    else:
        assert dag.order() == tuple(networkx.lexicographical_topological_sort(twin))
