"""Plans rewritten node by node, whatever they are made of: so that a bug meets strategies that nobody had written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

Change = Callable[[Any], Any]
"""A node to what stands in its place; most nodes to themselves."""

_OF_PLANS = ("featsql.ir.plan", "featsql.ir.relational", "featsql.ir.header")
"""Where the nodes of plans are defined. Everything else is a leaf: the user's text above all."""


def rewritten(node: Any, change: Change) -> tuple[Any, int]:
    """The node with every node in it changed, children first; and how many were."""
    if isinstance(node, tuple):
        pairs = [rewritten(each, change) for each in node]
        return tuple(each for each, _ in pairs), sum(count for _, count in pairs)
    if not _is_node(node):
        return node, 0
    new: dict[str, Any] = {}
    count = 0
    for field in fields(node):
        value, found = rewritten(getattr(node, field.name), change)
        if found:
            new[field.name] = value
            count += found
    inner = replace(node, **new) if new else node
    changed = change(inner)
    return changed, count + int(changed is not inner and changed != inner)


def _is_node(node: Any) -> bool:
    return is_dataclass(node) and type(node).__module__ in _OF_PLANS


def kind(node: Any) -> str:
    """The name of a node's type: a type that is gone tomorrow breaks nothing here."""
    return type(node).__name__


def walk(node: Any) -> Iterator[Any]:
    """The node and all in it."""
    if isinstance(node, tuple):
        for each in node:
            yield from walk(each)
    elif _is_node(node):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))


def reads(node: Any, *columns: str) -> bool:
    """Does a column of one of these names stand anywhere in the node?"""
    return any(kind(each) == "Col" and each.name in columns for each in walk(node))
