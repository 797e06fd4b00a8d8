"""What a bug is, and how the files of bugs list theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .tree import Change, kind

Stage = Literal["plan", "relations", "text", "dialect"]


@dataclass(frozen=True, slots=True)
class Bug:
    """`change` works on nodes of the logical plan or of relations, on the whole SQL, or on the dialect.

    `is_poison`: it lets a feature see what is not known yet. `likely`: where in tests/pit it should be noticed, or `crowd`.
    """

    name: str
    stage: Stage
    change: Change
    likely: tuple[str, ...]
    is_poison: bool = False


LISTED: list[Bug] = []


def bug(name: str, stage: Stage, *likely: str, is_poison: bool = False) -> Callable[[Change], Change]:
    def listed(change: Change) -> Change:
        LISTED.append(Bug(name, stage, change, likely, is_poison))
        return change

    return listed


def of(kinds: str, change: Change) -> Change:
    """The change, for nodes of these types alone."""
    names = kinds.split()
    return lambda node: change(node) if kind(node) in names else node


def add(name: str, stage: Stage, change: Change, *likely: str, is_poison: bool = False) -> None:
    bug(name, stage, *likely, is_poison=is_poison)(change)
