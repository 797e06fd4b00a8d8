"""Stage 7: a logical plan as relations. Each lookup by its strategy; the rest is the same for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from featsql.base.spans import Text
from featsql.base.sqltypes import is_decimal, is_float, is_integer
from featsql.dialects import DIALECTS, Dialect
from featsql.ir.plan import (
    AsOf,
    FromLatest,
    FromWindows,
    GridAsks,
    HistoryAsks,
    Lookup,
    OnlineAsks,
    Output,
    Part,
    PointInTime,
    Rows,
    Spine,
    SpineAsks,
)
from featsql.ir.relational import (
    AllOf,
    Binary,
    BodySelect,
    CalendarStart,
    Cast,
    Col,
    Either,
    EpochUs,
    Filled,
    From,
    FromEpochUs,
    Greatest,
    IfFound,
    Item,
    Join,
    Later,
    NotNull,
    Number,
    Numbers,
    Rank,
    Relation,
    Scalar,
    Select,
    UnionAll,
    Verbatim,
    WholeQuery,
)
from featsql.ir.statistics import Statistics
from featsql.plan import modes
from featsql.plan.choose import Choice, assigned
from featsql.plan.names import AS_OF_US, AVAILABLE_US, EVENT_US, KNOWN_US, ROW_ORDER
from featsql.plan.orders import by_one_column
from featsql.plan.strategies.base import ROWS, calendar_column, rows_name, visible

SPINE = "s"
_GRID, _POINT = "g", "point"
NOBODY_COUNTED: Final[Mapping[str, Statistics]] = MappingProxyType({})


def rewrite(
    plan: PointInTime,
    amounts: Mapping[str, Statistics] = NOBODY_COUNTED,
    cheap: Container[str] = (),
    dialect: str = "duckdb",
) -> tuple[Relation, ...]:
    """Relations in the order in which they read each other; the last one, without a name, is the query.

    `amounts` are what is known of the plan's parts, by their names; `cheap` are views whose rows are as well read twice as kept.
    """
    parts, choices = chosen(plan, amounts, dialect)
    plan = replace(plan, parts=parts)
    relations = list(spine_relations(plan.spine)) if plan.spine else []
    written: set[str] = set()
    for part in plan.parts:
        if part.rows.name not in written:
            relations += rows_relations(part.rows, ranked=_ranked(part.rows, choices))
            written.add(part.rows.name)
        relations += (*grid_relations(part), asks_relation(part, plan.spine))
        for choice in choices:
            if choice.lookup in lookups(part):
                ranks, lookup = by_one_column(choice.lookup, DIALECTS[dialect])
                relations += (*ranks, *modes.relations(choice.strategy, lookup, DIALECTS[dialect]))
    relations.append(_query(plan, DIALECTS[dialect]))
    anew = {rows_name(part.rows) for part in plan.parts if part.rows.view in cheap}
    return _kept_where_read_again(relations, anew)


def _kept_where_read_again(relations: Sequence[Relation], anew: Container[str]) -> tuple[Relation, ...]:
    """What is read once need not be kept: it streams, and takes no memory."""
    readers = Counter(name for relation in relations for name in _read_by(relation))
    return tuple(
        replace(r, once=readers[r.name] > 1 and r.name not in anew, anew=readers[r.name] > 1 and r.name in anew) if r.once else r
        for r in relations
    )


def _read_by(relation: Relation) -> Iterator[str]:
    match relation.query:
        case Select(source=source, joins=joins):
            yield source.relation
            yield from (join.right.relation for join in joins)
        case UnionAll(branches):
            for branch in branches:
                yield from _read_by(replace(relation, query=branch))
        case _:
            return


def chosen(plan: PointInTime, amounts: Mapping[str, Statistics], dialect: str) -> tuple[tuple[Part, ...], tuple[Choice, ...]]:
    """The parts with their windows as strategies compute them, and the choices for all lookups."""
    found = [assigned(part, amounts.get(part.name), dialect) for part in plan.parts]
    return tuple(part for part, _ in found), tuple(choice for _, choices in found for choice in choices)


def lookups(part: Part) -> tuple[Lookup, ...]:
    return (*((part.latest,) if part.latest else ()), *part.windows)


def _ranked(rows: Rows, choices: Iterable[Choice]) -> bool:
    return any(c.lookup.rows.name == rows.name and c.strategy.needs_row_order(c.lookup) for c in choices)


def spine_relations(spine: Spine) -> list[Relation]:
    """The spine's rows, numbered, with their time in microseconds."""
    numbered = Select(
        items=(
            AllOf("q"),
            Item(spine.row, Rank((), ())),
            Item(spine.as_of, EpochUs(Col("q", spine.timestamp), spine.timestamp_type)),
        ),
        source=From("spine_query", "q"),
    )
    return [
        Relation("spine_query", "the rows that ask, as the model selects them", WholeQuery(spine.text)),
        Relation("spine", f"the rows that ask, numbered, with `{spine.timestamp}` in microseconds of UTC", numbered, once=True),
    ]


