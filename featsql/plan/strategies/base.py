"""What a strategy is, and the conditions that every strategy writes in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from featsql.base.spans import Text
from featsql.ir.header import AllWindow, CalendarWindow, Closed, Extent, RangeWindow, RowsWindow
from featsql.ir.model import AsOfUse, ColumnUse
from featsql.ir.plan import Asks, Constant, InputRef, LatestLookup, Lookup, Operand, RowExpr, Rows
from featsql.ir.relational import Binary, Col, Filled, From, FromEpochUs, Join, Number, Relation, Scalar, Verbatim
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US, ROW_ORDER

ASKS = "a"
ROWS = "r"


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to compute lookups. `can`: is it able to; `needs_row_order`: does it read the rank of rows in the order R14.

    `relations` gives the relations that compute the lookup; the last has its name, its keys, `as_of_us` and its columns,
    at most one row per ask.
    """

    name: str
    summary: str
    can: Callable[[Lookup], bool]
    needs_row_order: Callable[[Lookup], bool]
    relations: Callable[[Lookup], tuple[Relation, ...]]


def rows_name(rows: Rows) -> str:
    return f"{rows.name}_rows"


def keys_of(alias: str, asks: Asks) -> tuple[Col, ...]:
    return tuple(Col(alias, key) for key in asks.keys)


def same_key(left: str, right: str, asks: Asks) -> tuple[Scalar, ...]:
    return tuple(Binary("=", Col(left, key), Col(right, key)) for key in asks.keys)


def visible(closed: Closed) -> Binary:
    """R5: the row was known before t, or at t where the view is closed there."""
    return Binary("<=" if closed.sees_now else "<", Col(ROWS, KNOWN_US), Col(ASKS, AS_OF_US))


def not_before(start: Scalar, closed: Closed, event: Scalar) -> Binary:
    """R7: the event is not before the window's start."""
    return Binary(">=" if closed.has_start else ">", event, start)


def in_window(extent: Extent, window: str, closed: Closed) -> tuple[Scalar, ...]:
    """What a visible row must meet to be in a window (R7 to R9, R12); windows by rows are another matter."""
    event, as_of = Col(ROWS, EVENT_US), Col(ASKS, AS_OF_US)
    match extent:
        case AllWindow() | RowsWindow():
            return ()
        case CalendarWindow():
            return (not_before(Col(ASKS, calendar_column(window)), closed, event),)
        case RangeWindow(length_us, offset_us):
            start = not_before(Binary("-", as_of, Number(length_us + offset_us)), closed, event)
            if not offset_us:
                return (start,)
            end = Binary("<=" if closed.sees_now else "<", event, Binary("-", as_of, Number(offset_us)))
            return (start, end)


def calendar_column(window: str) -> str:
    return f"{window}_start_us"


def alive(lookup: LatestLookup) -> tuple[Scalar, ...]:
    """R16: the latest row counts only while ttl lets it."""
    if lookup.ttl_us is None:
        return ()
    oldest = Binary("-", Col(ASKS, AS_OF_US), Number(lookup.ttl_us))
    return (not_before(oldest, lookup.rows.closed, Col(ROWS, EVENT_US)),)


def ttl_note(lookup: LatestLookup) -> str:
    return ", where ttl lets it live" if lookup.ttl_us is not None else ""


def row_order(row: str = ROWS) -> Col:
    return Col(row, ROW_ORDER)


def pairs(rows: Rows, asks: Asks, *conditions: Scalar) -> Join:
    """Every visible row of an ask's entity."""
    return Join("inner", From(rows_name(rows), ROWS), (*same_key(ASKS, ROWS, asks), visible(rows.closed), *conditions))


def operand(value: Operand, row: str, ask: str) -> Scalar:
    """What an aggregate takes, over a row that stands under `row` and an ask under `ask`."""
    match value:
        case InputRef(name):
            return Col(row, name)
        case Constant(text):
            return Verbatim(text)
        case RowExpr():
            return _row_expr(value, row, ask)


def _row_expr(value: RowExpr, row: str, ask: str) -> Filled:
    inputs = iter(value.inputs)
    pieces: list[Text | Scalar] = []
    for piece in value.expr.pieces:
        match piece:
            case Text():
                pieces.append(piece)
            case ColumnUse():
                pieces.append(Col(row, next(inputs)))
            case AsOfUse():
                pieces.append(as_of_time(ask))
    return Filled(tuple(pieces))


def as_of_time(alias: str) -> FromEpochUs:
    return FromEpochUs(Col(alias, AS_OF_US))
