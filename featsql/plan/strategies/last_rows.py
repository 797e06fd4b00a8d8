"""Last rows: windows that end at the latest visible row and need no other edge, computed once per row and found as-of."""

from __future__ import annotations

from featsql.ir.header import AllWindow, RowsWindow
from featsql.ir.plan import Aggregation, LatestLookup, Lookup, WindowLookup
from featsql.ir.relational import Binary, Col, Frame, From, Item, Join, Next, Over, Relation, Select
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    Strategy,
    as_asked,
    keys_of,
    over_any_row,
    refuses_any_row,
    row_order,
    rows_name,
    same_key,
    unframed,
)


def _refuses(lookup: Lookup) -> str:
    if isinstance(lookup, LatestLookup):
        return "a latest value is found without windows"
    if not lookup.rows.known_follows_event:
        return "the latest rows that are known do not stand together where some are known late"
    for aggregation in lookup.aggregations:
        if not isinstance(aggregation.extent, RowsWindow | AllWindow):
            return "its length is a time"
        if reason := refuses_any_row(aggregation):
            return reason
    return ""


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    keys = keys_of(ROWS, lookup.asks)
    event = Col(ROWS, EVENT_US)
    per_row = Relation(
        f"{lookup.name}_per_row",
        f"per row of `{lookup.rows.view}`, the last of its moment: the windows that end with it",
        Select(
            items=(
                *(Item(c.name, c) for c in keys),
                Item(KNOWN_US, Col(ROWS, KNOWN_US)),
                *(Item(a.column, Over(over_any_row(a, row=ROWS), keys, row_order(), _frame(a))) for a in lookup.aggregations),
            ),
            source=From(rows_name(lookup.rows), ROWS),
            qualify=Binary("is distinct from", Next(event, keys, row_order()), event),
        ),
    )
    found = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)),
            Item(AS_OF_US, Col(ASKS, AS_OF_US)),
            *(Item(a.column, as_asked(a, Col(ROWS, a.column))) for a in lookup.aggregations),
        ),
        source=From(lookup.asks.name, ASKS),
        joins=(
            Join(
                "asof",
                From(per_row.name, ROWS),
                same_key(ASKS, ROWS, lookup.asks),
                Binary(">=" if lookup.rows.closed.sees_now else ">", Col(ASKS, AS_OF_US), Col(ROWS, KNOWN_US)),
            ),
        ),
    )
    return (
        per_row,
        Relation(lookup.name, f"per ask: windows that end with the latest visible row of `{lookup.rows.view}`", found),
    )


def _frame(aggregation: Aggregation) -> Frame:
    match aggregation.extent:
        case RowsWindow(count):
            return Frame("rows", count - 1, 0)
        case _:
            return Frame("rows", None, 0)


LAST_ROWS = Strategy(
    name="last_rows",
    summary="windows by rows and over everything, computed once per row and found by one as-of join",
    suffix="last_rows",
    refuses=_refuses,
    needs_row_order=lambda lookup: True,
    relations=_relations,
    unsuited=unframed,
)
