"""The SQL of a whole graph as plain text, in which the time of online tables can be left open: the same text for every t."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from featsql.compile.compiler import Compiler
from featsql.ir.graph import FeatureViewNode, Node, SnapshotNode
from featsql.ir.query import HOLE, NodeQueries, NodeSql, Query

_FIRST_OPEN_US: Final = 10**15
"""September 2001. Before it, a time could be taken for a length."""
_LENGTH: Final = re.compile(r"\d{13,}")
_LONGEST_SUM: Final = 3
"""As many lengths of a header are added up, at most, in a number of our SQL."""


@dataclass(frozen=True, slots=True)
class Texts:
    """SQL by node id. `as_of_us` is the t that it says; None: it is open, with `HOLE` in place of t."""

    sql: Mapping[str, NodeSql]
    as_of_us: int | None

    def at(self, as_of_us: int) -> Mapping[str, NodeSql]:
        """The SQL with t put in."""
        if self.as_of_us is not None:
            return self.sql
        return {node_id: _filled(found, str(as_of_us)) for node_id, found in self.sql.items()}


def texts_of(compiler: Compiler, nodes: Iterable[Node] | None = None) -> Texts:
    """Stages 6 to 8 of the nodes (None: of all). Open, unless one of them depends on t by more than saying it."""
    queries = {node.id: (node, compiler.queries(node)) for node in nodes or compiler.graph.nodes.values()}
    us = compiler.inputs.as_of_us
    opened = {node_id: _opened(*found, us) for node_id, found in queries.items()}
    sql = {node_id: found for node_id, found in opened.items() if found}
    if len(sql) == len(opened):
        return Texts(sql, None)
    return Texts({node_id: NodeSql.of(made) for node_id, (_, made) in queries.items()}, us)


def named(node: Node, made: NodeSql) -> Iterator[tuple[str, str]]:
    """The texts of a node by the names under which they are compiled."""
    yield from ((name, text) for part, name in names_of(node).items() if (text := getattr(made, part)))


def names_of(node: Node) -> Mapping[str, str]:
    """What the parts of a node's SQL are called, by the fields of `NodeSql`."""
    backfill = f"{node.name}__{node.grid}" if isinstance(node, FeatureViewNode) and node.config.backfill else ""
    return {"main": node.name, "online": f"{node.name}__online", "backfill": backfill, "changes": f"{node.name}__changes"}


def _opened(node: Node, queries: NodeQueries, us: int) -> NodeSql | None:
    sql = NodeSql.of(queries)
    if us < _FIRST_OPEN_US or any(text and HOLE in text for text in (sql.main, sql.online, sql.changes)):
        return None
    match node:
        case FeatureViewNode():
            # a grid has other points at another t; and a length of decades could be the number that t is
            lengths = (int(number) for number in _LENGTH.findall(repr(node.config)))
            if queries.backfill or any(length * _LONGEST_SUM >= us for length in lengths):
                return None
            return replace(sql, online=_with_holes(queries.online, us))
        case SnapshotNode():
            return replace(sql, main=_with_holes(queries.main, us), changes=_with_holes(queries.changes, us))
        case _:
            return sql


def _with_holes(query: Query | None, us: int) -> str | None:
    """The text, with holes for t where it is our own words that say it: a user may well write the same number."""
    if query is None:
        return None
    text = query.text
    number = re.compile(rf"(?<!\d){us}(?!\d)")
    parts: list[str] = []
    at = 0
    for segment in text.segments or (len(text.value),):
        length = segment if isinstance(segment, int) else segment.length
        part = text.value[at : at + length]
        parts.append(number.sub(HOLE, part) if isinstance(segment, int) else part)
        at += length
    return "".join(parts)


def _filled(sql: NodeSql, said: str) -> NodeSql:
    return NodeSql(*(text.replace(HOLE, said) if text else text for text in (sql.main, sql.online, sql.changes, sql.backfill)))
