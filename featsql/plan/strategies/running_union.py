"""Running totals over rows and edges in one sorted heap: no join at all, a sort of everything."""

from __future__ import annotations

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import (
    Binary,
    Col,
    Flag,
    Frame,
    From,
    Item,
    Number,
    Over,
    Relation,
    Scalar,
    Select,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, EDGE, IS_ROW, MOMENT_US, SIDE
from featsql.plan.strategies.base import ASKS, ROWS, Strategy, keys_of, rows_name
from featsql.plan.strategies.totals import (
    NOTHING,
    Side,
    Totals,
    edge_items,
    inputs_of,
    moment,
    part_aggregate,
    refuses_totals,
    side_number,
    time_of,
    totals_of,
    windows_from,
)

_HEAP = "h"


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    totals = totals_of(lookup)
    heap = _heap(totals)
    running = _running(totals, heap.name)
    at_edges = Relation(
        f"{lookup.name}_at_edges",
        "per ask and edge: the totals up to that moment",
        Select(
            items=(
                *(Item(c.name, c) for c in keys_of(ROWS, lookup.asks)),
                *(Item(name, Col(ROWS, name)) for name in (AS_OF_US, EDGE)),
                *(Item(total.column, Col(ROWS, total.column)) for total in totals.totals),
            ),
            source=From(running.name, ROWS),
            where=(Binary("=", Col(ROWS, IS_ROW), Flag(value=False)),),
        ),
    )
    return (heap, running, *windows_from(totals, at_edges))


def _heap(totals: Totals) -> Relation:
    """A row comes at an even number, an edge at the odd one after it: so an edge sees the rows of its own moment."""
    lookup = totals.lookup
    asks, inputs = lookup.asks, inputs_of(totals.totals, lookup.asks)

    def rows(side: Side) -> Select:
        marks = (Item(SIDE, side_number(side)),) if totals.is_two_sided else ()
        return Select(
            items=(
                *(Item(c.name, c) for c in keys_of(ROWS, asks)),
                Item(AS_OF_US, NOTHING),
                Item(EDGE, NOTHING),
                *marks,
                Item(IS_ROW, Flag(value=True)),
                Item(MOMENT_US, _doubled(time_of(side))),
                *(Item(name, Col(ROWS, name)) for name in inputs),
            ),
            source=From(rows_name(lookup.rows), ROWS),
        )

    edges = (
        Select(
            items=(
                *edge_items(totals, asks, number, edge),
                Item(IS_ROW, Flag(value=False)),
                Item(MOMENT_US, Binary("+", _doubled(moment(edge, lookup.rows)), Number(1))),
                *(Item(name, NOTHING) for name in inputs),
            ),
            source=From(asks.name, ASKS),
        )
        for number, edge in enumerate(totals.edges)
    )
    comment = f"the rows of `{lookup.rows.view}`, and per ask the moments at which its windows begin and end"
    return Relation(f"{lookup.name}_heap", comment, UnionAll((*map(rows, totals.sides), *edges)))


def _running(totals: Totals, heap: str) -> Relation:
    asks = totals.lookup.asks
    keys: tuple[Scalar, ...] = keys_of(_HEAP, asks)
    partition = (*keys, Col(_HEAP, SIDE)) if totals.is_two_sided else keys
    is_row = Col(_HEAP, IS_ROW)
    sums = (
        Item(total.column, Over(part_aggregate(total, _HEAP, is_row), partition, Col(_HEAP, MOMENT_US), Frame("range", None, 0)))
        for total in totals.totals
    )
    names = (*asks.keys, AS_OF_US, EDGE, IS_ROW)
    select = Select((*(Item(name, Col(_HEAP, name)) for name in names), *sums), From(heap, _HEAP))
    return Relation(f"{totals.lookup.name}_running", "per row and edge: totals over its entity's rows up to its time", select)


def _doubled(value: Scalar) -> Scalar:
    return Binary("*", Number(2), value)


RUNNING_UNION = Strategy(
    name="running_union",
    summary="running totals over rows and edges together, no join: for counts and exact sums of many keys with few rows each",
    suffix="union_totals",
    refuses=refuses_totals,
    needs_row_order=lambda lookup: False,
    relations=_relations,
)
