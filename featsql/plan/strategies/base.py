"""What a strategy is, and the conditions that every strategy writes in the same words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from featsql.aggregates import AGGREGATES
from featsql.base.spans import Text
from featsql.base.sqltypes import base_name, decimal_precision, is_decimal, is_float, is_integer
from featsql.dialects import Dialect
from featsql.ir.header import AllWindow, CalendarWindow, Closed, Extent, RangeWindow, RowsWindow
from featsql.ir.model import AsOfUse, ColumnUse
from featsql.ir.plan import (
    Aggregation,
    Asks,
    Constant,
    InputRef,
    LatestLookup,
    Lookup,
    Operand,
    RowExpr,
    Rows,
    WindowLookup,
)
from featsql.ir.relational import (
    Aggregate,
    Binary,
    Col,
    Filled,
    From,
    FromEpochUs,
    Join,
    Number,
    Relation,
    Scalar,
    ToBigint,
    Verbatim,
)
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US, ROW_ORDER

ASKS = "a"
ROWS = "r"


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to compute lookups. `needs_row_order`: does it read the rank of rows in the order R14?

    `refuses` says why it cannot compute a lookup, nothing when it can. `relations` gives the relations that compute the
    lookup; the last has its name, its keys, `as_of_us` and its columns, at most one row per ask.
    """

    name: str
    summary: str
    suffix: str
    """What the names of its window lookups end with."""
    refuses: Callable[[Lookup], str]
    needs_row_order: Callable[[Lookup], bool]
    relations: Callable[[Lookup], tuple[Relation, ...]]
    unsuited: Callable[[Lookup, Dialect], str] = lambda lookup, dialect: ""
    """Why it cannot compute a lookup in a dialect, or not as well as another can; nothing when it can."""

    def why_not(self, lookup: Lookup, dialect: Dialect) -> str:
        return self.refuses(lookup) or self.unsuited(lookup, dialect)


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


def window_aggregate(aggregation: Aggregation, inside: tuple[Scalar, ...], *, row: str, ask: str) -> Aggregate:
    """An aggregate over rows that stand under `row`, those that meet `inside` and its own filter."""
    own = (operand(aggregation.where, row, ask),) if aggregation.where else ()
    return Aggregate(
        function=aggregation.function,
        args=tuple(operand(arg, row, ask) for arg in aggregation.args),
        where=(*inside, *own),
        order=Col(row, aggregation.order or ROW_ORDER),
        distinct=aggregation.distinct,
        type=aggregation.type,
        argument_type=aggregation.argument_type,
        origin=aggregation.origin,
    )


def over_any_row(aggregation: Aggregation, *, row: str, inside: tuple[Scalar, ...] = ()) -> Aggregate:
    """The same where it is computed at rows that nobody asks: without the cast that fails when a sum leaves 64 bits."""
    return replace(window_aggregate(aggregation, inside, row=row, ask=row), type=None, origin=None)


def as_asked(aggregation: Aggregation, value: Scalar) -> Scalar:
    """The cast, where somebody asks (R26)."""
    is_sum = aggregation.function == "sum" and aggregation.type == "BIGINT"
    return ToBigint(value, aggregation.origin) if is_sum else value


def refuses_any_row(aggregation: Aggregation) -> str:
    """Why an aggregate cannot be computed at rows that nobody asks, for asks to pick from."""
    if any(isinstance(value, RowExpr) for value in (*aggregation.args, aggregation.where)):
        return "its expression changes with t"
    summed = aggregation.argument_type
    is_safe = aggregation.function not in ("sum", "avg") or (summed and is_float(summed)) or fits_totals(summed)
    if not is_safe:
        return "a sum of its type may overflow where nobody asks"
    return ""


def fits_totals(type_name: str | None) -> bool:
    """Are sums of it exact, and within 128 bits whatever number of rows a table can hold?"""
    if type_name is None:
        return False
    if is_decimal(type_name):
        return decimal_precision(type_name) <= 28
    return base_name(type_name) == "BOOLEAN" or (is_integer(type_name) and "HUGEINT" not in type_name and "128" not in type_name)


def orders_rows(lookup: Lookup) -> bool:
    """Does an aggregate of it follow the order of rows (R14)?"""
    return isinstance(lookup, WindowLookup) and any(AGGREGATES[a.function].ordered for a in lookup.aggregations)


def carried_inputs(lookup: WindowLookup) -> tuple[str, ...]:
    """The inputs that its aggregates read, each once, keys left out."""
    used = (name for aggregation in lookup.aggregations for name in _inputs(aggregation))
    return tuple(name for name in dict.fromkeys(used) if name not in lookup.asks.keys)


def _inputs(aggregation: Aggregation) -> Iterator[str]:
    if aggregation.order:
        yield aggregation.order
    for value in (*aggregation.args, *((aggregation.where,) if aggregation.where else ())):
        match value:
            case InputRef(name):
                yield name
            case RowExpr(inputs=names):
                yield from names


def one_pass(lookup: Lookup, dialect: Dialect) -> str:
    """For plans that sort everything once and then go through it: elsewhere that is all the work on one machine."""
    return "" if dialect.keeps_order else f"{dialect.name} does not read what is sorted in one streaming pass"


def unframed(lookup: Lookup, dialect: Dialect) -> str:
    """Why frames that move cannot give the aggregates of a lookup."""
    if dialect.framed is None or not isinstance(lookup, WindowLookup):
        return ""
    for aggregation in lookup.aggregations:
        rounds = AGGREGATES[aggregation.function].rounds(aggregation.argument_type)
        is_truth = aggregation.argument_type == "BOOLEAN" and aggregation.function in ("min", "max")
        if aggregation.function not in dialect.framed or aggregation.distinct or rounds or is_truth:
            return f"{dialect.name} does not promise `{aggregation.function}` over frames to the last bit"
    return ""


def as_of_time(alias: str) -> FromEpochUs:
    return FromEpochUs(Col(alias, AS_OF_US))
