"""Bugs in relations: ranks, frames and the pieces of which some strategies make windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from featsql.ir import relational
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US, MOMENT_US, ROW_ORDER, TURN

from .bug import add, bug, of
from .conditions import columns, flipped, is_comparison, kept
from .tree import Change, kind, reads, rewritten


@bug("row_order runs backwards", "relations", "latest")
def _backwards(node: Any) -> Any:
    return replace(node, value=replace(node.value, descending=True)) if _is_row_order(node) else node


def _is_row_order(node: Any) -> bool:
    return kind(node) == "Item" and node.name == ROW_ORDER and kind(node.value) == "Rank"


def _is_known(column: Any) -> bool:
    """Known time as rows get it: the later of two, the event plus a delay, or, where it is the event's own, not by itself."""
    return kind(column) in ("Later", "Binary") or getattr(column, "name", "") == KNOWN_US


def _is_event(column: Any) -> bool:
    return getattr(column, "name", "") == EVENT_US


def _reordered(order: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Change:
    return lambda node: replace(node, value=replace(node.value, order=order(node.value.order))) if _is_row_order(node) else node


add("row_order without event time", "relations", _reordered(lambda o: kept(o, _is_event)), "late_rows", "latest")
add("row_order without known time", "relations", _reordered(lambda o: kept(o, _is_known)), "order_ties", "corrections")
add(
    "known time before event time in row_order",
    "relations",
    _reordered(lambda o: (*filter(_is_known, o), *kept(o, _is_known))),
    "late_rows",
)


# row_order itself may run over all entities: only its order within one is ever read
def _is_rank(node: Any) -> bool:
    return kind(node) == "Rank" and bool(node.partition)


def _in_ranks(change: Change) -> Change:
    """On ranks that are not row_order."""

    def outer(node: Any) -> Any:
        if kind(node) == "Select":
            items = tuple(i if _is_row_order(i) else rewritten(i, inner)[0] for i in node.items)
            return replace(node, items=items, qualify=rewritten(node.qualify, inner)[0])
        return node

    def inner(node: Any) -> Any:
        return change(node) if _is_rank(node) else node

    return outer


add("ranks over everybody", "relations", _in_ranks(lambda r: replace(r, partition=())), "rows", "latest")
add("ranks over one column too few", "relations", _in_ranks(lambda r: replace(r, partition=r.partition[:-1])), "rows", "latest")
add("ranks run backwards", "relations", _in_ranks(lambda r: replace(r, descending=not r.descending)), "rows", "order_ties")
add(
    "nothing is left out by rank",
    "relations",
    of("Select", lambda s: replace(s, qualify=None)),
    "rows",
    "corrections",
    "order_ties",
)
add(
    "one running maximum for all entities",
    "relations",
    of("RunningMax", lambda m: replace(m, partition=())),
    "history/rows_of_one_instant",
    "late_rows",
)
add(
    "the running maximum knows the future",
    "relations",
    of("RunningMax", lambda m: replace(m, order=relational.Number(0))),
    "late_rows",
    "corrections",
    is_poison=True,
)
add("the first row for the latest", "relations", of("Greatest", lambda g: _least(g) if reads(g, ROW_ORDER) else g), "latest")


def _least(greatest: Any) -> Any:
    negative = replace(greatest, value=relational.Binary("-", relational.Number(0), greatest.value))
    return relational.Binary("-", relational.Number(0), negative)


@bug("the latest row that is not NULL", "relations", "latest")
def _skips_nulls(node: Any) -> Any:
    """Where the query reads columns of a latest row: rows in which these are NULL are gone."""
    if not (isinstance(node, tuple) and node and kind(node[-1]) == "Relation"):
        return node
    wanted: dict[str, list[str]] = {}
    for column in columns(node[-1]):
        if column.table.endswith("_latest") and column.name not in (EVENT_US, AS_OF_US):
            wanted.setdefault(column.table.removesuffix("_latest") + "_rows", []).append(column.name)
    keys = {c.name for r in node for c in (r.query.group_by if kind(r.query) == "Select" else ())}

    def filtered(relation: Any) -> Any:
        added = tuple(
            relational.NotNull(relational.Col("", name))
            for name in dict.fromkeys(wanted.get(relation.name, ()))
            if name not in keys
        )
        return replace(relation, query=replace(relation.query, where=(*relation.query.where, *added))) if added else relation

    return tuple(map(filtered, node))


# --- frames, heaps and the pieces of windows


add(
    "frames start a microsecond, or row, later",
    "relations",
    of("Frame", lambda f: replace(f, start=f.start and f.start - 1)),
    "rows/the_latest_three",
    "crowd",
)
add(
    "frames start a microsecond, or row, earlier",
    "relations",
    of("Frame", lambda f: replace(f, start=None if f.start is None else f.start + 1)),
    "rows/the_latest_three",
    "crowd",
)
add(
    "frames end a microsecond, or row, later",
    "relations",
    of("Frame", lambda f: replace(f, end=None if f.end is None else f.end - 1)),
    "crowd",
    is_poison=True,
)
add("frames over all entities", "relations", of("Over", lambda o: replace(o, partition=())), "crowd")
add("edges count as rows", "relations", of("Running", lambda r: replace(r, aggregate=_counting_all(r.aggregate))), "crowd")


def _counting_all(aggregate: Any) -> Any:
    return replace(aggregate, where=aggregate.where[1:])


def _reordered_heap(change: Change) -> Change:
    """On the order of relations that have moments in it; the numbers of spine rows are another bug."""

    def changed(node: Any) -> Any:
        is_heap = kind(node) == "Select" and any(kind(o) == "Col" and o.name == MOMENT_US for o in node.order_by)
        return replace(node, order_by=tuple(map(change, node.order_by))) if is_heap else node

    return changed


def _backwards_where(name: str) -> Change:
    return lambda column: relational.Binary("-", relational.Number(0), column) if column.name == name else column


add("an edge comes before the rows of its moment", "relations", _reordered_heap(_backwards_where(TURN)), "crowd")
add("the heap runs backwards", "relations", _reordered_heap(_backwards_where(MOMENT_US)), "crowd", is_poison=True)
add(
    "a part of a union is lost",
    "relations",
    of("UnionAll", lambda u: replace(u, branches=u.branches[:-1] or u.branches)),
    "crowd",
)
add(
    "a part of a union is there twice",
    "relations",
    of("UnionAll", lambda u: replace(u, branches=(*u.branches, u.branches[0]))),
    "crowd",
)
add("the later for the earlier", "relations", of("Earlier", lambda e: e.right), "calendar/a_label_at_midnight", "dst")


@bug("edges find the row before, not the row at them", "relations", "windows", is_poison=True)
def _other_edge(node: Any) -> Any:
    return replace(node, match=flipped(is_comparison)(node.match)) if kind(node) == "Join" and node.match else node


def _is_filled(node: Any) -> bool:
    return kind(node) == "Either" and node.otherwise == 0


add(
    "rows that were late for their window are not put right",
    "relations",
    of("Binary", lambda b: b.left if b.operator == "+" and _is_filled(b.right) else b),
    "history/equals_a_label",
)
add(
    "nothing is taken off at the start of a window",
    "relations",
    of("Binary", lambda b: b.left if b.operator == "-" and _is_filled(b.right) and _is_filled(b.left) else b),
    "crowd",
)
add("a piece of a window is lost", "relations", of("Merged", lambda m: replace(m, values=m.values[:-1])), "crowd")
add("the first piece of a window is lost", "relations", of("Merged", lambda m: replace(m, values=m.values[1:])), "crowd")
add("least for greatest", "relations", of("Merged", lambda m: replace(m, kind="least") if m.kind == "greatest" else m), "crowd")
add("blocks are made of others than their halves", "relations", of("Neighbour", lambda n: replace(n, back=n.back + 1)), "crowd")
add(
    "lengths are read by other digits",
    "relations",
    of("PowerOfTwo", lambda p: replace(p, exponent=relational.Binary("+", p.exponent, relational.Number(1)))),
    "crowd",
)
# one number fewer in `Numbers` is no bug: the last size is never a digit, and no table has so many rows as the other counts to
add("a tile runs over its edge", "relations", of("Case", lambda c: c.then if kind(c.otherwise) == "Col" else c), "crowd")
add(
    "tiles at both edges, in windows of one tile too",
    "relations",
    of("Case", lambda c: c.then if _is_broken_tile(c) else c),
    "crowd",
)


def _is_broken_tile(case: Any) -> bool:
    """What stands at an edge counts where the other edge is in another tile."""
    return case.otherwise is None and kind(case.when) == "Binary" and case.when.operator == "<"
