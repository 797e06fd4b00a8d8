"""Rows and the edges of windows in one sorted heap: what running totals over the union and tiles both begin with."""

from __future__ import annotations

from featsql.ir.relational import AllOf, Binary, Col, From, Item, Null, Number, Relation, Scalar, Select, UnionAll
from featsql.plan.names import AS_OF_US, EDGE, MOMENT_US, TURN
from featsql.plan.strategies.base import ASKS, ROWS, keys_of, rows_name
from featsql.plan.strategies.totals import Side, Totals, edge_items, inputs_of, moment, time_of

HEAP = "h"


def heap_relations(totals: Totals, side: Side, prefix: str) -> tuple[Relation, Relation]:
    """The rows by one of their times, and the edges of that side; the second relation has them in order."""
    heap = Relation(
        f"{prefix}heap",
        f"the rows of `{totals.lookup.rows.view}`, and per ask the moments at which its windows begin and end",
        UnionAll((_rows(totals, side), *_edges(totals, side))),
    )
    in_order = Select((AllOf(HEAP),), From(heap.name, HEAP), order_by=heap_order(totals))
    return heap, Relation(f"{prefix}sorted", "the same by entity and time; at one moment the rows come first", in_order)


def heap_order(totals: Totals) -> tuple[Scalar, ...]:
    return tuple(Col(HEAP, name) for name in (*totals.lookup.asks.keys, MOMENT_US, TURN))


def is_row() -> Scalar:
    return Binary("=", Col(HEAP, TURN), Number(0))


def _rows(totals: Totals, side: Side) -> Select:
    lookup = totals.lookup
    return Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, lookup.asks)),
            Item(AS_OF_US, Null()),
            Item(EDGE, Null()),
            Item(TURN, Number(0)),
            Item(MOMENT_US, time_of(side)),
            *(Item(name, Col(ROWS, name)) for name in inputs_of(totals.totals, lookup.asks)),
        ),
        source=From(rows_name(lookup.rows), ROWS),
    )


def _edges(totals: Totals, side: Side) -> tuple[Select, ...]:
    asks = totals.lookup.asks
    inputs = tuple(Item(name, Null()) for name in inputs_of(totals.totals, asks))
    return tuple(
        Select(
            items=(
                *edge_items(asks, number),
                Item(TURN, Number(1)),
                Item(MOMENT_US, moment(edge, totals.lookup.rows)),
                *inputs,
            ),
            source=From(asks.name, ASKS),
        )
        for number, edge in enumerate(totals.edges)
        if edge.side == side
    )
