"""What a FROM offers to the names of its SELECT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from featsql.ir.model import Column

Columns = tuple[Column, ...] | None
"""None: not known."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One entry of a FROM."""

    alias: str
    columns: Columns
    _by_name: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # of two columns of one name the first counts
        object.__setattr__(self, "_by_name", {c.name.lower(): c for c in reversed(self.columns or ())})

    def find(self, name: str) -> Column | None:
        return self._by_name.get(name.lower())


@dataclass(frozen=True, slots=True)
class Scope:
    """`merged` are columns of a USING, which may be named without ambiguity."""

    relations: tuple[Relation, ...]
    merged: frozenset[str] = frozenset()
    aliases: Mapping[str, Column] = field(default_factory=dict)
    outer: Scope | None = None

    @property
    def is_open(self) -> bool:
        """May any name be a column here?"""
        return any(r.columns is None for r in self.relations)
