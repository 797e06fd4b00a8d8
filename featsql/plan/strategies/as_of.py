"""As-of join, for latest values: each ask finds the moment of its row by one merge of two sorted inputs, then the row.

Rows that become known as they happen may share a moment: the join finds the moment, whichever of them it meets, and the
order R14 then decides among the few rows there. Where rows are known late, the rows that ever become the latest are told
apart first, one for each moment at which one does.
"""

from __future__ import annotations

from featsql.ir.plan import LatestLookup, Lookup
from featsql.ir.relational import AllOf, Binary, Col, From, Item, Join, Number, Rank, Relation, RunningMax, Scalar, Select
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    Strategy,
    alive,
    keys_of,
    row_order,
    rows_name,
    same_key,
    ttl_note,
)


def _refuses(lookup: Lookup) -> str:
    return "" if isinstance(lookup, LatestLookup) else "it looks up single rows"


def _needs_row_order(lookup: Lookup) -> bool:
    return not lookup.rows.known_follows_event


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, LatestLookup)
    if lookup.rows.known_follows_event:
        return (_moments(lookup), _rows_there(lookup))
    changes = _changes(lookup)
    found = Select(
        (*_ask_items(lookup), Item(EVENT_US, Col(ROWS, EVENT_US)), *_columns(lookup)),
        From(lookup.asks.name, ASKS),
        (_as_of(lookup, changes.name),),
        where=alive(lookup),
    )
    return (changes, Relation(lookup.name, _comment(lookup), found))


def _moments(lookup: LatestLookup) -> Relation:
    found = Select(
        (*_ask_items(lookup), Item(EVENT_US, Col(ROWS, EVENT_US))),
        From(lookup.asks.name, ASKS),
        (_as_of(lookup, rows_name(lookup.rows)),),
        where=alive(lookup),
    )
    return Relation(f"{lookup.name}_moment", f"per ask: when its latest visible row happened{ttl_note(lookup)}", found)


def _rows_there(lookup: LatestLookup) -> Relation:
    ask: tuple[Scalar, ...] = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    ties = tuple(Col(ROWS, name) for name in lookup.rows.order)
    there = (*same_key(ASKS, ROWS, lookup.asks), Binary("=", Col(ASKS, EVENT_US), Col(ROWS, EVENT_US)))
    found = Select(
        (*_ask_items(lookup), Item(EVENT_US, Col(ROWS, EVENT_US)), *_columns(lookup)),
        From(f"{lookup.name}_moment", ASKS),
        (Join("inner", From(rows_name(lookup.rows), ROWS), there),),
        qualify=Binary("=", Rank(ask, ties, descending=True), Number(1)),
    )
    return Relation(lookup.name, _comment(lookup), found)


def _changes(lookup: LatestLookup) -> Relation:
    """One row per (key, known time): the latest of all rows known by then. An as-of join needs it: ties have no order there."""
    rows, keys = lookup.rows, keys_of(ROWS, lookup.asks)
    best = Binary("=", row_order(), RunningMax(row_order(), keys, Col(ROWS, KNOWN_US)))
    comment = f"rows of `{rows.view}` that become the latest when they become known; one per key and known time"
    return Relation(f"{lookup.name}_changes", comment, Select((AllOf(ROWS),), From(rows_name(rows), ROWS), qualify=best))


def _as_of(lookup: LatestLookup, rows: str) -> Join:
    sees = Binary(">=" if lookup.rows.closed.sees_now else ">", Col(ASKS, AS_OF_US), Col(ROWS, KNOWN_US))
    return Join("asof", From(rows, ROWS), same_key(ASKS, ROWS, lookup.asks), sees)


def _ask_items(lookup: LatestLookup) -> tuple[Item, ...]:
    return (*(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)), Item(AS_OF_US, Col(ASKS, AS_OF_US)))


def _columns(lookup: LatestLookup) -> tuple[Item, ...]:
    return tuple(Item(column, Col(ROWS, column)) for column in lookup.columns if column not in lookup.asks.keys)


def _comment(lookup: LatestLookup) -> str:
    return f"per ask: the latest visible row of `{lookup.rows.view}`{ttl_note(lookup)}"


AS_OF = Strategy(
    name="as_of",
    summary="one as-of join to the moment, then the row: the fastest way to latest values, and to nothing else",
    suffix="latest",
    refuses=_refuses,
    needs_row_order=_needs_row_order,
    relations=_relations,
)
