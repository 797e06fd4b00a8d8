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

    def find(self, name: str) -> Column | None:
        return next((c for c in self.columns or () if c.name.lower() == name.lower()), None)


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