def rows_relations(rows: Rows, *, ranked: bool) -> list[Relation]:
    body_items = [Item(key.name, Verbatim(key.text)) for key in rows.keys]
    body_items.append(Item(EVENT_US, EpochUs(Verbatim(rows.event.text), rows.event.type)))
    if rows.available:
        body_items.append(Item(AVAILABLE_US, EpochUs(Verbatim(rows.available.text), rows.available.type)))
    body_items += [Item(column.name, Verbatim(column.text)) for column in rows.inputs]
    body = Relation(
        f"{rows.name}_body",
        f"the rows of `{rows.view}` as its model selects them",
        BodySelect(rows.prelude, tuple(body_items), rows.tail),
    )
    return [body, _known_rows(rows, body.name, ranked)]


def _known_rows(rows: Rows, body: str, ranked: bool) -> Relation:
    """Rows that somebody can see one day (R2 to R4), with their known time, and their rank where a strategy reads it."""
    event = Col("", EVENT_US)
    known: Scalar = event
    if rows.available:
        known = Later(event, Col("", AVAILABLE_US))
    elif rows.delay_us:
        known = Binary("+", event, Number(rows.delay_us))
    items = [*(Item(key.name, Col("", key.name)) for key in rows.keys), Item(EVENT_US, event), Item(KNOWN_US, known)]
    items += [Item(column.name, Col("", column.name)) for column in rows.inputs]
    if ranked:
        times = (event,) if rows.known_follows_event else (event, known)
        order = (*times, *(Col("", name) for name in rows.order))
        items.append(Item(ROW_ORDER, Rank(tuple(Col("", key.name) for key in rows.keys), order)))
    needed = [*(key.name for key in rows.keys), EVENT_US, *((AVAILABLE_US,) if rows.available else ())]
    comment = (
        f"those that become known to someone, with the microsecond when{' and their rank among their own' if ranked else ''}"
    )
    select = Select(tuple(items), From(body, ""), where=tuple(NotNull(Col("", name)) for name in needed))
    return Relation(rows_name(rows), comment, select, once=True)


