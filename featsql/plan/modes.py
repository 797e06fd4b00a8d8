"""`mode` where the warehouse's own takes any of equally frequent values (R13): values are counted, then the first is taken."""

from __future__ import annotations

from dataclasses import replace

from featsql.dialects import Dialect
from featsql.ir.header import RowsWindow
from featsql.ir.plan import Aggregation, Lookup, WindowLookup
from featsql.ir.relational import Aggregate, Binary, Col, From, Item, Join, NotNull, Number, Rank, Relation, Scalar, Select
from featsql.plan.names import AS_OF_US, RECENCY, ROW_ORDER, Names
from featsql.plan.strategies.base import (
    ASKS,
    ROWS,
    Strategy,
    carried_inputs,
    in_window,
    keys_of,
    operand,
    pairs,
    row_order,
)

_MODE = "mode"


def relations(strategy: Strategy, lookup: Lookup, dialect: Dialect) -> tuple[Relation, ...]:
    """What computes the lookup: the strategy, with modes counted apart where they have to be."""
    if not dialect.counts_modes or not isinstance(lookup, WindowLookup):
        return strategy.relations(lookup)
    counted = tuple(a for a in lookup.aggregations if a.function == _MODE)
    if not counted:
        return strategy.relations(lookup)
    others = replace(
        lookup, name=f"{lookup.name}_others", aggregations=tuple(a for a in lookup.aggregations if a.function != _MODE)
    )
    made = list(strategy.relations(others)) if others.aggregations else []
    homes = [others.name] if others.aggregations else []
    for aggregation in counted:
        made += _counted(lookup, aggregation, f"{lookup.name}_{aggregation.column}")
        homes.append(f"{lookup.name}_{aggregation.column}")
    return (*made, _together(lookup, homes, others))


def _counted(lookup: WindowLookup, aggregation: Aggregation, name: str) -> tuple[Relation, ...]:
    names = Names((*lookup.asks.keys, AS_OF_US, aggregation.column))
    value, times = names.fresh("value"), names.fresh("times")
    by_rows = isinstance(aggregation.extent, RowsWindow)
    recent = (_recent(lookup, aggregation, f"{name}_rows"),) if by_rows else ()
    # rows of a window by rows carry the ask that they belong to
    ask = ROWS if by_rows else ASKS
    source = From(recent[0].name, ROWS) if recent else From(lookup.asks.name, ASKS)
    inside = in_window(aggregation.extent, aggregation.window, lookup.rows.closed)
    joins = () if by_rows else (pairs(lookup.rows, lookup.asks, *inside),)
    asked = (*keys_of(ask, lookup.asks), Col(ask, AS_OF_US))
    of_row = operand(aggregation.args[0], ROWS, ask)
    own = (operand(aggregation.where, ROWS, ask),) if aggregation.where else ()
    count = Aggregate("count", (), (), row_order(), distinct=False, type="BIGINT")
    counts = Relation(
        f"{name}_counts",
        "per ask and value: in how many rows of the window it stands",
        Select(
            items=(*(Item(c.name, c) for c in asked), Item(value, of_row), Item(times, count)),
            source=source,
            joins=joins,
            where=(NotNull(of_row), *own),
            group_by=(*asked, of_row),
        ),
    )
    key = (*keys_of(ROWS, lookup.asks), Col(ROWS, AS_OF_US))
    most_first = Rank(key, (Binary("-", Number(0), Col(ROWS, times)), Col(ROWS, value)))
    found = Select(
        items=(*(Item(c.name, c) for c in key), Item(aggregation.column, Col(ROWS, value))),
        source=From(counts.name, ROWS),
        qualify=Binary("=", most_first, Number(1)),
    )
    return (*recent, counts, Relation(name, "per ask: the most frequent value, of several the smallest", found))


def _recent(lookup: WindowLookup, aggregation: Aggregation, name: str) -> Relation:
    """The rows of a window by rows (R10), each beside its ask."""
    assert isinstance(aggregation.extent, RowsWindow)
    ask = (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))
    carried = carried_inputs(replace(lookup, aggregations=(aggregation,)))
    recency = Rank(ask, (row_order(),), descending=True)
    select = Select(
        items=(
            *(Item(c.name, c) for c in ask),
            *(Item(column, Col(ROWS, column)) for column in carried),
            Item(ROW_ORDER, row_order()),
            Item(RECENCY, recency),
        ),
        source=From(lookup.asks.name, ASKS),
        joins=(pairs(lookup.rows, lookup.asks),),
        qualify=Binary("<=", recency, Number(aggregation.extent.count)),
    )
    return Relation(name, f"per ask: its {aggregation.extent.count} latest visible rows of `{lookup.rows.view}`", select)


def _together(lookup: WindowLookup, homes: list[str], others: WindowLookup) -> Relation:
    """Each ask once, with what was found for it."""
    joins = []
    for home in homes:
        same: list[Scalar] = [Binary("=", Col(ASKS, key), Col(home, key)) for key in (*lookup.asks.keys, AS_OF_US)]
        joins.append(Join("left", From(home, home), tuple(same)))
    items = [Item(c.name, c) for c in (*keys_of(ASKS, lookup.asks), Col(ASKS, AS_OF_US))]
    for aggregation in lookup.aggregations:
        home = others.name if aggregation.function != _MODE else f"{lookup.name}_{aggregation.column}"
        items.append(Item(aggregation.column, Col(home, aggregation.column)))
    return Relation(lookup.name, "per ask: all of its windows", Select(tuple(items), From(lookup.asks.name, ASKS), tuple(joins)))
