"""What both plans with running totals share: which totals to keep, at which edges to read them, how they become windows.

A window of an exact aggregate is a difference: the total up to its end less the total up to its start. Where rows become
known late, "up to its end" goes by known time and "up to its start" by event time; the few rows that this counts wrongly,
because they became known later than their whole window, are put right one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from featsql.aggregates import AGGREGATES
from featsql.aggregates.base import Part
from featsql.ir.header import AllWindow, CalendarWindow, RangeWindow, RowsWindow
from featsql.ir.plan import Aggregation, Asks, InputRef, LatestLookup, Lookup, Operand, RowExpr, Rows, WindowLookup
from featsql.ir.relational import (
    Aggregate,
    Binary,
    Col,
    Earlier,
    Either,
    Finished,
    From,
    Greatest,
    Item,
    Join,
    Number,
    Relation,
    Scalar,
    Select,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, EDGE, EVENT_US, KNOWN_US, MOMENT_US, SIDE, Names
from featsql.plan.strategies.base import ASKS, ROWS, calendar_column, fits_totals, keys_of, operand, rows_name, same_key

Side = Literal["event", "known"]


@dataclass(frozen=True, slots=True)
class Total:
    """One part of an aggregate; `column` holds it."""

    column: str
    part: Part
    value: Operand | None
    where: Operand | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A moment: `back_us` before t, or just before a calendar window starts. Rows up to it, itself included, count."""

    side: Side
    back_us: int
    calendar: str = ""
    is_first: bool = False
    """Before all rows, whatever t is."""


@dataclass(frozen=True, slots=True)
class Span:
    """One window between two edges; `start` None: it has no start."""

    name: str
    end: Edge
    start: Edge | None
    late_us: int | None
    """Rows that became known at most so long after they happened are counted right without further ado."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The parts, edges and windows of a lookup, each once. `columns`: what a part of a window is called."""

    lookup: WindowLookup
    totals: tuple[Total, ...]
    spans: tuple[Span, ...]
    edges: tuple[Edge, ...]
    parts: dict[str, tuple[str, ...]]
    """By the column of an aggregation: its parts over its window."""
    columns: dict[str, tuple[Total, Span]]

    @property
    def is_two_sided(self) -> bool:
        return len({edge.side for edge in self.edges}) > 1

    @property
    def sides(self) -> tuple[Side, ...]:
        return tuple(dict.fromkeys(edge.side for edge in self.edges))


# --- what can be had from totals


def refuses_totals(lookup: Lookup) -> str:
    """Why running totals cannot give the aggregates of a lookup; empty when they can."""
    if isinstance(lookup, LatestLookup):
        return "a latest value is no total"
    for aggregation in lookup.aggregations:
        reason = refuses_parts(aggregation) or _inexact(aggregation) or refuses_edges(lookup.rows, aggregation)
        if reason:
            return reason
    return ""


def refuses_parts(aggregation: Aggregation) -> str:
    """Why an aggregate cannot be put together from parts that know nothing of t."""
    merge = AGGREGATES[aggregation.function].merge
    if merge is None:
        return f"`{aggregation.function}` needs its rows all at once"
    if aggregation.distinct and not {"least", "greatest"} & set(merge.parts):
        return "distinct values need the rows all at once"
    if any(isinstance(value, RowExpr) for value in (*aggregation.args, aggregation.where)):
        return "its expression changes with t"
    return ""


def _inexact(aggregation: Aggregation) -> str:
    """A difference of totals is right where totals are exact and cannot overflow before a window does (R26, R27)."""
    merge = AGGREGATES[aggregation.function].merge
    assert merge
    if {"least", "greatest"} & set(merge.parts):
        return f"a window's `{aggregation.function}` is no difference of two"
    return "" if "sum" not in merge.parts or fits_totals(aggregation.argument_type) else "totals of its type are not exact"


def refuses_edges(rows: Rows, aggregation: Aggregation) -> str:
    """Why a window has no two edges that say which rows are in it."""
    match aggregation.extent:
        case RowsWindow():
            return "a window by rows has no edge in time"
        case RangeWindow(length_us, offset_us) if rows.delay_us >= length_us + offset_us:
            return "the delay is longer than the window"
        case CalendarWindow() if rows.available:
            return "rows that are known late cross the start of a calendar window"
    return ""


