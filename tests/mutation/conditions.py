"""Conditions in relations: what bugs look for in them, and what they do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from .tree import Change, kind, walk

STRICT = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def is_comparison(node: Any) -> bool:
    return kind(node) == "Binary" and node.operator in STRICT


def columns(node: Any) -> list[Any]:
    return [each for each in walk(node) if kind(each) == "Col"]


def kept(conditions: Iterable[Any], is_dropped: Callable[[Any], bool]) -> tuple[Any, ...]:
    return tuple(condition for condition in conditions if not is_dropped(condition))


def flipped(is_meant: Callable[[Any], bool]) -> Change:
    return lambda node: replace(node, operator=STRICT[node.operator]) if is_meant(node) else node
