"""Running totals: each window is the total at its end less the total at its start, all edges found by one as-of join."""

from __future__ import annotations

from featsql.ir.plan import Lookup, WindowLookup
from featsql.ir.relational import Binary, Col, Frame, From, Item, Join, Over, Relation, Scalar, Select
from featsql.plan.names import AS_OF_US, EDGE, MOMENT_US, SIDE
from featsql.plan.strategies.base import ROWS, Strategy, keys_of, rows_name, same_key
from featsql.plan.strategies.totals import (
    Side,
    Totals,
    edges_relation,
    part_aggregate,
    per_side,
    refuses_totals,
    side_number,
    time_of,
    totals_of,
    windows_from,
)

_EDGES = "e"


def _relations(lookup: Lookup) -> tuple[Relation, ...]:
    assert isinstance(lookup, WindowLookup)
    totals = totals_of(lookup)
    running = _running(totals)
    edges = edges_relation(totals)
    return (running, edges, *windows_from(totals, _at_edges(totals, running.name, edges.name)))


def _running(totals: Totals) -> Relation:
    """Rows of one key and time have equal totals, so it does not matter which of them an as-of join finds."""
    rows, asks = totals.lookup.rows, totals.lookup.asks
    keys = keys_of(ROWS, asks)

    def branch(side: Side) -> Select:
        time = time_of(side)
        marks = (Item(SIDE, side_number(side)),) if totals.is_two_sided else ()
        frame = Frame("range", None, 0)
        sums = (Item(total.column, Over(part_aggregate(total, ROWS), keys, time, frame)) for total in totals.totals)
        return Select((*(Item(c.name, c) for c in keys), *marks, Item(MOMENT_US, time), *sums), From(rows_name(rows), ROWS))

    comment = f"per row of `{rows.view}`: totals over its entity's rows up to its time"
    return Relation(f"{totals.lookup.name}_running", comment, per_side(totals, branch))


def _at_edges(totals: Totals, running: str, edges: str) -> Relation:
    asks = totals.lookup.asks
    sides: tuple[Scalar, ...] = (Binary("=", Col(_EDGES, SIDE), Col(ROWS, SIDE)),) if totals.is_two_sided else ()
    found = Select(
        items=(
            *(Item(c.name, c) for c in keys_of(_EDGES, asks)),
            Item(AS_OF_US, Col(_EDGES, AS_OF_US)),
            Item(EDGE, Col(_EDGES, EDGE)),
            *(Item(total.column, Col(ROWS, total.column)) for total in totals.totals),
        ),
        source=From(edges, _EDGES),
        joins=(
            Join(
                "asof",
                From(running, ROWS),
                (*same_key(_EDGES, ROWS, asks), *sides),
                Binary(">=", Col(_EDGES, MOMENT_US), Col(ROWS, MOMENT_US)),
            ),
        ),
    )
    return Relation(f"{totals.lookup.name}_at_edges", "per ask and edge: the totals up to that moment", found)


RUNNING_TOTALS = Strategy(
    name="running_totals",
    summary="differences of running totals, all edges found by one as-of join: for counts and exact sums, whatever the lengths",
    suffix="totals_as_of",
    refuses=refuses_totals,
    needs_row_order=lambda lookup: False,
    relations=_relations,
)