# --- the totals and edges of a lookup

Parts = Callable[[Aggregation], tuple[Part, ...]]


def parts_to_subtract(aggregation: Aggregation) -> tuple[Part, ...]:
    """All that its file names: a difference of sums does not tell whether there was anything to add."""
    merge = AGGREGATES[aggregation.function].merge
    assert merge
    return merge.parts


_BEFORE_ALL_US: Final = -(2**63) + 1
"""No time of any warehouse is that long ago."""


def totals_between_edges(lookup: WindowLookup, parts: Parts = parts_to_subtract) -> Totals:
    """The same where totals run on from one entity to the next: each window begins somewhere."""
    totals = totals_of(lookup, parts)
    beginning = Edge("event", 0, is_first=True)
    spans = {span.name: replace(span, start=span.start or beginning) for span in totals.spans}
    columns = {column: (total, spans[span.name]) for column, (total, span) in totals.columns.items()}
    edges = (*totals.edges, beginning) if any(span.start is None for span in totals.spans) else totals.edges
    return replace(totals, spans=tuple(spans.values()), columns=columns, edges=edges)


def totals_of(lookup: WindowLookup, parts_needed: Parts = parts_to_subtract) -> Totals:
    names = Names((*lookup.asks.keys, AS_OF_US, EDGE, MOMENT_US, EVENT_US, KNOWN_US, *(i.name for i in lookup.rows.inputs)))
    totals: dict[tuple[object, ...], Total] = {}
    spans: dict[str, Span] = {}
    columns: dict[str, tuple[Total, Span]] = {}
    by_total: dict[tuple[str, str], str] = {}
    parts: dict[str, tuple[str, ...]] = {}
    for aggregation in lookup.aggregations:
        span = spans.setdefault(aggregation.window, _span(lookup.rows, aggregation))
        found = []
        for total in _totals(aggregation, parts_needed(aggregation), totals, names):
            at = (total.column, span.name)
            if at not in by_total:
                by_total[at] = names.fresh(f"{total.column}_{span.name}")
                columns[by_total[at]] = (total, span)
            found.append(by_total[at])
        parts[aggregation.column] = tuple(found)
    edges = dict.fromkeys(edge for span in spans.values() for edge in (span.end, span.start) if edge)
    return Totals(lookup, tuple(totals.values()), tuple(spans.values()), tuple(edges), parts, columns)


def _totals(
    aggregation: Aggregation, parts: tuple[Part, ...], known: dict[tuple[object, ...], Total], names: Names
) -> Iterator[Total]:
    """The parts of an aggregate in their order; one that another aggregate has too is the same part."""
    value = aggregation.args[0] if aggregation.args else None
    for part in parts:
        kind: Part = "rows" if part == "present" and value is None else part
        key = (kind, value, aggregation.where)
        if key not in known:
            column = names.fresh(f"{_WORDS[kind]}{f'_{value.name}' if isinstance(value, InputRef) else ''}")
            known[key] = Total(column, kind, value, aggregation.where, aggregation.argument_type)
        yield known[key]


_WORDS = {"rows": "row_count", "present": "count", "true": "true", "sum": "sum", "least": "min", "greatest": "max"}


def part_aggregate(total: Total, row: str, *more: Scalar) -> Aggregate:
    """A part over rows that stand under `row`; `more` are further conditions."""
    value = operand(total.value, row, ASKS) if total.value else None
    where = (operand(total.where, row, ASKS),) if total.where else ()
    args = (value,) if value is not None else ()
    function = {"sum": "sum", "least": "min", "greatest": "max"}.get(total.part, "count")
    if total.part == "true":
        return Aggregate("count", (), (*more, *args, *where), Number(0), distinct=False, type=None)
    return Aggregate(function, args, (*more, *where), Number(0), distinct=False, type=None, argument_type=total.type)


