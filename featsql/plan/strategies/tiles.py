"""Tiles with exact edges: parts of an aggregate over runs of rows, computed once and put together for each window.

Rows of an entity are numbered by event time and cut into tiles. Each row carries the parts over its tile up to it, and
over its tile after it; a window takes the rest of the tile in which it starts, the whole tiles between, and the beginning
of the tile in which it ends. Whole tiles are kept as blocks: on level n, a tile carries the parts over all tiles between
it and the middle of the 2^(n+1) tiles around it. Two tiles meet in the middle of exactly one level, that of the highest
binary digit in which their numbers differ, so any run of tiles is two blocks that do not overlap (a disjoint sparse table).
Nothing is subtracted: right for extremes, and for sums of floating point numbers (R27).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from featsql.aggregates.base import Part
from featsql.ir.plan import LatestLookup, Lookup, WindowLookup
from featsql.ir.relational import (
    Aggregate,
    Binary,
    Case,
    Col,
    Either,
    Finished,
    Flag,
    Frame,
    From,
    Greatest,
    HighestBit,
    Item,
    Join,
    Later,
    Merged,
    Number,
    Numbers,
    Over,
    PartKind,
    PowerOfTwo,
    Rank,
    Relation,
    Scalar,
    Select,
    ToBigint,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, EDGE, EVENT_US, LEVEL, MOMENT_US, POSITION, TILE
from featsql.plan.strategies.base import ASKS, ROWS, Strategy, keys_of, refuses_any_row, rows_name, same_key
from featsql.plan.strategies.totals import (
    Span,
    Total,
    Totals,
    edges_relation,
    inputs_of,
    part_aggregate,
    refuses_edges,
    refuses_parts,
    same_ask,
    totals_of,
)

ROWS_PER_TILE: Final = 32
_LEVELS: Final = 48
_KINDS: Final[dict[Part, PartKind]] = {
    "rows": "count",
    "present": "count",
    "true": "count",
    "sum": "sum",
    "least": "least",
    "greatest": "greatest",
}
_MERGES: Final[dict[PartKind, str]] = {"count": "sum", "sum": "sum", "least": "min", "greatest": "max"}

IS_LAST: Final = "is_last"
LAST_TILE: Final = "last_tile"
SPAN: Final = "span"
FIRST: Final = "first_position"
LAST: Final = "last_position"
START_TILE: Final = "start_tile"
END_TILE: Final = "end_tile"


def _refuses(lookup: Lookup) -> str:
    if isinstance(lookup, LatestLookup):
        return "a latest value is no window"
    if not lookup.rows.known_follows_event:
        return "rows that are known late do not stand together by event time"
    for aggregation in lookup.aggregations:
        if reason := refuses_parts(aggregation) or refuses_any_row(aggregation) or refuses_edges(lookup.rows, aggregation):
            return reason
    return ""


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    return tuple(_tiled(totals_of(lookup)))


def _tiled(totals: Totals) -> Iterator[Relation]:
    name = totals.lookup.name
    yield _placed(totals)
    yield _in_tiles(totals)
    yield _tiles(totals)
    yield _heights(totals)
    yield Relation(f"{name}_levels", "how often tiles can be doubled", Numbers(LEVEL, _LEVELS))
    yield _blocks(totals)
    yield edges_relation(totals)
    yield _moments(totals)
    yield _at_edges(totals)
    yield _reach(totals)
    yield _spans(totals)
    yield _pieces(totals)
    yield _inner(totals)
    yield _windows(totals)


# --- rows, tiles, blocks: nothing here depends on the asks


def _placed(totals: Totals) -> Relation:
    lookup = totals.lookup
    keys, event = keys_of(ROWS, lookup.asks), Col(ROWS, EVENT_US)
    number = Rank(keys, (event,))
    up_to_now = Over(Aggregate("count", (), (), Number(0), distinct=False, type=None), keys, event, Frame("range", None, 0))
    select = Select(
        items=(
            *(Item(c.name, c) for c in keys),
            Item(EVENT_US, event),
            *(Item(name, Col(ROWS, name)) for name in inputs_of(totals.totals, lookup.asks)),
            Item(POSITION, Binary("-", number, Number(1))),
            Item(IS_LAST, Binary("=", number, up_to_now)),
        ),
        source=From(rows_name(lookup.rows), ROWS),
    )
    comment = f"rows of `{lookup.rows.view}` with their place by event time, and whether they are the last of their moment"
    return Relation(f"{lookup.name}_placed", comment, select)


def _in_tiles(totals: Totals) -> Relation:
    lookup = totals.lookup
    position = Col(ROWS, POSITION)
    tile = Binary("//", position, Number(ROWS_PER_TILE))
    partition: tuple[Scalar, ...] = (*keys_of(ROWS, lookup.asks), tile)
    parts: list[Item] = []
    for total in totals.totals:
        part = part_aggregate(total, ROWS)
        parts.append(Item(_up_to(total), Over(part, partition, position, Frame("rows", None, 0))))
        parts.append(Item(_after(total), Over(part, partition, position, Frame("rows", -1, None))))
    names = (EVENT_US, *inputs_of(totals.totals, lookup.asks), POSITION, IS_LAST)
    select = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, lookup.asks)),
            *(Item(name, Col(ROWS, name)) for name in names),
            Item(TILE, tile),
            *parts,
        ),
        source=From(f"{lookup.name}_placed", ROWS),
    )
    comment = f"per row: the parts over its tile of {ROWS_PER_TILE} rows, up to it and after it"
    return Relation(_rows_in_tiles(totals), comment, select, once=True)


def _rows_in_tiles(totals: Totals) -> str:
    return f"{totals.lookup.name}_in_tiles"


def _tiles(totals: Totals) -> Relation:
    tile = (*keys_of(ROWS, totals.lookup.asks), Col(ROWS, TILE))
    select = Select(
        items=(
            *(Item(c.name, c) for c in tile),
            *(Item(total.column, part_aggregate(total, ROWS)) for total in totals.totals),
        ),
        source=From(_rows_in_tiles(totals), ROWS),
        group_by=tile,
    )
    return Relation(f"{totals.lookup.name}_tiles", "per tile: the parts over its rows", select)


def _heights(totals: Totals) -> Relation:
    keys = keys_of("t", totals.lookup.asks)
    select = Select(
        items=(*(Item(c.name, c) for c in keys), Item(LAST_TILE, Greatest(Col("t", TILE)))),
        source=From(f"{totals.lookup.name}_tiles", "t"),
        group_by=keys,
    )
    return Relation(f"{totals.lookup.name}_heights", "per entity: its last tile", select)


def _blocks(totals: Totals) -> Relation:
    lookup = totals.lookup
    tile, size = Col("t", TILE), PowerOfTwo(Col("l", LEVEL))
    half = Binary("//", tile, size)
    from_middle = Case(Binary("=", Binary("%", half, Number(2)), Number(0)), Binary("-", Number(0), tile), tile)
    partition: tuple[Scalar, ...] = (*keys_of("t", lookup.asks), Col("l", LEVEL), half)
    select = Select(
        items=(
            *(Item(c.name, c) for c in keys_of("t", lookup.asks)),
            Item(LEVEL, Col("l", LEVEL)),
            Item(TILE, tile),
            *(
                Item(total.column, Over(_merge(total, Col("t", total.column)), partition, from_middle, Frame("rows", None, 0)))
                for total in totals.totals
            ),
        ),
        source=From(f"{lookup.name}_tiles", "t"),
        joins=(
            Join("inner", From(f"{lookup.name}_heights", "h"), same_key("t", "h", lookup.asks)),
            Join(
                "inner",
                From(f"{lookup.name}_levels", "l"),
                (Binary("<=", size, Later(Col("h", LAST_TILE), Number(1))),),
            ),
        ),
    )
    comment = "per tile and level: the parts from it to the middle of the block around it"
    return Relation(f"{lookup.name}_blocks", comment, select, once=True)


def _merge(total: Total, column: Col, *where: Scalar) -> Aggregate:
    return Aggregate(_MERGES[_KINDS[total.part]], (column,), where, Number(0), distinct=False, type=None)


# --- asks


def _at_edges(totals: Totals) -> Relation:
    lookup = totals.lookup
    carried = (POSITION, TILE, *(name(total) for total in totals.totals for name in (_up_to, _after)))
    select = Select(
        items=(
            *(Item(c.name, c) for c in keys_of("e", lookup.asks)),
            Item(AS_OF_US, Col("e", AS_OF_US)),
            Item(EDGE, Col("e", EDGE)),
            *(Item(name, Col(ROWS, name)) for name in carried),
        ),
        source=From(f"{lookup.name}_edges", "e"),
        joins=(
            Join(
                "asof",
                From(f"{lookup.name}_moments", ROWS),
                same_key("e", ROWS, lookup.asks),
                Binary(">=", Col("e", MOMENT_US), Col(ROWS, EVENT_US)),
            ),
        ),
    )
    return Relation(f"{lookup.name}_at_edges", "per ask and edge: the last row up to it", select)


def _moments(totals: Totals) -> Relation:
    lookup = totals.lookup
    carried = (EVENT_US, POSITION, TILE, *(name(total) for total in totals.totals for name in (_up_to, _after)))
    select = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(ROWS, lookup.asks)),
            *(Item(name, Col(ROWS, name)) for name in carried),
        ),
        source=From(_rows_in_tiles(totals), ROWS),
        where=(Binary("=", Col(ROWS, IS_LAST), Flag(value=True)),),
    )
    return Relation(f"{lookup.name}_moments", "the last row of each moment", select)


def _reach(totals: Totals) -> Relation:
    """Grain: an ask with a row before one of its edges."""
    lookup = totals.lookup
    ask = (*keys_of("e", lookup.asks), Col("e", AS_OF_US))
    ends = {span.end for span in totals.spans}
    starts = {span.start for span in totals.spans}
    items = [Item(c.name, c) for c in ask]
    for number, edge in enumerate(totals.edges):
        here = Binary("=", Col("e", EDGE), Number(number))
        names = [POSITION, TILE]
        names += [_up_to(total) for total in totals.totals if edge in ends]
        names += [_after(total) for total in totals.totals if edge in starts]
        items += [Item(_at(name, number), Greatest(Col("e", name), where=here)) for name in names]
    select = Select(tuple(items), From(f"{lookup.name}_at_edges", "e"), group_by=ask)
    return Relation(f"{lookup.name}_reach", "per ask: the rows at its edges, beside each other", select, once=True)


def _spans(totals: Totals) -> Relation:
    """Grain: an ask and window with rows before its end."""
    lookup = totals.lookup

    def branch(number: int, span: Span) -> Select:
        end = totals.edges.index(span.end)
        last_tile = Col(ASKS, _at(TILE, end))
        first, first_tile = _start(totals, span, POSITION), _start(totals, span, TILE)
        next_tile = Binary("+", first_tile, Number(1))
        tile_before = Binary("-", last_tile, Number(1))
        level = Case(Binary("<", next_tile, tile_before), HighestBit(next_tile, tile_before), Number(0))
        return Select(
            items=(
                *(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)),
                Item(AS_OF_US, Col(ASKS, AS_OF_US)),
                Item(SPAN, Number(number)),
                Item(FIRST, first),
                Item(LAST, Col(ASKS, _at(POSITION, end))),
                Item(START_TILE, first_tile),
                Item(END_TILE, last_tile),
                Item(LEVEL, level),
            ),
            source=From(f"{lookup.name}_reach", ASKS),
            where=(Binary(">", Col(ASKS, _at(POSITION, end)), first),),
        )

    branches = tuple(branch(number, span) for number, span in enumerate(totals.spans))
    comment = "per ask and window that is not empty: its rows and tiles, first ones excluded, and the level where they meet"
    return Relation(f"{lookup.name}_spans", comment, UnionAll(branches), once=True)


def _start(totals: Totals, span: Span, name: str) -> Scalar:
    """Before the first row stands -1."""
    return Either(Col(ASKS, _at(name, totals.edges.index(span.start))), -1) if span.start else Number(-1)


def _pieces(totals: Totals) -> Relation:
    """Grain: an ask, a window and one of the pieces of it: rows within one tile, or a block."""
    lookup = totals.lookup
    asked = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US), Col(ASKS, SPAN))
    spans = From(f"{lookup.name}_spans", ASKS)
    names = tuple(Item(c.name, c) for c in asked)
    start_tile, end_tile = Col(ASKS, START_TILE), Col(ASKS, END_TILE)
    within = Select(
        items=(*names, *(Item(total.column, part_aggregate(total, ROWS)) for total in totals.totals)),
        source=spans,
        joins=(
            Join(
                "inner",
                From(_rows_in_tiles(totals), ROWS),
                (
                    *same_key(ASKS, ROWS, lookup.asks),
                    Binary("=", end_tile, Col(ROWS, TILE)),
                    Binary("<", Col(ASKS, FIRST), Col(ROWS, POSITION)),
                    Binary(">=", Col(ASKS, LAST), Col(ROWS, POSITION)),
                ),
            ),
        ),
        where=(Binary("=", start_tile, end_tile),),
        group_by=asked,
    )
    first, last = Binary("+", start_tile, Number(1)), Binary("-", end_tile, Number(1))

    def block(tile: Scalar, condition: Scalar) -> Select:
        return Select(
            items=(*names, *(Item(total.column, Col("b", total.column)) for total in totals.totals)),
            source=spans,
            joins=(
                Join(
                    "inner",
                    From(f"{lookup.name}_blocks", "b"),
                    (
                        *same_key(ASKS, "b", lookup.asks),
                        Binary("=", Col(ASKS, LEVEL), Col("b", LEVEL)),
                        Binary("=", tile, Col("b", TILE)),
                    ),
                ),
            ),
            where=(condition,),
        )

    blocks = (block(first, Binary("<=", first, last)), block(last, Binary("<", first, last)))
    comment = "per ask and window: its rows where they stand in one tile, else the blocks of its whole tiles"
    return Relation(f"{lookup.name}_pieces", comment, UnionAll((within, *blocks)))


def _inner(totals: Totals) -> Relation:
    lookup = totals.lookup
    ask = (*keys_of("p", lookup.asks), Col("p", AS_OF_US))
    numbers = {span.name: number for number, span in enumerate(totals.spans)}
    items = [Item(c.name, c) for c in ask]
    for column, (total, span) in totals.columns.items():
        here = Binary("=", Col("p", SPAN), Number(numbers[span.name]))
        items.append(Item(column, _merge(total, Col("p", total.column), here)))
    select = Select(tuple(items), From(f"{lookup.name}_pieces", "p"), group_by=ask)
    return Relation(f"{lookup.name}_inner", "per ask: what stands between the edges of its windows", select)


def _windows(totals: Totals) -> Relation:
    lookup = totals.lookup
    items = [*(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)), Item(AS_OF_US, Col(ASKS, AS_OF_US))]
    for aggregation in lookup.aggregations:
        parts = tuple(_whole(totals, column) for column in totals.parts[aggregation.column])
        finished = Finished(aggregation.function, parts, aggregation.type, aggregation.argument_type, aggregation.origin)
        items.append(Item(aggregation.column, finished))
    select = Select(
        tuple(items),
        From(f"{lookup.name}_reach", ASKS),
        (Join("left", From(f"{lookup.name}_inner", "i"), same_ask(ASKS, "i", lookup.asks)),),
    )
    return Relation(lookup.name, f"per ask: windows over the visible rows of `{lookup.rows.view}`", select)


def _whole(totals: Totals, column: str) -> Scalar:
    """One part over one window: the inner pieces, and outside of one tile the two broken tiles too."""
    total, span = totals.columns[column]
    kind = _KINDS[total.part]
    end = totals.edges.index(span.end)
    broken: list[Scalar] = [Col(ASKS, _at(_up_to(total), end))]
    if span.start:
        broken.append(Col(ASKS, _at(_after(total), totals.edges.index(span.start))))
    are_two = Binary("<>", Col(ASKS, _at(TILE, end)), _start(totals, span, TILE))
    found = Merged(kind, (Col("i", column), *(Case(are_two, value) for value in broken)))
    return ToBigint(found) if kind == "count" else found


def _up_to(total: Total) -> str:
    return f"{total.column}_up_to"


def _after(total: Total) -> str:
    return f"{total.column}_after"


def _at(name: str, edge: int) -> str:
    return f"{name}_{edge}"


TILES = Strategy(
    name="tiles",
    summary="tiles of rows with exact edges, nothing subtracted: for extremes and floating point sums over long windows",
    suffix="tiles",
    refuses=_refuses,
    needs_row_order=lambda lookup: False,
    relations=_relations,
)
