"""Running totals over rows and edges in one sorted heap: no join at all, one sort and one pass.

The totals run on from one entity to the next. That does no harm: a window is the difference of two edges of one entity,
and what came before the entity is in both. So each window needs two edges, one that has no start an edge before all rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import Binary, Col, From, Item, Number, Relation, Running, Select, UnionAll
from featsql.plan.names import AS_OF_US, EDGE, TURN
from featsql.plan.strategies.base import ROWS, Strategy, one_pass
from featsql.plan.strategies.heap import HEAP, heap_order, heap_relations, is_row
from featsql.plan.strategies.totals import (
    Side,
    Totals,
    part_aggregate,
    refuses_totals,
    totals_between_edges,
    windows_from,
)


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    totals = totals_between_edges(lookup)
    runs = tuple(relation for side in totals.sides for relation in _run(totals, side))
    return (*runs, *windows_from(totals, _at_edges(totals)))


def _run(totals: Totals, side: Side) -> Iterator[Relation]:
    prefix = _prefix(totals, side)
    heap, in_order = heap_relations(totals, side, prefix)
    yield heap
    yield in_order
    sums = (Item(total.column, Running(part_aggregate(total, HEAP, is_row()), heap_order(totals))) for total in totals.totals)
    names = (*totals.lookup.asks.keys, AS_OF_US, EDGE, TURN)
    select = Select((*(Item(name, Col(HEAP, name)) for name in names), *sums), From(in_order.name, HEAP))
    yield Relation(f"{prefix}running", "per row and edge: totals over all rows before it", select)


def _prefix(totals: Totals, side: Side) -> str:
    return f"{totals.lookup.name}_{f'{side}_' if totals.is_two_sided else ''}"


def _at_edges(totals: Totals) -> Relation:
    names = (*totals.lookup.asks.keys, AS_OF_US, EDGE, *(total.column for total in totals.totals))
    branches = tuple(
        Select(
            items=tuple(Item(name, Col(ROWS, name)) for name in names),
            source=From(f"{_prefix(totals, side)}running", ROWS),
            where=(Binary("=", Col(ROWS, TURN), Number(1)),),
        )
        for side in totals.sides
    )
    comment = "per ask and edge: the totals up to that moment"
    return Relation(f"{totals.lookup.name}_at_edges", comment, UnionAll(branches))


RUNNING_UNION = Strategy(
    name="running_union",
    summary="running totals over rows and edges together, one sort and no join: for counts and exact sums, whatever the lengths",
    suffix="totals",
    refuses=refuses_totals,
    needs_row_order=lambda lookup: False,
    relations=_relations,
    unsuited=one_pass,
)
