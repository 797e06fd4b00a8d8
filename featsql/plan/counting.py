"""The one cheap query that tells how much a plan would meet: rows, entities, asks, and how many of them come together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from featsql.base.spans import Text
from featsql.ir.plan import Part, PointInTime
from featsql.ir.relational import (
    Aggregate,
    Binary,
    Col,
    Either,
    From,
    Greatest,
    Item,
    Join,
    Number,
    Relation,
    Scalar,
    Select,
    UnionAll,
    Verbatim,
)
from featsql.ir.statistics import Statistics
from featsql.plan.names import EVENT_US, KNOWN_US
from featsql.plan.rewrite import asks_relation, rows_relations, spine_relations
from featsql.plan.strategies.base import ASKS, ROWS, keys_of, rows_name, same_key

PART: Final = "part"


def counting(plan: PointInTime) -> tuple[Relation, ...]:
    """Grain of the query: one row per part of the plan, `part` is its number; the other columns are those of `Statistics`."""
    parts = tuple(_bare(part) for part in plan.parts)
    relations = list(spine_relations(plan.spine)) if plan.spine else []
    written: set[str] = set()
    for part in parts:
        if part.rows.name not in written:
            relations += rows_relations(part.rows, ranked=False)
            relations.append(_entities(part))
            written.add(part.rows.name)
        relations += [asks_relation(part, plan.spine), _asked(part), _all_asks(part)]
    branches = tuple(_amounts(number, part) for number, part in enumerate(parts))
    return (*relations, Relation("", "per feature view: how much there is to meet", UnionAll(branches)))


def read_statistics(plan: PointInTime, counted: Iterable[Mapping[str, Any]]) -> dict[str, Statistics]:
    """The rows of the counting query, by the names of the parts; without rows an amount is NULL."""
    return {
        plan.parts[row[PART]].name: Statistics(**{field.name: int(row[field.name] or 0) for field in fields(Statistics)})
        for row in counted
    }


def _bare(part: Part) -> Part:
    """What counting needs of a part: keys and times."""
    rows = replace(part.rows, inputs=(), order=())
    return replace(part, rows=rows, asks=replace(part.asks, calendars=()))


def _entities(part: Part) -> Relation:
    keys = keys_of(ROWS, part.asks)
    lateness = Binary("-", Col(ROWS, KNOWN_US), Col(ROWS, EVENT_US))
    items = (*(Item(c.name, c) for c in keys), Item("rows", _count()), Item("late_us", Greatest(lateness)))
    select = Select(items, From(rows_name(part.rows), ROWS), group_by=keys)
    return Relation(_entities_name(part), f"per entity of `{part.rows.view}`: its rows", select)


def _entities_name(part: Part) -> str:
    return f"{part.rows.name}_entities"


def _asked(part: Part) -> Relation:
    keys = keys_of(ASKS, part.asks)
    select = Select((*(Item(c.name, c) for c in keys), Item("asks", _count())), From(part.asks.name, ASKS), group_by=keys)
    return Relation(f"{part.asks.name}_by_entity", "per entity: how often it is asked", select)


def _all_asks(part: Part) -> Relation:
    select = Select((Item("asks", _count()),), From(part.asks.name, ASKS))
    return Relation(f"{part.asks.name}_counted", "all asks", select)


def _amounts(number: int, part: Part) -> Select:
    rows = Col("e", "rows")
    most = Verbatim(Text.generated("0.99"))
    return Select(
        items=(
            Item(PART, Number(number)),
            Item("rows", _call("sum", rows)),
            Item("entities", _call("count", rows)),
            Item("common", _call("quantile_cont", rows, most)),
            Item("largest", Greatest(rows)),
            Item("asks", Greatest(Col("n", "asks"))),
            Item("pairs", _call("sum", Binary("*", rows, Either(Col("k", "asks"), 0)))),
            Item("late_us", _call("quantile_cont", Col("e", "late_us"), most)),
        ),
        source=From(_entities_name(part), "e"),
        joins=(
            Join("left", From(f"{part.asks.name}_by_entity", "k"), same_key("e", "k", part.asks)),
            Join("inner", From(f"{part.asks.name}_counted", "n"), ()),
        ),
    )


def _count() -> Aggregate:
    return _call("count")


def _call(function: str, *args: Scalar) -> Aggregate:
    return Aggregate(function, args, (), Number(0), distinct=False, type=None)
