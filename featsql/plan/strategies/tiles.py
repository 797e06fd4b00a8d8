"""Tiles with exact edges: parts of an aggregate over runs of rows, put together for each window, nothing subtracted.

Rows and the edges of windows stand in one heap, sorted by entity and time, and the heap is cut into tiles of 16 entries.
Each entry gets the parts over its tile up to it, and from it on. A window is the rest of the tile in which it starts, the
whole tiles between, and the beginning of the tile in which it ends; one that starts and ends in the same tile meets the
entries of that tile. Whole tiles are doubled into blocks of 1, 2, 4 ... tiles, and their number in binary says which
blocks to take. Right for extremes and for sums of floating point numbers (R27). Tiles may hold two entities, windows never.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import (
    Binary,
    Case,
    Col,
    From,
    Greatest,
    Item,
    Join,
    Merged,
    Neighbour,
    NotNull,
    Number,
    Numbers,
    PowerOfTwo,
    Rank,
    Relation,
    Scalar,
    Select,
    ToBigint,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, ASK, EDGE, LEVEL, POSITION, TILE
from featsql.plan.strategies.base import ASKS, Strategy, keys_of, one_pass
from featsql.plan.strategies.heap import HEAP, heap_relations
from featsql.plan.strategies.pieces import (
    KINDS,
    between_edges,
    edge_column,
    merged,
    of_one_row,
    parts_that_keep_nulls,
    refuses_pieces,
    value_of,
)
from featsql.plan.strategies.totals import Span, Total, Totals, totals_between_edges

TILE_LEVELS: Final = 4
TILE_SIZE: Final = 2**TILE_LEVELS
BLOCK_LEVELS: Final = 11
MOST_LARGEST_BLOCKS: Final = 2**20
"""Of one window: as many entries as there is no table for."""

SPAN: Final = "span"
FIRST: Final = "first_position"
LAST: Final = "last_position"
START_TILE: Final = "start_tile"
END_TILE: Final = "end_tile"
WHOLE_TILES: Final = "whole_tiles"
NUMBER: Final = "number"


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    return tuple(_tiled(totals_between_edges(lookup, parts_that_keep_nulls)))


def _tiled(totals: Totals) -> Iterator[Relation]:
    name = totals.lookup.name
    yield from heap_relations(totals, "event", f"{name}_")
    yield _placed(totals)
    for level in range(TILE_LEVELS):
        yield _scanned(totals, level)
    for level in range(BLOCK_LEVELS):
        yield _doubled(totals, level)
    yield _blocks(totals)
    yield _reach(totals)
    yield _spans(totals)
    yield Relation(f"{name}_levels", "the sizes of blocks, as powers of two", Numbers(LEVEL, BLOCK_LEVELS))
    yield Relation(f"{name}_numbers", "to count blocks of the largest size", Numbers(NUMBER, MOST_LARGEST_BLOCKS))
    yield _pieces(totals)
    yield _inner(totals)
    yield _windows(totals)


# --- entries and the parts over their tiles


def _placed(totals: Totals) -> Relation:
    name = totals.lookup.name
    kept = (*totals.lookup.asks.keys, AS_OF_US, EDGE)
    place = Binary("-", Rank((), ()), Number(1))
    parts = (Item(part, of_one_row(total)) for total in totals.totals for part in (_up_to(total), _from(total)))
    select = Select((*(Item(n, Col(HEAP, n)) for n in kept), Item(POSITION, place), *parts), From(f"{name}_sorted", HEAP))
    return Relation(_scan(totals, 0), "per entry: its place, and its own part of each aggregate", select)


def _scanned(totals: Totals, level: int) -> Relation:
    """Twice as far in both directions, but not out of the tile."""
    reach = 2**level
    place = Binary("%", Col("e", POSITION), Number(TILE_SIZE))
    names = (*totals.lookup.asks.keys, AS_OF_US, EDGE, POSITION)
    items = [Item(name, Col("e", name)) for name in names]
    for total in totals.totals:
        for part, back, inside in (
            (_up_to(total), reach, Binary(">=", place, Number(reach))),
            (_from(total), -reach, Binary("<", place, Number(TILE_SIZE - reach))),
        ):
            here = Col("e", part)
            both = Merged(KINDS[total.part], (here, Neighbour(here, back, (Col("e", POSITION),))))
            items.append(Item(part, Case(inside, both, here)))
    select = Select(tuple(items), From(_scan(totals, level), "e"))
    comment = f"per entry: the parts over {2 * reach} entries up to it, and from it on, within its tile"
    return Relation(_scan(totals, level + 1), comment, select, once=level + 1 == TILE_LEVELS)


def _scan(totals: Totals, level: int) -> str:
    return f"{totals.lookup.name}_entries" if level == TILE_LEVELS else f"{totals.lookup.name}_scan_{2**level}"


# --- blocks of whole tiles


def _doubled(totals: Totals, level: int) -> Relation:
    """Blocks that end with a tile: of one tile what stands at its last entry, of more two of half the size."""
    if level == 0:
        entries, last = Col("e", POSITION), Binary("%", Col("e", POSITION), Number(TILE_SIZE))
        items = [Item(TILE, Binary("//", entries, Number(TILE_SIZE)))]
        items += [Item(total.column, Col("e", _up_to(total))) for total in totals.totals]
        whole = Select(tuple(items), From(_entries(totals), "e"), where=(Binary("=", last, Number(TILE_SIZE - 1)),))
        return Relation(_block(totals, 0), "per whole tile: the parts over it", whole)
    items = [Item(TILE, Col("b", TILE))]
    for total in totals.totals:
        here = Col("b", total.column)
        before = Neighbour(here, 2 ** (level - 1), (Col("b", TILE),))
        items.append(Item(total.column, Merged(KINDS[total.part], (here, before))))
    select = Select(tuple(items), From(_block(totals, level - 1), "b"))
    return Relation(_block(totals, level), f"per tile: the parts over it and the {2**level - 1} before it", select)


def _block(totals: Totals, level: int) -> str:
    return f"{totals.lookup.name}_blocks_of_{2**level}"


def _entries(totals: Totals) -> str:
    return f"{totals.lookup.name}_entries"


def _blocks(totals: Totals) -> Relation:
    names = (TILE, *(total.column for total in totals.totals))
    branches = tuple(
        Select(
            items=(Item(LEVEL, Number(level)), *(Item(name, Col("b", name)) for name in names)),
            source=From(_block(totals, level), "b"),
        )
        for level in range(BLOCK_LEVELS)
    )
    return Relation(f"{totals.lookup.name}_blocks", "all blocks, by their last tile and size", UnionAll(branches))


# --- asks


def _reach(totals: Totals) -> Relation:
    lookup = totals.lookup
    ask = (*keys_of("e", lookup.asks), Col("e", AS_OF_US))
    ends = {span.end for span in totals.spans}
    starts = {span.start for span in totals.spans}
    items = [Item(ASK, Rank((), ())), *(Item(c.name, c) for c in ask)]
    for number, edge in enumerate(totals.edges):
        here = Binary("=", Col("e", EDGE), Number(number))
        names = [POSITION]
        names += [_up_to(total) for total in totals.totals if edge in ends]
        names += [_from(total) for total in totals.totals if edge in starts]
        items += [Item(edge_column(name, number), Greatest(Col("e", name), where=here)) for name in names]
    select = Select(tuple(items), From(_entries(totals), "e"), where=(NotNull(Col("e", EDGE)),), group_by=ask)
    return Relation(f"{lookup.name}_reach", "per ask: its number, and its edges beside each other", select, once=True)


def _spans(totals: Totals) -> Relation:
    lookup = totals.lookup

    def branch(number: int, span: Span) -> Select:
        first, last = between_edges(totals, span, POSITION)
        start_tile, end_tile = _tile_of(first), _tile_of(last)
        return Select(
            items=(
                Item(ASK, Col(ASKS, ASK)),
                Item(SPAN, Number(number)),
                Item(FIRST, first),
                Item(LAST, last),
                Item(START_TILE, start_tile),
                Item(END_TILE, end_tile),
                Item(WHOLE_TILES, Binary("-", Binary("-", end_tile, start_tile), Number(1))),
            ),
            source=From(f"{lookup.name}_reach", ASKS),
            where=(Binary("<", first, last),),
        )

    branches = tuple(branch(number, span) for number, span in enumerate(totals.spans))
    comment = "per ask and window: where it starts and ends, and how many whole tiles lie between"
    return Relation(f"{lookup.name}_spans", comment, UnionAll(branches), once=True)


def _tile_of(position: Scalar) -> Scalar:
    return Binary("//", position, Number(TILE_SIZE))


def _pieces(totals: Totals) -> Relation:
    """Grain: an ask, a window and one of the pieces of it that neither of its edges has."""
    lookup = totals.lookup
    asked = (Col(ASKS, ASK), Col(ASKS, SPAN))
    spans = From(f"{lookup.name}_spans", ASKS)
    names = tuple(Item(c.name, c) for c in asked)
    tile = _tile_of(Col("e", POSITION))
    within = Select(
        items=(*names, *(Item(total.column, merged(total, _alone(total))) for total in totals.totals)),
        source=spans,
        joins=(
            Join(
                "inner",
                From(_scan(totals, 0), "e"),
                (
                    Binary("=", Col(ASKS, START_TILE), tile),
                    Binary("<", Col(ASKS, FIRST), Col("e", POSITION)),
                    Binary("<", Col("e", POSITION), Col(ASKS, LAST)),
                ),
            ),
        ),
        where=(Binary("=", Col(ASKS, START_TILE), Col(ASKS, END_TILE)),),
        group_by=asked,
    )
    whole, level = Col(ASKS, WHOLE_TILES), Col("l", LEVEL)
    size, double = PowerOfTwo(level), PowerOfTwo(Binary("+", level, Number(1)))
    digit = Binary("=", Binary("%", Binary("//", whole, size), Number(2)), Number(1))
    below_largest = Binary("<", level, Number(BLOCK_LEVELS - 1))
    sizes = Join("inner", From(f"{lookup.name}_levels", "l"), (below_largest, digit))
    by_digit = _of_blocks(totals, names, sizes, level, Binary("%", whole, double))
    largest = Number(2 ** (BLOCK_LEVELS - 1))
    counted = (Binary(">=", whole, largest), Binary("<", Col("n", NUMBER), Binary("//", whole, largest)))
    nth = Binary("*", Binary("+", Col("n", NUMBER), Number(1)), largest)
    numbers = Join("inner", From(f"{lookup.name}_numbers", "n"), counted)
    by_number = _of_blocks(totals, names, numbers, Number(BLOCK_LEVELS - 1), Binary("+", Binary("%", whole, largest), nth))
    comment = "per ask and window: the entries between its edges where they share a tile, else the blocks of its whole tiles"
    return Relation(f"{lookup.name}_pieces", comment, UnionAll((within, by_digit, by_number)))


def _of_blocks(totals: Totals, names: tuple[Item, ...], sizes: Join, level: Scalar, tiles: Scalar) -> Select:
    """Blocks that end so many tiles after the one in which a window starts."""
    last = Binary("+", Col(ASKS, START_TILE), tiles)
    return Select(
        items=(*names, *(Item(total.column, Col("b", total.column)) for total in totals.totals)),
        source=From(f"{totals.lookup.name}_spans", ASKS),
        joins=(
            sizes,
            Join(
                "inner",
                From(f"{totals.lookup.name}_blocks", "b"),
                (Binary("=", level, Col("b", LEVEL)), Binary("=", last, Col("b", TILE))),
            ),
        ),
        where=(Binary(">", Col(ASKS, WHOLE_TILES), Number(0)),),
    )


def _alone(total: Total) -> Col:
    return Col("e", _up_to(total))


def _inner(totals: Totals) -> Relation:
    lookup = totals.lookup
    ask = (Col("p", ASK),)
    numbers = {span.name: number for number, span in enumerate(totals.spans)}
    items = [Item(c.name, c) for c in ask]
    for column, (total, span) in totals.columns.items():
        here = Binary("=", Col("p", SPAN), Number(numbers[span.name]))
        items.append(Item(column, merged(total, Col("p", total.column), here)))
    select = Select(tuple(items), From(f"{lookup.name}_pieces", "p"), group_by=ask)
    return Relation(f"{lookup.name}_inner", "per ask: what stands between the edges of its windows", select)


def _windows(totals: Totals) -> Relation:
    lookup = totals.lookup
    items = [*(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)), Item(AS_OF_US, Col(ASKS, AS_OF_US))]
    for aggregation in lookup.aggregations:
        parts = tuple(_whole(totals, column) for column in totals.parts[aggregation.column])
        items.append(Item(aggregation.column, value_of(aggregation, parts)))
    select = Select(
        tuple(items),
        From(f"{lookup.name}_reach", ASKS),
        (Join("left", From(f"{lookup.name}_inner", "i"), (Binary("=", Col(ASKS, ASK), Col("i", ASK)),)),),
    )
    return Relation(lookup.name, f"per ask: windows over the visible rows of `{lookup.rows.view}`", select)


def _whole(totals: Totals, column: str) -> Scalar:
    """One part over one window: the pieces between its edges, and the broken tiles at both where they are two."""
    total, span = totals.columns[column]
    first, last = between_edges(totals, span, POSITION)
    assert span.start
    broken = (
        Col(ASKS, edge_column(_from(total), totals.edges.index(span.start))),
        Col(ASKS, edge_column(_up_to(total), totals.edges.index(span.end))),
    )
    are_two = Binary("<", _tile_of(first), _tile_of(last))
    found = Merged(KINDS[total.part], (Col("i", column), *(Case(are_two, value) for value in broken)))
    return ToBigint(found) if KINDS[total.part] == "count" else found


def _up_to(total: Total) -> str:
    return f"{total.column}_up_to"


def _from(total: Total) -> str:
    return f"{total.column}_from"


TILES = Strategy(
    name="tiles",
    summary="tiles of rows with exact edges, nothing subtracted: for extremes and floating point sums over long windows",
    suffix="tiles",
    refuses=refuses_pieces,
    needs_row_order=lambda lookup: False,
    relations=_relations,
    unsuited=one_pass,
)