def _span(rows: Rows, aggregation: Aggregation) -> Span:
    closed = rows.closed
    before_end, before_start = int(not closed.sees_now), int(closed.has_start)
    name = aggregation.window
    side: Side = "known" if rows.available else "event"
    seen = rows.delay_us + before_end
    match aggregation.extent:
        case RangeWindow(length_us, offset_us):
            start = Edge("event", length_us + offset_us + before_start)
            if not offset_us:
                return Span(name, Edge(side, seen), start, length_us if rows.available else None)
            end = Edge("event", max(offset_us, rows.delay_us) + before_end)
            return Span(name, end, start, offset_us if rows.available else None)
        case CalendarWindow():
            return Span(name, Edge(side, seen), Edge("event", before_start, name), None)
        case AllWindow() | RowsWindow():
            return Span(name, Edge(side, seen), None, None)


def moment(edge: Edge, rows: Rows) -> Scalar:
    """When an ask's edge is. A calendar unit may have begun after the last moment that is seen: then it is empty."""
    as_of = Col(ASKS, AS_OF_US)
    if edge.is_first:
        return Number(_BEFORE_ALL_US)
    if not edge.calendar:
        return _less(as_of, edge.back_us)
    seen = _less(as_of, rows.delay_us + int(not rows.closed.sees_now))
    return Earlier(_less(Col(ASKS, calendar_column(edge.calendar)), edge.back_us), seen)


def _less(value: Scalar, number: int) -> Scalar:
    return Binary("-", value, Number(number)) if number else value


def side_number(side: Side) -> Number:
    return Number(int(side == "known"))


# --- relations


def edges_relation(totals: Totals) -> Relation:
    """Grain: one row per ask and edge."""
    asks = totals.lookup.asks

    def branch(number: int, edge: Edge) -> Select:
        side = (Item(SIDE, side_number(edge.side)),) if totals.is_two_sided else ()
        at = Item(MOMENT_US, moment(edge, totals.lookup.rows))
        return Select((*edge_items(asks, number), *side, at), From(asks.name, ASKS))

    branches = tuple(branch(number, edge) for number, edge in enumerate(totals.edges))
    return Relation(edges_name(totals.lookup), "per ask: the moments at which its windows begin and end", UnionAll(branches))


def edges_name(lookup: WindowLookup) -> str:
    return f"{lookup.name}_edges"


def edge_items(asks: Asks, number: int) -> tuple[Item, ...]:
    keys = (Item(c.name, c) for c in keys_of(ASKS, asks))
    return (*keys, Item(AS_OF_US, Col(ASKS, AS_OF_US)), Item(EDGE, Number(number)))


def windows_from(totals: Totals, at_edges: Relation) -> tuple[Relation, ...]:
    """From totals at edges (grain: ask and edge; none where nothing was before the edge) to the lookup's own relation."""
    lookup = totals.lookup
    corrections = tuple(_corrections(totals))
    differences = _differences(totals, at_edges.name)
    joined = Join("left", From(corrections[-1].name, "c"), same_ask("w", "c", lookup.asks)) if corrections else None
    items = [*(Item(c.name, c) for c in keys_of("w", lookup.asks)), Item(AS_OF_US, Col("w", AS_OF_US))]
    for aggregation in lookup.aggregations:
        parts = tuple(_corrected(column, totals, joined is not None) for column in totals.parts[aggregation.column])
        items.append(
            Item(
                aggregation.column,
                Finished(aggregation.function, parts, aggregation.type, aggregation.argument_type, aggregation.origin),
            )
        )
    select = Select(tuple(items), From(differences.name, "w"), (joined,) if joined else ())
    comment = f"per ask: windows over the visible rows of `{lookup.rows.view}`"
    return (at_edges, differences, *corrections, Relation(lookup.name, comment, select))


def _differences(totals: Totals, at_edges: str) -> Relation:
    asks = totals.lookup.asks
    ask = (*keys_of(ROWS, asks), Col(ROWS, AS_OF_US))
    number = {edge: i for i, edge in enumerate(totals.edges)}

    def up_to(edge: Edge, total: Total) -> Scalar:
        here = Binary("=", Col(ROWS, EDGE), Number(number[edge]))
        return Either(Greatest(Col(ROWS, total.column), where=here), 0)

    items = [Item(c.name, c) for c in ask]
    for column, (total, span) in totals.columns.items():
        end = up_to(span.end, total)
        items.append(Item(column, Binary("-", end, up_to(span.start, total)) if span.start else end))
    select = Select(tuple(items), From(at_edges, ROWS), group_by=ask)
    return Relation(f"{totals.lookup.name}_parts", "per ask and window: the total at its end less the total at its start", select)


