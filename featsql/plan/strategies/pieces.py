"""Parts of aggregates over rows, put together and never subtracted: which there are, and how they become a value."""

from __future__ import annotations

from typing import Final

from featsql.aggregates.base import Part
from featsql.ir.plan import Aggregation, LatestLookup, Lookup
from featsql.ir.relational import (
    Aggregate,
    Both,
    Case,
    Col,
    Finished,
    NotNull,
    Number,
    PartKind,
    Scalar,
    ToBigint,
    ToTotal,
)
from featsql.plan.strategies.base import ASKS, as_asked, operand, refuses_any_row
from featsql.plan.strategies.heap import HEAP, is_row
from featsql.plan.strategies.totals import Span, Total, Totals, parts_to_subtract, refuses_edges, refuses_parts

KINDS: Final[dict[Part, PartKind]] = {
    "rows": "count",
    "present": "count",
    "true": "count",
    "sum": "sum",
    "least": "least",
    "greatest": "greatest",
}
_MERGES: Final[dict[PartKind, str]] = {"count": "sum", "sum": "sum", "least": "min", "greatest": "max"}


def refuses_pieces(lookup: Lookup) -> str:
    """Why a lookup cannot be put together from parts over rows that stand together."""
    if isinstance(lookup, LatestLookup):
        return "a latest value is no window"
    if not lookup.rows.known_follows_event:
        return "rows that are known late do not stand together by event time"
    for aggregation in lookup.aggregations:
        if reason := refuses_parts(aggregation) or refuses_any_row(aggregation) or refuses_edges(lookup.rows, aggregation):
            return reason
    return ""


def parts_that_keep_nulls(aggregation: Aggregation) -> tuple[Part, ...]:
    """Where nothing is subtracted, a sum of nothing stays NULL: nobody has to count."""
    return ("sum",) if aggregation.function == "sum" else parts_to_subtract(aggregation)


def of_one_row(total: Total) -> Scalar:
    """A part over one entry of the heap; an edge is no row."""
    value = operand(total.value, HEAP, ASKS) if total.value else None
    where = (operand(total.where, HEAP, ASKS),) if total.where else ()
    if KINDS[total.part] == "count":
        counts = () if value is None else (value if total.part == "true" else NotNull(value),)
        return Case(Both((is_row(), *where, *counts)), Number(1), Number(0))
    assert value is not None
    return Case(Both((is_row(), *where)), ToTotal(value, total.type) if total.part == "sum" else value)


def merged(total: Total, column: Col, *where: Scalar) -> Scalar:
    """Parts of a group of pieces as one."""
    whole = Aggregate(_MERGES[KINDS[total.part]], (column,), where, Number(0), distinct=False, type=None)
    return ToBigint(whole) if KINDS[total.part] == "count" else whole


def value_of(aggregation: Aggregation, parts: tuple[Scalar, ...]) -> Scalar:
    if aggregation.function == "sum":
        return as_asked(aggregation, parts[0])
    return Finished(aggregation.function, parts, aggregation.type, aggregation.argument_type, aggregation.origin)


def between_edges(totals: Totals, span: Span, name: str) -> tuple[Col, Col]:
    """What the ask has of both edges of a window."""
    assert span.start, "between edges each window has a start"
    start, end = totals.edges.index(span.start), totals.edges.index(span.end)
    return Col(ASKS, edge_column(name, start)), Col(ASKS, edge_column(name, end))


def edge_column(name: str, edge: int) -> str:
    return f"{name}_{edge}"