def asks_relation(part: Part, spine: Spine | None) -> Relation:
    """The distinct (key, time) at which the view is asked; a NULL in either asks nothing (R19)."""
    asks = part.asks
    where: tuple[Scalar, ...] = ()
    joins: tuple[Join, ...] = ()
    match asks.origin:
        case SpineAsks(on):
            assert spine, "only a training set's views are asked by a spine"
            source = From("spine", SPINE)
            as_of: Scalar = Col(SPINE, spine.as_of)
            keys = tuple(Item(key, Col(SPINE, column)) for key, column in zip(asks.keys, on, strict=True))
            where = (*(NotNull(item.value) for item in keys), NotNull(as_of))
            comment = f"the distinct keys and times at which the spine asks `{part.rows.view}`"
        case OnlineAsks(as_of_us):
            source = From(rows_name(part.rows), ROWS)
            as_of = Number(as_of_us)
            keys = tuple(Item(key, Col(ROWS, key)) for key in asks.keys)
            seen = visible(part.rows.closed)
            where = (Binary(seen.operator, seen.left, as_of),)
            comment = "every entity with a visible row, at the time of the run"
        case GridAsks(first_us, every_us):
            source = From(f"{part.rows.name}_entities", ROWS)
            as_of = Binary("+", Number(first_us), Binary("*", Col(_GRID, _POINT), Number(every_us)))
            keys = tuple(Item(key, Col(ROWS, key)) for key in asks.keys)
            seen = visible(part.rows.closed)
            joins = (Join("inner", From(f"{part.rows.name}_grid", _GRID), (Binary(seen.operator, seen.left, as_of),)),)
            comment = "every entity with a visible row, at each time of the grid"
        case HistoryAsks():
            source = From(rows_name(part.rows), ROWS)
            as_of = _first_seen(part.rows)
            keys = tuple(Item(key, Col(ROWS, key)) for key in asks.keys)
            comment = "every key, at each first instant at which a row of its is visible"
    starts = tuple(
        Item(calendar_column(window), CalendarStart(as_of, extent.unit, extent.back, extent.timezone))
        for window, extent in asks.calendars
    )
    select = Select((*keys, Item(AS_OF_US, as_of), *starts), source, joins, where=where, distinct=True)
    return Relation(asks.name, comment, select)


def grid_relations(part: Part) -> tuple[Relation, ...]:
    """What a grid's asks are made of: who there is, and since when, and the numbers of its points."""
    if not isinstance(part.asks.origin, GridAsks):
        return ()
    numbers = Numbers(_POINT, part.asks.origin.count)
    return (entities_relation(part.rows), Relation(f"{part.rows.name}_grid", "the points of the grid", numbers))


def entities_relation(rows: Rows) -> Relation:
    """Grain: one row per entity, with its earliest known time."""
    keys = tuple(Col(ROWS, key.name) for key in rows.keys)
    earliest = Binary("-", Number(0), Greatest(Binary("-", Number(0), Col(ROWS, KNOWN_US))))
    items = (*(Item(key.name, Col(ROWS, key.name)) for key in rows.keys), Item(KNOWN_US, earliest))
    comment = "every entity, with the microsecond when the first of its rows becomes known"
    return Relation(f"{rows.name}_entities", comment, Select(items, From(rows_name(rows), ROWS), group_by=keys))


def _first_seen(rows: Rows) -> Scalar:
    """R29: the first instant at which a row is visible."""
    known = Col(ROWS, KNOWN_US)
    return known if rows.closed.sees_now else Binary("+", known, Number(1))


def _query(plan: PointInTime, dialect: Dialect) -> Relation:
    match plan.relation:
        case "training_set":
            return _training_set(plan, dialect)
        case "online":
            return _online(plan.parts[0], "one row per entity, as of the time of the run", dialect)
        case "backfill":
            return _online(plan.parts[0], "one row per entity and time of the grid", dialect)
        case "history":
            return _history(plan.parts[0], dialect)


def _training_set(plan: PointInTime, dialect: Dialect) -> Relation:
    """R18: the spine's rows in their order, each once, and the features beside them."""
    assert plan.spine
    as_of = Col(SPINE, plan.spine.as_of)
    joins: list[Join] = []
    items: list[Item | AllOf] = []
    if plan.spine.columns is None:
        items.append(AllOf(SPINE, but=(plan.spine.row, plan.spine.as_of)))
    else:
        items += [Item(column, Col(SPINE, column)) for column in plan.spine.columns]
    for part in plan.parts:
        keys = tuple(Col(SPINE, column) for column in part.on)
        joins += [_answers(lookup, keys, as_of) for lookup in lookups(part)]
        items += [Item(output.name, _value(output, part, FromEpochUs(as_of), dialect)) for output in part.outputs]
    select = Select(tuple(items), From("spine", SPINE), tuple(joins), order_by=(Col(SPINE, plan.spine.row),))
    return Relation("", "the spine's rows, each once, with their features", select)