def _corrected(column: str, totals: Totals, has_corrections: bool) -> Scalar:
    _, span = totals.columns[column]
    if not has_corrections or span.late_us is None:
        return Col("w", column)
    return Binary("+", Col("w", column), Either(Col("c", column), 0))


def same_ask(left: str, right: str, asks: Asks) -> tuple[Scalar, ...]:
    return (*same_key(left, right, asks), Binary("=", Col(left, AS_OF_US), Col(right, AS_OF_US)))


def _corrections(totals: Totals) -> Iterator[Relation]:
    """Rows that were known too late for the difference to be right, and what they change."""
    lookup = totals.lookup
    lengths = [span.late_us for span in totals.spans if span.late_us is not None]
    if not lengths:
        return
    lateness = Binary("-", Col(ROWS, KNOWN_US), Col(ROWS, EVENT_US))
    late = Relation(
        f"{lookup.name}_late",
        f"rows of `{lookup.rows.view}` that became known later than a window is long",
        Select(_carried(totals), From(rows_name(lookup.rows), ROWS), where=(Binary(">=", lateness, Number(min(lengths))),)),
    )
    ask = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    unknown = Binary(">", Col(ROWS, KNOWN_US), _less(Col(ASKS, AS_OF_US), int(not lookup.rows.closed.sees_now)))
    past = Binary("<=", Col(ROWS, EVENT_US), Col(ASKS, AS_OF_US))
    items = [Item(c.name, c) for c in ask]
    for column, (total, span) in totals.columns.items():
        if span.late_us is not None:
            items.append(Item(column, _correction(total, span, lookup.rows)))
    yield late
    yield Relation(
        f"{lookup.name}_corrections",
        "per ask: what rows change that are not known yet, and that the difference counts as if they were",
        Select(
            tuple(items),
            From(lookup.asks.name, ASKS),
            (Join("inner", From(late.name, ROWS), (*same_key(ASKS, ROWS, lookup.asks), unknown, past)),),
            group_by=ask,
        ),
    )


def _correction(total: Total, span: Span, rows: Rows) -> Scalar:
    """The end of a window without offset goes by known time: rows before its start were subtracted that never counted.
    Both edges of one with an offset go by event time: rows inside were counted that are not known yet."""
    assert span.start
    event = Col(ROWS, EVENT_US)
    before_start = Binary("<=", event, moment(span.start, rows))
    if span.end.side == "known":
        return part_aggregate(total, ROWS, before_start)
    inside = (Binary(">", event, moment(span.start, rows)), Binary("<=", event, moment(span.end, rows)))
    return Binary("-", Number(0), Either(part_aggregate(total, ROWS, *inside), 0))


def _carried(totals: Totals) -> tuple[Item, ...]:
    keys = (Item(c.name, c) for c in keys_of(ROWS, totals.lookup.asks))
    times = (Item(EVENT_US, Col(ROWS, EVENT_US)), Item(KNOWN_US, Col(ROWS, KNOWN_US)))
    return (*keys, *times, *(Item(name, Col(ROWS, name)) for name in inputs_of(totals.totals, totals.lookup.asks)))


def inputs_of(totals: Iterable[Total], asks: Asks) -> tuple[str, ...]:
    """The inputs that totals read, each once."""
    used = [value.name for total in totals for value in (total.value, total.where) if isinstance(value, InputRef)]
    return tuple(name for name in dict.fromkeys(used) if name not in asks.keys)


def per_side(totals: Totals, branch: Callable[[Side], Select]) -> UnionAll:
    return UnionAll(tuple(branch(side) for side in totals.sides))


def time_of(side: Side) -> Col:
    return Col(ROWS, KNOWN_US if side == "known" else EVENT_US)
