"""The text of selectors: dbt's grammar, read into criteria and items."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest

_KINDS = ("model", "feature_view", "training_set", "snapshot", "seed", "source")
_RESULTS = ("success", "error", "skipped", "interrupted")
_STATES = ("modified",)
_METHODS = ("path", "file", "fqn", "tag", "kind", "entity", "owner", "source", "state", "result")

_ITEM = re.compile(
    r"(?P<at>@)?((?P<up>[0-9]{0,6})(?P<up_plus>\+))?((?P<method>[A-Za-z_][A-Za-z0-9_.]*):)?"
    r"(?P<value>.*?)((?P<down_plus>\+)(?P<down>[0-9]{0,6}))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One `[@][N+][method:]value[+N]`. A depth of None on a side that is asked for means all the way."""

    text: str
    method: str
    value: str
    ancestors: bool = False
    up: int | None = None
    descendants: bool = False
    down: int | None = None
    around: bool = False
    """`@`: the node, all that reads it, and all that those need."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """Items joined by commas: a node must be in every one of them."""

    text: str
    items: tuple[Item, ...]


def parse_selectors(texts: Iterable[str]) -> tuple[tuple[Criterion, ...], list[Diagnostic]]:
    criteria: list[Criterion] = []
    errors: list[Diagnostic] = []
    for text in texts:
        if not text.split():
            errors.append(finding("a selector is empty", hints=("leave it out to select everything",)))
        for word in text.split():
            try:
                criteria.append(Criterion(word, tuple(_parse_item(part, word) for part in word.split(","))))
            except FeatsqlError as error:
                errors.extend(error.diagnostics)
    return tuple(criteria), errors


def _parse_item(part: str, word: str) -> Item:
    match = _ITEM.fullmatch(part)
    assert match is not None, "every text fits: `value` takes what the rest leaves"
    value, method = match["value"], match["method"]
    if not value:
        raise FeatsqlError(finding(f"nothing to look for in the selector `{word}`", hints=_empty_hint(part, method)))
    if value.startswith("@") or "+" in value:
        raise FeatsqlError(finding(f"misplaced `+` or `@` in the selector `{word}`", notes=(_GRAMMAR,)))
    if match["at"] and (match["up_plus"] or match["down_plus"]):
        message = f"`@` cannot stand beside `+` in the selector `{word}`"
        raise FeatsqlError(finding(message, notes=("`@x` is x, all that reads it, and all that those need",)))
    method = _method(method, value, word)
    return Item(
        text=part,
        method=method,
        value=value,
        ancestors=bool(match["up_plus"]),
        up=int(match["up"]) if match["up"] else None,
        descendants=bool(match["down_plus"]),
        down=int(match["down"]) if match["down"] else None,
        around=bool(match["at"]),
    )


_GRAMMAR = "a selector is `[@][N+][method:]value[+N]`, such as `2+churn`, `tag:daily+`, `path:models/staging,kind:model`"


def _empty_hint(part: str, method: str | None) -> tuple[str, ...]:
    if method:
        return (f"write a value after `{method}:`, or `{method}:*`",)
    return ("spaces stand for `or`, commas for `and`, with no space around a comma",) if not part else ()


def _method(method: str | None, value: str, word: str) -> str:
    if method is None:
        if "/" in value or "\\" in value:
            return "path"
        return "file" if value.endswith((".sql", ".csv", ".yml", ".yaml")) else "name"
    if method == "resource_type":
        return _checked("kind", value, _KINDS)
    if method not in _METHODS:
        known = "methods: " + " ".join(f"`{m}:`" for m in _METHODS)
        hints = nearest(method, _METHODS)
        raise FeatsqlError(finding(f"unknown method `{method}:` in the selector `{word}`", notes=(known,), hints=hints))
    choices = {"kind": _KINDS, "result": _RESULTS, "state": _STATES}
    return _checked(method, value, choices[method]) if method in choices else method


def _checked(method: str, value: str, choices: tuple[str, ...]) -> str:
    if not any(fnmatchcase(choice, value) for choice in choices):
        note = f"`{method}:` takes " + ", ".join(f"`{c}`" for c in choices)
        hints = nearest(value, choices)
        raise FeatsqlError(finding(f"`{value}` is not a value of `{method}:`", notes=(note,), hints=hints))
    return method


def finding(message: str, notes: tuple[str, ...] = (), hints: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic("FS007", message, notes=notes, hints=hints)
