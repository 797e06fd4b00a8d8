"""Blocks of 1, 2, 4 ... rows, by their last row: any run of rows is a few of them, one for each binary digit of its length.

Rows and the edges of windows stand in one heap, sorted by entity and time; rows are numbered, and an edge knows how many
rows came before it. The block of 2n rows that ends with a row is that of n rows, and the one of n rows that ends n rows
before. Nothing is subtracted: right for extremes and for sums of floating point numbers (R27). Blocks may hold rows of two
entities; those that make up a window never do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import (
    Binary,
    Choose,
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
    Running,
    Scalar,
    Select,
    UnionAll,
)
from featsql.plan.names import AS_OF_US, ASK, EDGE, LEVEL, POSITION, TURN
from featsql.plan.strategies.base import ASKS, Strategy, keys_of
from featsql.plan.strategies.heap import HEAP, heap_order, heap_relations, is_row
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
from featsql.plan.strategies.totals import Span, Totals, counted_rows, totals_between_edges

MOST_LEVELS: Final = 12
"""Blocks of 2,048 rows: DuckDB streams no longer look back."""
MOST_LARGEST_BLOCKS: Final = 2**22
"""Of one window: as many rows as there is no table for."""
SPAN: Final = "span"
FIRST: Final = "rows_before"
LENGTH: Final = "length"
NUMBER: Final = "number"


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    levels = MOST_LEVELS if lookup.most_rows is None else min(MOST_LEVELS, max(1, lookup.most_rows.bit_length()))
    return tuple(_blocks(totals_between_edges(lookup, parts_that_keep_nulls), levels))


def _blocks(totals: Totals, levels: int) -> Iterator[Relation]:
    name = totals.lookup.name
    yield from heap_relations(totals, "event", f"{name}_")
    yield _placed(totals)
    for level in range(levels):
        yield _doubled(totals, level)
    yield _reach(totals)
    yield _spans(totals)
    yield Relation(f"{name}_levels", "the sizes of blocks, as powers of two", Numbers(LEVEL, levels))
    yield Relation(f"{name}_numbers", "to count blocks of the largest size", Numbers(NUMBER, MOST_LARGEST_BLOCKS))
    yield _addresses(totals, levels)
    yield _pieces(totals, levels)
    yield _inner(totals)
    yield _windows(totals)


def _placed(totals: Totals) -> Relation:
    name = totals.lookup.name
    kept = (*totals.lookup.asks.keys, AS_OF_US, EDGE, TURN)
    place = Running(counted_rows(is_row()), heap_order(totals))
    parts = (Item(_of(total.column, 0), of_one_row(total)) for total in totals.totals)
    select = Select((*(Item(n, Col(HEAP, n)) for n in kept), Item(POSITION, place), *parts), From(f"{name}_sorted", HEAP))
    return Relation(f"{name}_placed", "per entry: how many rows there are up to it, and its own part of each", select, once=True)


def _doubled(totals: Totals, level: int) -> Relation:
    """Blocks of all sizes up to 2^level rows, by the row with which they end."""
    name = totals.lookup.name
    position = Col("b", POSITION)
    if level == 0:
        ones = (Item(_of(total.column, 0), Col("b", _of(total.column, 0))) for total in totals.totals)
        rows = Select(
            (Item(POSITION, position), *ones), From(f"{name}_placed", "b"), where=(Binary("=", Col("b", TURN), Number(0)),)
        )
        return Relation(_up_to(totals, 0), "per row: its own part of each aggregate", rows)
    kept = (POSITION, *(_of(total.column, lower) for total in totals.totals for lower in range(level)))
    items = [Item(column, Col("b", column)) for column in kept]
    for total in totals.totals:
        half = Col("b", _of(total.column, level - 1))
        both = Merged(KINDS[total.part], (half, Neighbour(half, 2 ** (level - 1), (position,))))
        items.append(Item(_of(total.column, level), both))
    select = Select(tuple(items), From(_up_to(totals, level - 1), "b"))
    return Relation(_up_to(totals, level), f"per row: the parts over blocks of up to {2**level} rows", select)


def _up_to(totals: Totals, level: int) -> str:
    return f"{totals.lookup.name}_of_{2**level}"


def _of(column: str, level: int) -> str:
    return f"{column}_of_{2**level}"


def _reach(totals: Totals) -> Relation:
    ask = (*keys_of("e", totals.lookup.asks), Col("e", AS_OF_US))
    items = [Item(ASK, Rank((), ())), *(Item(c.name, c) for c in ask)]
    for number in range(len(totals.edges)):
        here = Binary("=", Col("e", EDGE), Number(number))
        items.append(Item(edge_column(POSITION, number), Greatest(Col("e", POSITION), where=here)))
    source = From(f"{totals.lookup.name}_placed", "e")
    select = Select(tuple(items), source, where=(NotNull(Col("e", EDGE)),), group_by=ask)
    return Relation(
        f"{totals.lookup.name}_reach", "per ask: its number, and the rows before each of its edges", select, once=True
    )


def _spans(totals: Totals) -> Relation:
    def branch(number: int, span: Span) -> Select:
        first, last = between_edges(totals, span, POSITION)
        return Select(
            items=(
                Item(ASK, Col(ASKS, ASK)),
                Item(SPAN, Number(number)),
                Item(FIRST, first),
                Item(LENGTH, Binary("-", last, first)),
            ),
            source=From(f"{totals.lookup.name}_reach", ASKS),
            where=(Binary("<", first, last),),
        )

    branches = tuple(branch(number, span) for number, span in enumerate(totals.spans))
    return Relation(f"{totals.lookup.name}_spans", "per ask and window: how many rows it has, after how many", UnionAll(branches))


def _addresses(totals: Totals, levels: int) -> Relation:
    """Grain: an ask, a window and a block of it. The binary digits of a length say which blocks, the largest may come often."""
    length, level, largest = Col(ASKS, LENGTH), Col("l", LEVEL), Number(2 ** (levels - 1))
    digit = Binary("=", Binary("%", Binary("//", length, PowerOfTwo(level)), Number(2)), Number(1))
    sizes = Join("inner", From(f"{totals.lookup.name}_levels", "l"), (Binary("<", level, Number(levels - 1)), digit))
    by_digit = _at(totals, sizes, Binary("%", length, PowerOfTwo(Binary("+", level, Number(1)))), level)
    counted = (Binary(">=", length, largest), Binary("<", Col("n", NUMBER), Binary("//", length, largest)))
    numbers = Join("inner", From(f"{totals.lookup.name}_numbers", "n"), counted)
    nth = Binary("*", Binary("+", Col("n", NUMBER), Number(1)), largest)
    by_number = _at(totals, numbers, Binary("+", Binary("%", length, largest), nth), Number(levels - 1))
    comment = "per ask, window and block of it: one for each binary digit of its length, and those of the largest size"
    return Relation(f"{totals.lookup.name}_addresses", comment, UnionAll((by_digit, by_number)))


def _at(totals: Totals, sizes: Join, rows: Scalar, level: Scalar) -> Select:
    """Blocks that end so many rows after the start of a window."""
    asked = (Col(ASKS, ASK), Col(ASKS, SPAN))
    last = Item(POSITION, Binary("+", Col(ASKS, FIRST), rows))
    source = From(f"{totals.lookup.name}_spans", ASKS)
    return Select((*(Item(c.name, c) for c in asked), Item(LEVEL, level), last), source, (sizes,))


def _pieces(totals: Totals, levels: int) -> Relation:
    asked = (Col(ASKS, ASK), Col(ASKS, SPAN))
    parts = (
        Item(total.column, Choose(Col(ASKS, LEVEL), tuple(Col("b", _of(total.column, level)) for level in range(levels))))
        for total in totals.totals
    )
    here = Binary("=", Col(ASKS, POSITION), Col("b", POSITION))
    select = Select(
        items=(*(Item(c.name, c) for c in asked), *parts),
        source=From(f"{totals.lookup.name}_addresses", ASKS),
        joins=(Join("inner", From(_up_to(totals, levels - 1), "b"), (here,)),),
    )
    return Relation(f"{totals.lookup.name}_pieces", "per ask, window and block of it: the parts over the block", select)


def _inner(totals: Totals) -> Relation:
    ask = (Col("p", ASK),)
    numbers = {span.name: number for number, span in enumerate(totals.spans)}
    items = [Item(c.name, c) for c in ask]
    for column, (total, span) in totals.columns.items():
        here = Binary("=", Col("p", SPAN), Number(numbers[span.name]))
        items.append(Item(column, merged(total, Col("p", total.column), here)))
    select = Select(tuple(items), From(f"{totals.lookup.name}_pieces", "p"), group_by=ask)
    return Relation(f"{totals.lookup.name}_parts", "per ask and window: its blocks as one", select)


def _windows(totals: Totals) -> Relation:
    lookup = totals.lookup
    items = [*(Item(c.name, c) for c in keys_of(ASKS, lookup.asks)), Item(AS_OF_US, Col(ASKS, AS_OF_US))]
    for aggregation in lookup.aggregations:
        parts = tuple(Col("p", column) for column in totals.parts[aggregation.column])
        items.append(Item(aggregation.column, value_of(aggregation, parts)))
    joined = Join("left", From(f"{lookup.name}_parts", "p"), (Binary("=", Col(ASKS, ASK), Col("p", ASK)),))
    select = Select(tuple(items), From(f"{lookup.name}_reach", ASKS), (joined,))
    return Relation(lookup.name, f"per ask: windows over the visible rows of `{lookup.rows.view}`", select)


BLOCKS = Strategy(
    name="blocks",
    summary="blocks of 1, 2, 4 ... rows, nothing subtracted: for extremes and floating point sums over long windows",
    suffix="blocks",
    refuses=refuses_pieces,
    needs_row_order=lambda lookup: False,
    relations=_relations,
)
