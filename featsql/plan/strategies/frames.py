"""Window frames: rows and asks in one sorted heap, each window a frame over it, with integer bounds in microseconds."""

from __future__ import annotations

from featsql.aggregates import AGGREGATES
from featsql.ir.header import AllWindow, RangeWindow
from featsql.ir.plan import Aggregation, Asks, InputRef, LatestLookup, Lookup, Rows, WindowLookup
from featsql.ir.relational import Aggregate, Binary, Col, Flag, Frame, From, Item, Null, Number, Over, Relation, Select, UnionAll
from featsql.plan.names import AS_OF_US, EVENT_US, IS_ROW, MOMENT_US, ROW_ORDER
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    Strategy,
    as_asked,
    carried_inputs,
    keys_of,
    orders_rows,
    over_any_row,
    refuses_any_row,
    rows_name,
    unframed,
)

_HEAP = "h"


def _refuses(lookup: Lookup) -> str:
    if isinstance(lookup, LatestLookup):
        return "a latest value is no frame"
    if not lookup.rows.known_follows_event:
        return "rows that are known late are no frame by event time"
    for aggregation in lookup.aggregations:
        if not isinstance(aggregation.extent, RangeWindow | AllWindow):
            return "its length is not fixed"
        if reason := refuses_any_row(aggregation):
            return reason
        frame = _frame(aggregation, lookup.rows)
        if frame.start is not None and frame.end is not None and (frame.start < 0 or frame.end > frame.start):
            return "the delay is longer than the window"
    return ""


def _frame(aggregation: Aggregation, rows: Rows) -> Frame:
    """R5, R7 and R8 as whole microseconds before t. A row comes when it is first seen, so most frames end with the ask itself."""
    open_start = int(not rows.closed.has_start)
    match aggregation.extent:
        case RangeWindow(length_us, offset_us):
            start = length_us + offset_us - open_start - _unseen_us(rows)
            return Frame("range", start, max(offset_us - rows.delay_us, 0), unread=Col(_HEAP, IS_ROW))
        case _:
            return Frame("range", None, 0)


def _unseen_us(rows: Rows) -> int:
    """From the event to the first moment at which it is seen."""
    return rows.delay_us + int(not rows.closed.sees_now)


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    heap = _heap(lookup)
    keys = keys_of(_HEAP, lookup.asks)
    framed = Select(
        items=(
            *(Item(c.name, c) for c in keys),
            Item(AS_OF_US, Col(_HEAP, MOMENT_US)),
            Item(IS_ROW, Col(_HEAP, IS_ROW)),
            *(
                Item(a.column, Over(_over_heap(a, lookup.asks), keys, Col(_HEAP, MOMENT_US), _frame(a, lookup.rows)))
                for a in lookup.aggregations
            ),
        ),
        source=From(heap.name, _HEAP),
    )
    frames = Relation(f"{lookup.name}_framed", "per row and ask: the rows of each frame, aggregated", framed)
    asked = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, lookup.asks)),
            Item(AS_OF_US, Col(ROWS, AS_OF_US)),
            *(Item(a.column, as_asked(a, Col(ROWS, a.column))) for a in lookup.aggregations),
        ),
        source=From(frames.name, ROWS),
        where=(Binary("=", Col(ROWS, IS_ROW), Flag(value=False)),),
    )
    comment = f"per ask: windows over the visible rows of `{lookup.rows.view}`"
    return (heap, frames, Relation(lookup.name, comment, asked))


def _heap(lookup: WindowLookup) -> Relation:
    asks = lookup.asks
    inputs = carried_inputs(lookup)
    ordered = (ROW_ORDER,) if orders_rows(lookup) else ()
    rows = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, asks)),
            Item(MOMENT_US, Binary("+", Col(ROWS, EVENT_US), Number(_unseen_us(lookup.rows)))),
            Item(IS_ROW, Flag(value=True)),
            *(Item(name, Col(ROWS, name)) for name in (*inputs, *ordered)),
        ),
        source=From(rows_name(lookup.rows), ROWS),
    )
    moments = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ASKS, asks)),
            Item(MOMENT_US, Col(ASKS, AS_OF_US)),
            Item(IS_ROW, Flag(value=False)),
            *(Item(name, Null()) for name in (*inputs, *ordered)),
        ),
        source=From(asks.name, ASKS),
    )
    comment = f"the rows of `{lookup.rows.view}` and the asks, by time"
    return Relation(f"{lookup.name}_heap", comment, UnionAll((rows, moments)))


def _over_heap(aggregation: Aggregation, asks: Asks) -> Aggregate:
    """Asks stand in the heap too: NULL in every input but the keys, which plain aggregates of an input skip by themselves."""
    reads_inputs = any(isinstance(arg, InputRef) and arg.name not in asks.keys for arg in aggregation.args)
    skips_nulls = reads_inputs and AGGREGATES[aggregation.function].merge is not None
    return over_any_row(aggregation, row=_HEAP, inside=() if skips_nulls else (Col(_HEAP, IS_ROW),))


FRAMES = Strategy(
    name="frames",
    summary="window frames over rows and asks in one sorted heap: any aggregate, however many rows a window holds",
    suffix="frames",
    refuses=_refuses,
    needs_row_order=orders_rows,
    relations=_relations,
    unsuited=unframed,
)
