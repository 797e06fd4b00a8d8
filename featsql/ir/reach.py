"""What a model's columns are made of and what they went through, as far as it matters for time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from featsql.base.spans import Span

Origin = tuple[str, str]
"""A column of a relation that the model reads: its marker (`ref:orders`), and the column's name in lower case."""

ROWS: Final = "*"
"""The name under which `ModelReach.columns` tells what decided which rows there are."""

Place = tuple[str, int]
"""A SELECT: the model's name, and the offset at which it begins; one SELECT of a project has one place."""

HazardKind = Literal["clock", "later_rows", "aggregate", "join"]
"""`clock`: the current time is read. `later_rows`: a window function that takes in later rows. `aggregate`: rows are gathered
by a GROUP BY, or all of them. `join`: a relation is joined without a comparison of times."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something in SQL that may bring in what is not known yet. `text` is how the user wrote it, or nearly."""

    kind: HazardKind
    place: Place
    text: str
    span: Span | None = field(default=None, compare=False, repr=False)
    has_time: bool = False
    """Of an aggregate: is a time among its groups' keys?"""
    unit_us: int = 0
    """Of an aggregate: the length of the coarsest unit of such a key; 0 when it is exact."""
    joined: frozenset[Origin] = frozenset()
    """Of a join: the columns through which the joined relation can be traced."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One column. `origins` are what its value is made of, `hazards` what its value or its rows went through.

    `starts`: the aggregates of which it is a time key, with the length of the key's unit in microseconds. `closes`: the
    aggregates of which it is the latest time. `is_shifted`: a length of time was added to it.
    """

    origins: frozenset[Origin] = frozenset()
    hazards: frozenset[Hazard] = frozenset()
    starts: tuple[tuple[Place, int], ...] = ()
    closes: frozenset[Place] = frozenset()
    unit_us: int = 0
    is_time: bool = False
    is_shifted: bool = False
    is_plain: bool = False
    """Is it a column of what the model reads, unchanged?"""


@dataclass(frozen=True, slots=True)
class ModelReach:
    """The columns of one model by name in lower case, and those of its FROM that its header names."""

    columns: Mapping[str, Reach]
    named: Mapping[str, Reach] = field(default_factory=dict)
