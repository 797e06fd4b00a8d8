"""The physical plan: named relations, each one SELECT over earlier ones. Nothing here knows of features."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from featsql.base.spans import Span, Text


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
    operator: Literal["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "//", "%", "is distinct from"]
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
class Earlier:
    """The smaller of two numbers, neither of which is NULL."""

    left: Scalar
    right: Scalar


@dataclass(frozen=True, slots=True)
class Null:
    """No value, of whatever type the place asks for."""


@dataclass(frozen=True, slots=True)
class Flag:
    value: bool


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
class Either:
    """`value` where it is not NULL, else `otherwise`."""

    value: Scalar
    otherwise: int


@dataclass(frozen=True, slots=True)
class IfFound:
    """`value` where `found` is not NULL, else NULL."""

    found: Scalar
    value: Scalar


@dataclass(frozen=True, slots=True)
class ToBigint:
    """A whole number in 64 bits; fails where it does not fit. `origin` is the call whose value it is."""

    value: Scalar
    origin: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Cast:
    """A value in a type of the compiler's spelling."""

    value: Scalar
    type: str


@dataclass(frozen=True, slots=True)
class Case:
    """`then` where `when` is true, else `otherwise` (None: NULL)."""

    when: Scalar
    then: Scalar
    otherwise: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """Several parts of one aggregate as one; a NULL part is one over no values, and so is the whole where all are NULL."""

    kind: PartKind
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The value of an aggregate that was computed in parts: those that its file declares, in that order."""

    function: str
    parts: tuple[Scalar, ...]
    type: str | None
    argument_type: str | None
    origin: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a partition that an aggregate over it sees. `start` and `end` count backwards from this row, in rows or in
    units of the order; None has no bound, and a negative number lies ahead.

    Nobody reads what the aggregate is for rows where `unread` holds: a warehouse whose frames may differ from row to row is
    spared it.
    """

    unit: Literal["rows", "range"]
    start: int | None
    end: int | None
    unread: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """An aggregate over a frame of each row's partition."""

    aggregate: Aggregate
    partition: tuple[Scalar, ...]
    order: Scalar
    frame: Frame


@dataclass(frozen=True, slots=True)
class Running:
    """An aggregate over this row and all before it. The relation it reads comes in `order`, which a warehouse that does not
    keep an order has to be told again."""

    aggregate: Aggregate
    order: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The value that stands `back` rows before, in the order in which the relation comes; after it where `back` is negative."""

    value: Scalar
    back: int
    order: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Next:
    """The value of the next row of the partition; NULL at its last."""

    value: Scalar
    partition: tuple[Scalar, ...]
    order: Scalar


@dataclass(frozen=True, slots=True)
class Both:
    """All of the conditions."""

    conditions: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class ToTotal:
    """A number of `type` in the type of its sums: wide enough for all of them."""

    value: Scalar
    type: str | None


@dataclass(frozen=True, slots=True)
class PowerOfTwo:
    exponent: Scalar


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One of `aggregates`, over the group; `where` are conditions that a row must meet, `order` ranks rows (R14)."""

    function: str
    args: tuple[Scalar, ...]
    where: tuple[Scalar, ...]
    order: Scalar
    distinct: bool
    type: str | None
    argument_type: str | None = None
    """Of the first argument."""
    origin: Span | None = field(default=None, compare=False, repr=False)
    """The call as the user wrote it."""


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greatest value of the group, or of those of its rows that meet `where`."""

    value: Scalar
    where: Scalar | None = None


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


PartKind = Literal["count", "sum", "least", "greatest"]
"""How parts of an aggregate become one: counts and sums add up, of extremes the smaller or greater stays."""

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
    | Earlier
    | Null
    | Flag
    | Either
    | ToBigint
    | Cast
    | Case
    | Merged
    | Finished
    | Over
    | Running
    | Neighbour
    | Next
    | Both
    | ToTotal
    | PowerOfTwo
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
class UnionAll:
    """The rows of several SELECTs of the same columns."""

    branches: tuple[Select, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """0, 1, 2 ... below `count`, in the column `name`."""

    name: str
    count: int


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
    """One CTE, or the query itself when `name` is empty. `comment` says what a row of it is; `once`: computed once and kept;
    `anew`: computed for each of its readers, which is cheaper than keeping it."""

    name: str
    comment: str
    query: Select | UnionAll | Numbers | BodySelect | WholeQuery
    once: bool = field(default=False)
    anew: bool = field(default=False)
