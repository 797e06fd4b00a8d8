"""As-of join, for latest values: rows that change the answer are kept, one a moment; each ask finds its own by one merge."""

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
    changes = _changes(lookup)
    sees_now = lookup.rows.closed.sees_now
    found = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)),
            Item(AS_OF_US, Col(ASKS, AS_OF_US)),
            Item(EVENT_US, Col(ROWS, EVENT_US)),
            *(Item(column, Col(ROWS, column)) for column in lookup.columns if column not in lookup.asks.keys),
        ),
        source=From(lookup.asks.name, ASKS),
        joins=(
            Join(
                "asof",
                From(changes.name, ROWS),
                same_key(ASKS, ROWS, lookup.asks),
                Binary(">=" if sees_now else ">", Col(ASKS, AS_OF_US), Col(ROWS, KNOWN_US)),
            ),
        ),
        where=alive(lookup),
    )
    return (changes, Relation(lookup.name, f"per ask: the latest visible row of `{lookup.rows.view}`{ttl_note(lookup)}", found))


def _changes(lookup: LatestLookup) -> Relation:
    """One row per (key, known time): the latest of all rows known by then. An as-of join needs it: ties have no order there."""
    rows = lookup.rows
    keys = keys_of(ROWS, lookup.asks)
    if rows.known_follows_event:
        ties: tuple[Scalar, ...] = tuple(Col(ROWS, name) for name in rows.order)
        best: Scalar = Binary("=", Rank((*keys, Col(ROWS, EVENT_US)), ties, descending=True), Number(1))
        comment = f"the last of the rows of `{rows.view}` that share a key and a time"
    else:
        best = Binary("=", row_order(), RunningMax(row_order(), keys, Col(ROWS, KNOWN_US)))
        comment = f"rows of `{rows.view}` that become the latest when they become known; one per key and known time"
    name = f"{lookup.name}_changes"
    return Relation(name, comment, Select((AllOf(ROWS),), From(rows_name(rows), ROWS), qualify=best))


AS_OF = Strategy(
    name="as_of",
    summary="one as-of join over de-duplicated rows: the fastest way to latest values, and to nothing else",
    suffix="latest",
    refuses=_refuses,
    needs_row_order=_needs_row_order,
    relations=_relations,
)
