"""The rows behind an answer as relations: each row of the entity, and the reason why it counts or does not.

The conditions are those that every strategy writes (`plan/strategies/base.py`), over the training set's own rows and asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from featsql.aggregates import AGGREGATES
from featsql.base.spans import Text
from featsql.ir.header import RowsWindow
from featsql.ir.plan import LatestLookup, Part
from featsql.ir.relational import (
    Aggregate,
    AllOf,
    Binary,
    BodySelect,
    Col,
    Filled,
    From,
    FromEpochUs,
    Item,
    Join,
    NotNull,
    Number,
    Rank,
    Relation,
    Scalar,
    Select,
)
from featsql.ir.why import REASONS, Reason
from featsql.plan.names import AS_OF_US, AVAILABLE_US, EVENT_US, KNOWN_US, RECENCY, ROW_ORDER
from featsql.plan.rewrite import rewrite
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    alive,
    calendar_column,
    in_window,
    keys_of,
    operand,
    row_order,
    rows_name,
    same_key,
    visible,
)
from featsql.plan.why import Call, Group, Inquiry

LATEST: Final = "l"
EDGES: Final[tuple[Reason, ...]] = ("before", "after")
"""What a row is that breaks the first, the second condition of `in_window`."""


def summary(inquiry: Inquiry) -> tuple[Relation, ...]:
    """One row: starts of calendar windows (`calendar_column`), `rows`, `REASON_GROUP`, `nulls_PIECE`, and the unseen rows."""
    labelled = _labelled(inquiry)
    asks = inquiry.part.asks
    body = next(relation.name for relation in labelled if isinstance(relation.query, BodySelect))
    counts = Relation(f"{asks.name}_counts", "how many rows have which reason", _counts(inquiry, labelled[-1].name))
    unseen = Relation(f"{asks.name}_unseen", "rows that nobody ever sees", _unseen(inquiry, body))
    starts = tuple(Item(calendar_column(window), Col(ASKS, calendar_column(window))) for window, _ in asks.calendars)
    joins = (Join("left", From(counts.name, "c"), ()), Join("left", From(unseen.name, "n"), ()))
    last = Select((*starts, AllOf("c"), AllOf("n")), From(asks.name, ASKS), joins)
    return (*labelled, counts, unseen, Relation("", "", last))


def nearest_rows(inquiry: Inquiry, limit: int) -> tuple[Relation, ...]:
    """Of each group the first `limit` rows of each reason, those nearest to where it begins to hold."""
    labelled = _labelled(inquiry)
    ranks = [
        Rank((Col(ROWS, f"reason_{g}"),), (Col(ROWS, f"distance_{g}"), _negative(row_order())))
        for g, _ in enumerate(inquiry.groups)
    ]
    near = _joined(" or ", [_sql(rank, f" <= {limit}") for rank in ranks])
    items = (
        Item(EVENT_US, Col(ROWS, EVENT_US)),
        Item("event_time", FromEpochUs(Col(ROWS, EVENT_US))),
        Item("known_time", FromEpochUs(Col(ROWS, KNOWN_US))),
        Item(ROW_ORDER, row_order()),
        *(Item(f"column_{i}", Col(ROWS, f"column_{i}")) for i, _ in enumerate(inquiry.inputs)),
        *(Item(f"reason_{g}", Col(ROWS, f"reason_{g}")) for g, _ in enumerate(inquiry.groups)),
        *(Item(f"rank_{g}", rank) for g, rank in enumerate(ranks)),
    )
    return (*labelled, Relation("", "", Select(items, From(labelled[-1].name, ROWS), qualify=near)))


def some_keys(inquiry: Inquiry, count: int) -> tuple[Relation, ...]:
    """A few keys that have rows, the first ones in their order."""
    ranked = _ranked_rows(inquiry)
    keys = keys_of(ROWS, inquiry.part.asks)
    distinct = Select(tuple(Item(key.name, key) for key in keys), From(rows_name(inquiry.part.rows), ROWS), distinct=True)
    name = f"{inquiry.part.asks.name}_keys"
    items = tuple(Item(written, key) for written, key in zip(inquiry.part.key_names, keys, strict=True))
    first = Select(items, From(name, ROWS), qualify=Binary("<=", Rank((), keys), Number(count)), order_by=keys)
    return (*ranked, Relation(name, "keys that have rows", distinct), Relation("", "", first))


def _ranked_rows(inquiry: Inquiry) -> tuple[Relation, ...]:
    """Body, rows in the order R14 and asks, as the training set has them."""
    part = inquiry.part
    ranking = LatestLookup(f"{part.name}_latest", part.rows, part.asks, (), None)
    bare = replace(part, latest=ranking, windows=(), outputs=(), strategy="range_join")
    return rewrite(replace(inquiry.answer, parts=(bare,)))[:-1]


def _labelled(inquiry: Inquiry) -> tuple[Relation, ...]:
    """The last relation has each row of the entity, with its reason and distance in each group."""
    part = inquiry.part
    known_then = Join("inner", From(rows_name(part.rows), ROWS), same_key(ASKS, ROWS, part.asks))
    seen = visible(part.rows.closed)
    recency = _sql("case when ", seen, " then ", Rank((seen,), (row_order(),), descending=True), " end")
    own = Select((AllOf(ROWS), Item(RECENCY, recency)), From(part.asks.name, ASKS), (known_then,))
    rows = Relation(f"{part.asks.name}_why", "every row of the entity; those visible at t numbered from the latest back", own)
    labels = Relation(f"{part.asks.name}_reasons", "what each of them is to the feature", _labels(inquiry, rows.name))
    return (*_ranked_rows(inquiry), rows, labels)


def _labels(inquiry: Inquiry, rows: str) -> Select:
    asks = inquiry.part.asks
    items = [Item(name, Col(ROWS, name)) for name in (EVENT_US, KNOWN_US, ROW_ORDER)]
    items += [Item(f"column_{i}", Col(ROWS, name)) for i, name in enumerate(inquiry.inputs)]
    for g, group in enumerate(inquiry.groups):
        items += [Item(f"reason_{g}", _reason(group, inquiry.part)), Item(f"distance_{g}", _distance(group, inquiry.part))]
        items += [Item(f"null_{call.output}", null) for call in group.calls if (null := _is_skipped(call))]
    own = Join("inner", From(rows, ROWS), same_key(ASKS, ROWS, asks))
    latest = Join("left", From(rows, LATEST), (Binary("=", Col(LATEST, RECENCY), Number(1)),))
    return Select(tuple(items), From(asks.name, ASKS), (own, latest))


def _reason(group: Group, part: Part) -> Scalar:
    """The first reason that keeps the row out, or `in`."""
    closed = part.rows.closed
    happened = replace(visible(closed), left=Col(ROWS, EVENT_US))
    cases: list[tuple[Scalar, Reason]] = [(_not(happened), "future"), (_not(visible(closed)), "late")]
    if group.extent is None:
        cases += _latest_cases(part)
    else:
        assert group.window
        cases += [(_not(c), edge) for c, edge in zip(in_window(group.extent, group.window, closed), EDGES, strict=False)]
        cases += _aggregate_cases(group)
    text: list[str | Scalar] = ["case"]
    for condition, reason in cases:
        text += [" when ", condition, f" then '{reason}'"]
    return _sql(*text, " else 'in' end")


def _latest_cases(part: Part) -> Iterator[tuple[Scalar, Reason]]:
    yield Binary("<", Col(ROWS, EVENT_US), Col(LATEST, EVENT_US)), "older"
    yield Binary("<", Col(ROWS, KNOWN_US), Col(LATEST, KNOWN_US)), "superseded"
    yield Binary(">", Col(ROWS, RECENCY), Number(1)), "tied"
    assert part.latest
    for condition in alive(part.latest):
        yield _not(condition), "expired"


def _aggregate_cases(group: Group) -> Iterator[tuple[Scalar, Reason]]:
    if isinstance(group.extent, RowsWindow):
        yield Binary(">", Col(ROWS, RECENCY), Number(group.extent.count)), "beyond"
    aggregation = group.calls[0].aggregation
    if aggregation and aggregation.where:
        yield _sql("not coalesce(", operand(aggregation.where, ROWS, ASKS), ", false)"), "filtered"
    skipped = [null for call in group.calls if (null := _is_skipped(call))]
    if len(skipped) == len(group.calls):
        yield _joined(" and ", skipped), "null"


def _is_skipped(call: Call) -> Scalar | None:
    """Whether the aggregate ignores a row, for a NULL in what it takes of it; None for one that ignores none."""
    aggregation = call.aggregation
    if aggregation is None:
        return None
    skips = [arg for i, arg in enumerate(aggregation.args) if i in AGGREGATES[aggregation.function].skips_null]
    return _not(NotNull(operand(skips[0], ROWS, ASKS))) if skips else None


def _distance(group: Group, part: Part) -> Scalar:
    """How near a row is to belonging: microseconds to the nearest edge of the window, else rows back from the latest."""
    event, as_of = Col(ROWS, EVENT_US), Col(ASKS, AS_OF_US)
    inside: Scalar = _negative(row_order())
    if group.extent and group.window:
        edges = [c.right for c in in_window(group.extent, group.window, part.rows.closed) if isinstance(c, Binary)]
        if edges:
            ends = [edges[0], edges[1] if len(edges) > 1 else as_of]
            start, end = (_sql("abs(", event, " - ", edge, ")") for edge in ends)
            inside = _sql("least(", start, ", ", end, ")")
    late = Binary("-", Col(ROWS, KNOWN_US), as_of)
    return _sql("case when ", visible(part.rows.closed), " then ", inside, " else ", late, " end")


def _counts(inquiry: Inquiry, labelled: str) -> Select:
    items = [Item("rows", _count())]
    for g, group in enumerate(inquiry.groups):
        found = Col(ROWS, f"reason_{g}")
        items += [Item(f"{reason}_{g}", _count(_sql(found, f" = '{reason}'"))) for reason in REASONS]
        within = _sql(found, " in ('in', 'null')")
        nulls = [Col(ROWS, f"null_{call.output}") for call in group.calls if _is_skipped(call)]
        items += [Item(null.name, _count(within, null)) for null in nulls]
    return Select(tuple(items), From(labelled, ROWS))


def _unseen(inquiry: Inquiry, body: str) -> Select:
    part = inquiry.part
    own, event = NotNull(Col(ASKS, AS_OF_US)), NotNull(Col(ROWS, EVENT_US))
    available = Col(ROWS, AVAILABLE_US if part.rows.available else EVENT_US)
    keys = keys_of(ROWS, part.asks)
    no_key = _joined(" or ", [_not(NotNull(key)) for key in keys]) if keys else _sql("false")
    items = (
        Item("without_key", _count(no_key)),
        Item("without_event_time", _count(own, _not(event))),
        Item("without_known_time", _count(own, event, _not(NotNull(available)))),
    )
    return Select(items, From(body, ROWS), (Join("left", From(part.asks.name, ASKS), same_key(ASKS, ROWS, part.asks)),))


def _count(*where: Scalar) -> Aggregate:
    return Aggregate("count", (), where, Number(0), False, "BIGINT")


def _not(condition: Scalar) -> Scalar:
    return _sql("not ", condition)


def _negative(value: Scalar) -> Scalar:
    return Binary("-", Number(0), value)


def _joined(word: str, conditions: Sequence[Scalar]) -> Scalar:
    first, *others = conditions
    return _sql(first, *(piece for condition in others for piece in (word, condition)))


def _sql(*pieces: str | Scalar) -> Filled:
    return Filled(tuple(Text.generated(piece) if isinstance(piece, str) else piece for piece in pieces))


def typed_keys(frame: str, types: Sequence[tuple[str, str]]) -> tuple[Relation, ...]:
    """The columns of `frame` in these types; NULL for what has no value in its type."""
    items = tuple(Item(name, _sql("try_cast(", Col("q", name), f" as {kind})")) for name, kind in types)
    return (Relation("", "", Select(items, From(frame, "q"))),)
