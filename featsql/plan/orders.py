"""Ranks of rows by more than the order R14, for warehouses whose aggregates go by one column alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from featsql.dialects import Dialect
from featsql.ir.plan import Aggregation, Lookup, Operand, WindowLookup
from featsql.ir.relational import AllOf, Binary, From, Item, Number, Rank, Relation, Scalar, Select
from featsql.plan.names import Names
from featsql.plan.strategies.base import ASKS, ROWS, keys_of, operand, row_order, rows_name


def by_one_column(lookup: Lookup, dialect: Dialect) -> tuple[tuple[Relation, ...], Lookup]:
    """The lookup over rows that carry a rank by (y, R14) for each `arg_max(x, y)`, and the relation that has those rows.

    `arg_min` takes the smallest y but the latest row among equals: its rank runs the other way in R14.
    """
    if dialect.compares_rows or not isinstance(lookup, WindowLookup):
        return (), lookup
    ranks = dict.fromkeys(key for aggregation in lookup.aggregations for key in _rank(aggregation))
    if not ranks:
        return (), lookup
    names = Names((*lookup.asks.keys, *(i.name for i in lookup.rows.inputs)))
    columns = {key: names.fresh(f"order_{number}") for number, key in enumerate(ranks, 1)}
    keys = keys_of(ROWS, lookup.asks)
    rows = replace(lookup.rows, name=f"{lookup.name}_ordered")
    items = (Item(column, Rank(keys, _order(*key))) for key, column in columns.items())
    ranked = Relation(
        rows_name(rows),
        f"the rows of `{lookup.rows.view}`, ranked by what its windows choose by",
        Select((AllOf(ROWS), *items), From(rows_name(lookup.rows), ROWS)),
    )
    aggregations = tuple(replace(a, order=next((columns[key] for key in _rank(a)), None)) for a in lookup.aggregations)
    return (ranked,), replace(lookup, rows=rows, aggregations=aggregations)


def _rank(aggregation: Aggregation) -> Iterator[tuple[str, Operand]]:
    if aggregation.function in ("arg_max", "arg_min"):
        yield aggregation.function, aggregation.args[1]


def _order(function: str, by: Operand) -> tuple[Scalar, ...]:
    latest = row_order() if function == "arg_max" else Binary("-", Number(0), row_order())
    return (operand(by, ROWS, ASKS), latest)