def _online(part: Part, comment: str, dialect: Dialect) -> Relation:
    """R23: the entities whose latest row is alive, with the features of this moment."""
    assert part.latest
    base = part.latest.name
    keys = tuple(Col(base, key) for key in part.asks.keys)
    as_of = Col(base, AS_OF_US)
    joins = tuple(_answers(lookup, keys, as_of) for lookup in part.windows)
    items = (
        *(Item(name, key) for name, key in zip(part.key_names, keys, strict=True)),
        *(Item(output.name, _value(output, part, FromEpochUs(as_of), dialect)) for output in part.outputs),
        Item("event_time", FromEpochUs(Col(base, EVENT_US))),
        Item("as_of_time", FromEpochUs(as_of)),
    )
    return Relation("", comment, Select(items, From(base, base), joins))


def _history(part: Part, dialect: Dialect) -> Relation:
    """R29: every row, with the features of the first instant at which it is visible."""
    assert isinstance(part.asks.origin, HistoryAsks)
    keys = tuple(Col(ROWS, key) for key in part.asks.keys)
    first_seen = _first_seen(part.rows)
    joins = tuple(_answers(lookup, keys, first_seen) for lookup in lookups(part))
    items = (
        *(Item(name, key) for name, key in zip(part.key_names, keys, strict=True)),
        Item(part.rows.event.name, Col(ROWS, part.asks.origin.timestamp)),
        *(Item(output.name, _value(output, part, FromEpochUs(first_seen), dialect)) for output in part.outputs),
    )
    select = Select(items, From(rows_name(part.rows), ROWS), joins)
    return Relation("", "one row for each row of the body, with the features of the moment at which it became known", select)


def _answers(lookup: Lookup, keys: tuple[Scalar, ...], as_of: Scalar) -> Join:
    """A lookup's answer to one ask, or nothing."""
    on = [Binary("=", key, Col(lookup.name, name)) for key, name in zip(keys, lookup.asks.keys, strict=True)]
    return Join("left", From(lookup.name, lookup.name), (*on, Binary("=", as_of, Col(lookup.name, AS_OF_US))))


def _value(output: Output, part: Part, as_of: Scalar, dialect: Dialect) -> Scalar:
    value = _uncast(output, part, as_of)
    is_column = len(output.pieces) == 1 and isinstance(output.pieces[0], FromLatest | AsOf)
    is_number = output.type is not None and (is_integer(output.type) or is_decimal(output.type) or is_float(output.type))
    return Cast(value, output.type) if dialect.casts_features and output.type and is_number and not is_column else value


def _uncast(output: Output, part: Part, as_of: Scalar) -> Scalar:
    pieces: list[Text | Scalar] = []
    for piece in output.pieces:
        match piece:
            case Text():
                pieces.append(piece)
            case FromLatest(column):
                assert part.latest
                pieces.append(Col(part.latest.name, column))
            case FromWindows(column, zero):
                found: Scalar = Col(_home(part, column), column)
                pieces.append(Either(found, 0) if zero else found)
            case AsOf():
                pieces.append(as_of)
    only = pieces[0] if len(pieces) == 1 else None
    value = only if only is not None and not isinstance(only, Text) else Filled(tuple(pieces))
    if output.guarded:
        assert part.latest
        return IfFound(Col(part.latest.name, EVENT_US), value)
    return value


def _home(part: Part, column: str) -> str:
    return next(w.name for w in part.windows if any(a.column == column for a in w.aggregations))
