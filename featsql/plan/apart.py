"""A plan's relations taken apart: each a query of its own, over tables that hold those before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from featsql.ir.relational import From, Relation, Select, UnionAll

_OURS: Final = "_featsql_apart__"


def taken_apart(relations: Sequence[Relation]) -> tuple[tuple[str, Relation], ...]:
    """For each relation, the table that is to hold its rows, and the relation as a query.

    SQL of the user's reads none of our relations, and no table of theirs has such a name: nothing takes another's place.
    """
    return tuple((_table(relation.name), _over_tables(relation)) for relation in relations)


def _table(name: str) -> str:
    return f"{_OURS}{name}"


def _over_tables(relation: Relation) -> Relation:
    match relation.query:
        case Select() as select:
            return replace(relation, query=_reading_tables(select))
        case UnionAll(branches):
            return replace(relation, query=UnionAll(tuple(map(_reading_tables, branches))))
        case _:
            return relation


def _reading_tables(select: Select) -> Select:
    joins = tuple(replace(join, right=_from(join.right)) for join in select.joins)
    return replace(select, source=_from(select.source), joins=joins)


def _from(source: From) -> From:
    """Under the alias that columns are qualified by."""
    return replace(source, relation=_table(source.relation), alias=source.alias or source.relation)
