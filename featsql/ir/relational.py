"""The physical plan: named relations, each one SELECT over earlier ones. Nothing here knows of features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from featsql.base.spans import Text


@dataclass(frozen=True, slots=True)
class Col:
    """A column of the relation that stands under `table` in the FROM; without one, of the only relation there."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Number:
    value: int


@dataclass(frozen=True, slots=True)
class Verbatim:
    """The user's own SQL."""

    text: Text


@dataclass(frozen=True, slots=True)
class Filled:
    """The user's own SQL with our columns in some places."""

    pieces: tuple[Text | Scalar, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: Literal["=", "<", "<=", ">", ">=", "+", "-"]
    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class NotNull:
    value: Scalar


@dataclass(frozen=True, slots=True)
class Later:
    """The greater of two numbers, neither of which is NULL."""

    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class EpochUs:
    """A time column as integer microseconds of UTC since 1970, cut off below (NULL for NULL and for infinity)."""

    value: Scalar
    type: str | None


@dataclass(frozen=True, slots=True)
class FromEpochUs:
    value: Scalar


@dataclass(frozen=True, slots=True)
class CalendarStart:
    as_of_us: Scalar
    unit: str
    back: int
    timezone: str


@dataclass(frozen=True, slots=True)
class OrZero:
    value: Scalar


@dataclass(frozen=True, slots=True)
class IfFound:
    """`value` where `found` is not NULL, else NULL."""

    found: Scalar
    value: Scalar


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One of `aggregates`, over the group; `where` are conditions that a row must meet, `order` ranks rows (R14)."""

    function: str
    args: tuple[Scalar, ...]
    where: tuple[Scalar, ...]
    order: Scalar
    distinct: bool
    type: str | None


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greatest value of the group."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Rank:
    """1, 2, 3 ... within the partition; ascending puts NULLs first, descending puts them last (R14 and its reverse)."""

    partition: tuple[Scalar, ...]
    order: tuple[Scalar, ...]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RunningMax:
    """The greatest `value` up to this row's `order`, rows of equal `order` included, within the partition."""

    value: Scalar
    partition: tuple[Scalar, ...]
    order: Scalar


Scalar = (
    Col
    | Number
    | Verbatim
    | Filled
    | Binary
    | NotNull
    | Later
    | EpochUs
    | FromEpochUs
    | CalendarStart
    | OrZero
    | IfFound
    | Aggregate
    | Greatest
    | Rank
    | RunningMax
)


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every column of a relation; `but` leaves some out."""

    table: str
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class From:
    relation: str
    alias: str


@dataclass(frozen=True, slots=True)
class Join:
    """`asof`: of the rows that meet `on` and the one comparison `match`, the one nearest to it; rows without any are left out."""

    kind: Literal["inner", "left", "asof"]
    right: From
    on: tuple[Scalar, ...]
    match: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Select:
    items: tuple[Item | AllOf, ...]
    source: From
    joins: tuple[Join, ...] = ()
    where: tuple[Scalar, ...] = ()
    group_by: tuple[Scalar, ...] = ()
    qualify: Scalar | None = None
    order_by: tuple[Scalar, ...] = ()
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class BodySelect:
    """Our SELECT list over a user's WITH and FROM."""

    prelude: Text
    items: tuple[Item, ...]
    tail: Text


@dataclass(frozen=True, slots=True)
class WholeQuery:
    """A user's query as it stands."""

    text: Text


@dataclass(frozen=True, slots=True)
class Relation:
    """One CTE, or the query itself when `name` is empty. `comment` says what a row of it is; `once`: computed once."""

    name: str
    comment: str
    query: Select | BodySelect | WholeQuery
    once: bool = field(default=False)
