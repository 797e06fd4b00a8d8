"""Scalars as SQL text. What the user wrote keeps its place in the user's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, assert_never

from featsql.aggregates import AGGREGATES, AggregateText
from featsql.base.spans import Text
from featsql.dialects import Dialect
from featsql.emit.indenting import indented, outdented
from featsql.ir.relational import (
    Aggregate,
    Binary,
    CalendarStart,
    Col,
    EpochUs,
    Filled,
    FromEpochUs,
    Greatest,
    IfFound,
    Later,
    NotNull,
    Number,
    OrZero,
    Rank,
    RunningMax,
    Scalar,
    Verbatim,
)

_HOLE: Final = re.compile("\x00([0-9]+)\x00")
_ARITHMETIC: Final = ("+", "-")


@dataclass(frozen=True, slots=True)
class ScalarWriter:
    dialect: Dialect
    not_null: frozenset[str]
    """Columns of ours that are never NULL: their order needs no word on NULLs."""

    def write(self, scalar: Scalar) -> Text:
        match scalar:
            case Col(table, name):
                quoted = self.dialect.quote(name)
                return Text.generated(f"{self.dialect.quote(table)}.{quoted}" if table else quoted)
            case Number(value):
                return Text.generated(str(value))
            case Verbatim(text):
                return outdented(text)
            case Filled(pieces):
                return outdented(Text.join(piece if isinstance(piece, Text) else self._hole(piece) for piece in pieces))
            case Binary(operator, left, right):
                return Text.join([self._operand(left), f" {operator} ", self._operand(right)])
            case NotNull(value):
                return Text.join([self._operand(value), " is not null"])
            case Later(left, right):
                return Text.join(["greatest(", self.write(left), ", ", self.write(right), ")"])
            case EpochUs(value, type_name):
                return self._call(lambda column: self.dialect.epoch_us(column, type_name), value)
            case FromEpochUs(value):
                return self._call(self.dialect.from_epoch_us, value)
            case CalendarStart(as_of_us, unit, back, timezone):
                return self._call(lambda us: self.dialect.calendar_start_us(us, unit, back, timezone), as_of_us)
            case OrZero(value):
                return Text.join(["coalesce(", self.write(value), ", 0)"])
            case IfFound(found, value):
                return self._if_found(self.write(NotNull(found)), self.write(value))
            case Aggregate():
                return self._aggregate(scalar)
            case Greatest(value):
                return Text.join(["max(", self.write(value), ")"])
            case Rank(partition, order, descending):
                keys = [self._ordered(key, descending) for key in order]
                return Text.join(["row_number() over (", self._window(partition, keys), ")"])
            case RunningMax(value, partition, order):
                window = self._window(partition, [self.write(order)])
                return Text.join(["max(", self.write(value), ") over (", window, ")"])
            case _:
                assert_never(scalar)

    def _hole(self, scalar: Scalar) -> Text:
        """A scalar in the middle of the user's text: in parentheses where it is more than a name or a call."""
        text = self.write(scalar)
        return Text.join(["(", text, ")"]) if isinstance(scalar, Binary | NotNull | Verbatim) else text

    def _if_found(self, is_found: Text, value: Text) -> Text:
        if "\n" not in value.value:
            return Text.join(["case when ", is_found, " then ", value, " end"])
        deeper = " " * 8
        return Text.join(["case\n    when ", is_found, " then\n", deeper, indented(value, deeper), "\nend"])

    def _operand(self, scalar: Scalar) -> Text:
        """The user's expressions may bind more loosely than the operator beside them."""
        text = self.write(scalar)
        loose = isinstance(scalar, Verbatim | Filled) or (isinstance(scalar, Binary) and scalar.operator not in _ARITHMETIC)
        return Text.join(["(", text, ")"]) if loose else text

    def _ordered(self, key: Scalar, descending: bool) -> Text:
        nulls = "" if isinstance(key, Col) and key.name in self.not_null else f" nulls {'last' if descending else 'first'}"
        return Text.join([self.write(key), f"{' desc' if descending else ''}{nulls}"])

    def _window(self, partition: Iterable[Scalar], order: list[Text]) -> Text:
        by = comma_separated(self.write(key) for key in partition)
        parts: list[Text | str] = []
        if by.value:
            parts += ["partition by ", by]
        if order:
            parts += [" order by " if by.value else "order by ", comma_separated(order)]
        return Text.join(parts)

    def _aggregate(self, aggregate: Aggregate) -> Text:
        """The aggregate's file spells the call in plain SQL with numbered holes; what stands in them keeps its place."""
        holes = [self.write(arg) for arg in aggregate.args]
        args = tuple(_hole(i) for i in range(len(holes)))
        where = None
        if aggregate.where:
            where = " and ".join(_hole(len(holes) + i) for i in range(len(aggregate.where)))
            several = len(aggregate.where) > 1
            holes += [self._operand(c) if several else self.write(c) for c in aggregate.where]
        order = self.write(aggregate.order).value
        call = AggregateText(args, where, order, aggregate.distinct, aggregate.type)
        return _fill(AGGREGATES[aggregate.function].spell[self.dialect.name](call), holes)

    def _call(self, spell: Callable[[str], str], value: Scalar) -> Text:
        return _fill(spell(_hole(0)), [self.write(value)])


def comma_separated(texts: Iterable[Text]) -> Text:
    parts: list[Text | str] = []
    for text in texts:
        parts += [", ", text] if parts else [text]
    return Text.join(parts)


def _hole(number: int) -> str:
    return f"\x00{number}\x00"


def _fill(spelled: str, holes: list[Text]) -> Text:
    parts: list[Text | str] = []
    for i, piece in enumerate(_HOLE.split(spelled)):
        parts.append(holes[int(piece)] if i % 2 else piece)
    return Text.join(parts)
