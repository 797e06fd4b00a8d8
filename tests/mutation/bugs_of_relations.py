"""Bugs in relations: conditions that strategies write, times, joins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from featsql.ir import relational
from featsql.plan.names import AS_OF_US, EVENT_US, KNOWN_US, RECENCY, ROW_ORDER

from .bug import add, bug, of
from .conditions import columns, flipped, is_comparison, kept
from .tree import Change, kind, reads, rewritten

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _is_visibility(node: Any) -> bool:
    return is_comparison(node) and reads(node, KNOWN_US) and reads(node, AS_OF_US)


def _has_start(node: Any) -> bool:
    return reads(node, AS_OF_US) or any(each.name.endswith("_start_us") for each in columns(node))


def _bound(node: Any) -> str:
    """Which end of a window a comparison of an event time is about: `start`, `end`, or none."""
    if not is_comparison(node) or reads(node, KNOWN_US) or not reads(node, EVENT_US) or not _has_start(node):
        return ""
    event_is_left = reads(node.left, EVENT_US)
    operator = node.operator if event_is_left else _MIRRORED[node.operator]
    return "start" if operator in (">", ">=") else "end"


def _without(is_dropped: Callable[[Any], bool]) -> Change:
    """Joins, filters and selections without the conditions that qualify."""

    def change(node: Any) -> Any:
        match kind(node):
            case "Join":
                return replace(node, on=kept(node.on, is_dropped))
            case "Aggregate" | "Select":
                return replace(node, where=kept(node.where, is_dropped))
        return node

    return change


def _column_renamed(node: Any, old: str, new: str) -> Any:
    return rewritten(node, of("Col", lambda c: replace(c, name=new) if c.name == old else c))[0]


add("known < t where <= is meant, and reverse", "relations", flipped(_is_visibility), "visibility", is_poison=True)
add("nobody asks what is known", "relations", _without(_is_visibility), "visibility", is_poison=True)
add(
    "visible is what happened, not what is known",
    "relations",
    lambda node: _column_renamed(node, KNOWN_US, EVENT_US) if _is_visibility(node) else node,
    "visibility",
    "late_rows",
    is_poison=True,
)
add("event > start where >= is meant, and reverse", "relations", flipped(lambda n: _bound(n) == "start"), "windows", "ttl")
add("the start of windows is not looked at", "relations", _without(lambda n: _bound(n) == "start"), "windows", "ttl")
add("event < end where <= is meant, and reverse", "relations", flipped(lambda n: _bound(n) == "end"), "offset")
add("the end of windows is not looked at", "relations", _without(lambda n: _bound(n) == "end"), "offset")
add(
    "windows start by known time",
    "relations",
    lambda node: _column_renamed(node, EVENT_US, KNOWN_US) if _bound(node) == "start" else node,
    "late_rows",
    "ttl",
)
add(
    "edges a microsecond further back",
    "relations",
    of("Binary", lambda b: replace(b, right=replace(b.right, value=b.right.value + 1)) if _is_edge(b) else b),
    "windows",
    "offset",
    "ttl",
)


def _is_edge(node: Any) -> bool:
    return bool(node.operator == "-" and kind(node.right) == "Number" and kind(node.left) == "Col" and node.left.name == AS_OF_US)


def _is_same_key(node: Any) -> bool:
    """An equality of two columns of one name that is neither time nor rank of ours."""
    if kind(node) != "Binary" or node.operator != "=" or kind(node.left) != "Col" or kind(node.right) != "Col":
        return False
    ours = (AS_OF_US, EVENT_US, KNOWN_US, ROW_ORDER, RECENCY)
    return node.left.name not in ours and node.right.name not in ours and node.left.table != node.right.table


@bug("the last key is not compared", "relations", "keys/text_that_runs", "keys")
def _keyless(node: Any) -> Any:
    """In joins of asks with rows; answers are another bug."""
    if kind(node) != "Join" or node.kind == "left" or sum(map(_is_same_key, node.on)) < 2:
        return node
    last = [condition for condition in node.on if _is_same_key(condition)][-1]
    return replace(node, on=kept(node.on, lambda condition: condition is last))


@bug("NULL keys equal each other", "relations", "keys", "misses", "history")
def _null_keys(node: Any) -> Any:
    if _is_same_key(node):
        return replace(node, operator="is not distinct from")
    return _without(lambda c: kind(c) == "NotNull" and not reads(c, EVENT_US, "available_us", AS_OF_US))(node)


# asks with a NULL in the key or time are dropped before they meet rows; without that they still meet none, and no value changes
add(
    "rows with a NULL key have a history",
    "relations",
    lambda node: (
        _without(lambda c: kind(c) == "NotNull" and not reads(c, EVENT_US, "available_us", AS_OF_US))(node)
        if kind(node) == "Select"
        and any(reads(i.value, KNOWN_US) or getattr(i, "name", "") == KNOWN_US for i in node.items if kind(i) == "Item")
        else node
    ),
    "history/rows_that_are_never_seen",
    "history",
    "online",
)
add(
    "rows without an event time are seen",
    "relations",
    _without(lambda c: kind(c) == "NotNull" and reads(c, EVENT_US)),
    "visibility/a_null_event",
)
add(
    "rows that are not known yet are seen",
    "relations",
    _without(lambda c: kind(c) == "NotNull" and reads(c, "available_us")),
    "late_rows/not_known_yet",
    is_poison=True,
)
add(
    "known is when it was loaded, even before it happened",
    "relations",
    of("Later", lambda x: x.right),
    "late_rows/announced",
    is_poison=True,
)
add("known is when it happened, whenever it was loaded", "relations", of("Later", lambda x: x.left), "visibility", is_poison=True)


def _shifted(column: str, by_us: int) -> Change:
    """The column, where rows get it, is so much later."""

    def change(node: Any) -> Any:
        if kind(node) != "Select" or not any(kind(i) == "Item" and i.name == KNOWN_US for i in node.items) or node.joins:
            return node
        items = tuple(
            replace(i, value=relational.Binary("+", i.value, relational.Number(by_us))) if i.name == column else i
            for i in node.items
        )
        return replace(node, items=items)

    return change


add("rows are known a microsecond late", "relations", _shifted(KNOWN_US, 1), "visibility")
add("rows are known a microsecond early", "relations", _shifted(KNOWN_US, -1), "visibility", is_poison=True)
add("events are a microsecond late", "relations", _shifted(EVENT_US, 1), "windows", "ttl")
add("events are a microsecond early", "relations", _shifted(EVENT_US, -1), "windows", "ttl")


def _spine_shifted(by_us: int) -> Change:
    def change(node: Any) -> Any:
        if kind(node) != "Relation" or node.name != "spine":
            return node
        late = of(
            "Item",
            lambda i: (
                replace(i, value=relational.Binary("+", i.value, relational.Number(by_us))) if kind(i.value) == "EpochUs" else i
            ),
        )
        return rewritten(node, late)[0]

    return change


add("labels are asked a microsecond late", "relations", _spine_shifted(1), "visibility", is_poison=True)
add("labels are asked a microsecond early", "relations", _spine_shifted(-1), "visibility")
add("asks are not distinct", "relations", of("Select", lambda s: replace(s, distinct=False)), "spine/duplicates_are_kept")
add(
    "labels without an answer are lost",
    "relations",
    of("Join", lambda j: replace(j, kind="inner") if j.kind == "left" else j),
    "misses",
    "spine",
)


def _is_same_time(node: Any) -> bool:
    return kind(node) == "Binary" and node.operator == "=" and reads(node, AS_OF_US)


add(
    "answers of any time are joined",
    "relations",
    of("Join", lambda j: replace(j, on=kept(j.on, _is_same_time)) if j.kind == "left" else j),
    "spine",
)
add(
    "answers of anybody are joined",
    "relations",
    of("Join", lambda j: replace(j, on=kept(j.on, lambda c: not _is_same_time(c))) if j.kind == "left" else j),
    "spine/labels_of_one_instant",
    "spine",
)
add(
    "labels come out backwards",
    "relations",
    of("Select", lambda s: replace(s, order_by=tuple(relational.Binary("-", relational.Number(0), o) for o in s.order_by))),
    "spine/order_is_kept",
)
add(
    "history is asked when a row becomes known, not when it is seen",
    "relations",
    of("Binary", lambda b: b.left if b.operator == "+" and b.right == relational.Number(1) and reads(b.left, KNOWN_US) else b),
    "history",
)
