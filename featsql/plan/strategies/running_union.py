"""Running totals over rows and edges in one sorted heap: no join at all, one sort and one pass.

The totals run on from one entity to the next. That does no harm: a window is the difference of two edges of one entity,
and what came before the entity is in both. So each window needs two edges, one that has no start an edge before all rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import (
    AllOf,
    Binary,
    Col,
    From,
    Item,
    Null,
    Number,
    Relation,
    Running,
    Select,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, EDGE, MOMENT_US, TURN
from featsql.plan.strategies.base import ASKS, ROWS, Strategy, keys_of, rows_name
from featsql.plan.strategies.totals import (
    Side,
    Totals,
    edge_items,
    inputs_of,
    moment,
    part_aggregate,
    refuses_totals,
    time_of,
    totals_between_edges,
    windows_from,
)

_HEAP = "h"


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    totals = totals_between_edges(lookup)
    runs = tuple(relation for side in totals.sides for relation in _run(totals, side))
    return (*runs, *windows_from(totals, _at_edges(totals)))


def _run(totals: Totals, side: Side) -> Iterator[Relation]:
    heap, name = _name(totals, side, "heap"), _name(totals, side, "sorted")
    order = (*keys_of(_HEAP, totals.lookup.asks), Col(_HEAP, MOMENT_US), Col(_HEAP, TURN))
    yield _heap(totals, side, heap)
    yield Relation(name, "the same by entity and time; at one moment the rows come first", _sorted(heap, order))
    is_row = Binary("=", Col(_HEAP, TURN), Number(0))
    sums = (Item(total.column, Running(part_aggregate(total, _HEAP, is_row), order)) for total in totals.totals)
    names = (*totals.lookup.asks.keys, AS_OF_US, EDGE, TURN)
    select = Select((*(Item(name, Col(_HEAP, name)) for name in names), *sums), From(name, _HEAP))
    yield Relation(_name(totals, side, "running"), "per row and edge: totals over all rows before it", select)


def _sorted(heap: str, order: tuple[Col, ...]) -> Select:
    return Select((AllOf(_HEAP),), From(heap, _HEAP), order_by=order)


def _name(totals: Totals, side: Side, what: str) -> str:
    return f"{totals.lookup.name}_{f'{side}_' if totals.is_two_sided else ''}{what}"


def _heap(totals: Totals, side: Side, name: str) -> Relation:
    lookup = totals.lookup
    asks, inputs = lookup.asks, inputs_of(totals.totals, lookup.asks)
    rows = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, asks)),
            Item(AS_OF_US, Null()),
            Item(EDGE, Null()),
            Item(TURN, Number(0)),
            Item(MOMENT_US, time_of(side)),
            *(Item(name, Col(ROWS, name)) for name in inputs),
        ),
        source=From(rows_name(lookup.rows), ROWS),
    )
    edges = (
        Select(
            items=(
                *edge_items(asks, number),
                Item(TURN, Number(1)),
                Item(MOMENT_US, moment(edge, lookup.rows)),
                *(Item(name, Null()) for name in inputs),
            ),
            source=From(asks.name, ASKS),
        )
        for number, edge in enumerate(totals.edges)
        if edge.side == side
    )
    comment = f"the rows of `{lookup.rows.view}`, and per ask the moments at which its windows begin and end"
    return Relation(name, comment, UnionAll((rows, *edges)))


def _at_edges(totals: Totals) -> Relation:
    names = (*totals.lookup.asks.keys, AS_OF_US, EDGE, *(total.column for total in totals.totals))
    branches = tuple(
        Select(
            items=tuple(Item(name, Col(ROWS, name)) for name in names),
            source=From(_name(totals, side, "running"), ROWS),
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
)
