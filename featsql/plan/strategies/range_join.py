"""Range join: every ask meets every row that it sees. Can do everything; costs a pair for each row in reach."""

from __future__ import annotations

from typing import Final

from featsql.ir.header import CalendarWindow, Extent, RangeWindow, RowsWindow
from featsql.ir.plan import LatestLookup, Lookup, WindowLookup
from featsql.ir.relational import (
    Binary,
    Col,
    From,
    Greatest,
    Item,
    Join,
    Number,
    Rank,
    Relation,
    Scalar,
    Select,
)
from featsql.plan.names import AS_OF_US, EVENT_US, RECENCY, ROW_ORDER
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    Strategy,
    alive,
    carried_inputs,
    in_window,
    keys_of,
    orders_rows,
    pairs,
    row_order,
    rows_name,
    same_key,
    ttl_note,
    window_aggregate,
)

_DAY_US: Final = 86_400_000_000
_MOST_DAYS: Final = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}


def _needs_row_order(lookup: Lookup) -> bool:
    match lookup:
        case LatestLookup():
            return True
        case WindowLookup():
            return orders_rows(lookup) or any(isinstance(a.extent, RowsWindow) for a in lookup.aggregations)


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    match lookup:
        case LatestLookup():
            return _latest(lookup)
        case WindowLookup():
            return _windows(lookup)


def _latest(lookup: LatestLookup) -> tuple[Relation, ...]:
    """The rank of the latest visible row first, then the row itself: one integer travels through the group, not the columns."""
    ask = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    ranked = Relation(
        f"{lookup.name}_rank",
        f"per ask: the rank of the latest row of `{lookup.rows.view}` that is visible",
        Select(
            items=(*(Item(c.name, c) for c in ask), Item(ROW_ORDER, Greatest(row_order()))),
            source=From(lookup.asks.name, ASKS),
            joins=(pairs(lookup.rows, lookup.asks),),
            group_by=ask,
        ),
    )
    found = Select(
        items=(
            *(Item(c.name, c) for c in ask),
            Item(EVENT_US, Col(ROWS, EVENT_US)),
            *(Item(column, Col(ROWS, column)) for column in lookup.columns),
        ),
        source=From(ranked.name, ASKS),
        joins=(
            Join(
                "inner",
                From(rows_name(lookup.rows), ROWS),
                (*same_key(ASKS, ROWS, lookup.asks), Binary("=", Col(ASKS, ROW_ORDER), row_order())),
            ),
        ),
        where=alive(lookup),
    )
    return (ranked, Relation(lookup.name, f"per ask: the latest visible row of `{lookup.rows.view}`{ttl_note(lookup)}", found))


def _windows(lookup: WindowLookup) -> tuple[Relation, ...]:
    if any(isinstance(a.extent, RowsWindow) for a in lookup.aggregations):
        return _over_rows(lookup)
    ask = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    reach = _reach(lookup)
    items = [
        Item(a.column, window_aggregate(a, _not_in(reach, in_window(a.extent, a.window, lookup.rows.closed)), row=ROWS, ask=ASKS))
        for a in lookup.aggregations
    ]
    grouped = Select(
        items=(*(Item(c.name, c) for c in ask), *items),
        source=From(lookup.asks.name, ASKS),
        joins=(pairs(lookup.rows, lookup.asks, *reach),),
        group_by=ask,
    )
    return (Relation(lookup.name, f"per ask: windows over the visible rows of `{lookup.rows.view}`", grouped),)


def _over_rows(lookup: WindowLookup) -> tuple[Relation, ...]:
    """Windows by rows (R10): number the visible rows from the latest back, then aggregate the first ones."""
    counts = {a.column: a.extent.count for a in lookup.aggregations if isinstance(a.extent, RowsWindow)}
    most = max(counts.values())
    ask = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    carried = carried_inputs(lookup)
    recency = Rank(ask, (row_order(),), descending=True)
    recent = Relation(
        f"{lookup.name}_rows",
        f"per ask: its {most} latest visible rows of `{lookup.rows.view}`, the latest first",
        Select(
            items=(
                *(Item(c.name, c) for c in ask),
                *(Item(name, Col(ROWS, name)) for name in carried),
                Item(ROW_ORDER, row_order()),
                Item(RECENCY, recency),
            ),
            source=From(lookup.asks.name, ASKS),
            joins=(pairs(lookup.rows, lookup.asks),),
            qualify=Binary("<=", recency, Number(most)),
        ),
    )
    key = (*keys_of(ROWS, lookup.asks), Col(ROWS, AS_OF_US))
    items = []
    for aggregation in lookup.aggregations:
        count = counts[aggregation.column]
        inside = (Binary("<=", Col(ROWS, RECENCY), Number(count)),) if count < most else ()
        items.append(Item(aggregation.column, window_aggregate(aggregation, inside, row=ROWS, ask=ROWS)))
    grouped = Select(items=(*(Item(c.name, c) for c in key), *items), source=From(recent.name, ROWS), group_by=key)
    return (recent, Relation(lookup.name, f"per ask: windows over the latest rows of `{lookup.rows.view}`", grouped))


def _not_in(known: tuple[Scalar, ...], conditions: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """Those that do not hold for every pair already."""
    return tuple(condition for condition in conditions if condition not in known)


def _reach(lookup: WindowLookup) -> tuple[Scalar, ...]:
    """What every row in any of the windows meets, so that rows out of reach meet no ask."""
    extents = {(a.extent, a.window) for a in lookup.aggregations}
    if len(extents) == 1:
        return in_window(*extents.pop(), lookup.rows.closed)
    lengths = [_longest(extent) for extent, _ in extents]
    if None in lengths:
        return ()
    return in_window(RangeWindow(max(length for length in lengths if length)), "", lookup.rows.closed)


def _longest(extent: Extent) -> int | None:
    """The furthest that a window reaches back, in microseconds; None where it has no end."""
    match extent:
        case RangeWindow(length_us, offset_us):
            return length_us + offset_us
        case CalendarWindow(unit, back):
            # two days more than the calendar says: clocks are changed, and some places have lived a day twice
            return (_MOST_DAYS[unit] * (back + 1) + 2) * _DAY_US
        case _:
            return None


RANGE_JOIN = Strategy(
    name="range_join",
    summary="every ask meets every row that it sees: can do everything, and costs a pair for each row in reach",
    suffix="windows",
    refuses=lambda lookup: "",
    needs_row_order=_needs_row_order,
    relations=_relations,
)
