"""What stars in a SELECT list stand for: `*`, `t.*`, `exclude`, `replace`, `rename`, `columns(...)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from featsql.front.flows import Flows, Scope
from featsql.ir.model import MARKER


@dataclass(frozen=True, slots=True)
class Star:
    """`table` is what stands before the dot; `pattern` chooses among the columns."""

    table: str
    node: exp.Expr
    pattern: str | None = None


def star_of(projection: exp.Expr) -> Star | None:
    match projection:
        case exp.Star():
            return Star("", projection)
        case exp.Column() if isinstance(projection.this, exp.Star):
            table = projection.table
            short = table.rpartition(".")[2].rpartition(":")[2] if MARKER.fullmatch(f'"{table}"') else table
            return Star(short, projection.this)
        case exp.Columns() if isinstance(projection.this, exp.Literal):
            return Star("", exp.Star(), projection.this.name)
        case exp.Columns() if isinstance(projection.this, exp.Star):
            return Star("", projection.this)
        case _:
            return None


def expand_star(star: Star, scope: Scope, flows: Callable[[exp.Expr], Flows]) -> tuple[list[tuple[str, Flows]], list[str]]:
    """The columns of a star, and the markers of which any others may be."""
    args = star.node.args
    gone = {e.name.lower() for e in args.get("except_") or args.get("except") or ()}
    replaced = {e.alias.lower(): e.this for e in args.get("replace") or ()}
    renamed = {e.this.name.lower(): e.alias for e in args.get("rename") or ()}
    columns: list[tuple[str, Flows]] = []
    passed: list[str] = []
    merged_already: set[str] = set()
    for relation in scope.relations:
        if star.table and relation.alias.lower() != star.table.lower():
            continue
        passed += relation.made.open
        for name, found in relation.made.columns:
            low = name.lower()
            if low in gone or low in merged_already or (star.pattern is not None and not _matches(star.pattern, name)):
                continue
            if not star.table and low in scope.using:
                merged_already.add(low)
                found = scope.using[low]
            columns.append((renamed.get(low, name), flows(replaced[low]) if low in replaced else found))
    return columns, passed


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True
