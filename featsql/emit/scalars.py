"""Scalars as SQL text. What the user wrote keeps its place in the user's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, assert_never

from featsql.aggregates import AGGREGATES, AggregateText
from featsql.base.spans import Span, Text
from featsql.dialects import Dialect
from featsql.emit.indenting import indented, outdented
from featsql.ir.relational import (
    Aggregate,
    Binary,
    Both,
    CalendarStart,
    Case,
    Cast,
    Col,
    Earlier,
    Either,
    EpochUs,
    Filled,
    Finished,
    Flag,
    Frame,
    FromEpochUs,
    Greatest,
    IfFound,
    Later,
    Merged,
    Neighbour,
    Next,
    NotNull,
    Null,
    Number,
    Over,
    PartKind,
    PowerOfTwo,
    Rank,
    Running,
    RunningMax,
    Scalar,
    ToBigint,
    ToTotal,
    Verbatim,
)

Written = Text | str
"""A plain string is text of our own making."""

_HOLE: Final = re.compile("\x00([0-9]+)\x00")
_ARITHMETIC: Final = ("+", "-", "*", "//", "%")


@dataclass(frozen=True, slots=True)
class ScalarWriter:
    dialect: Dialect
    not_null: frozenset[str]
    """Columns of ours that are never NULL: their order needs no word on NULLs."""

    def write(self, scalar: Scalar) -> Written:
        match scalar:
            case Col(table, name):
                quoted = self.dialect.quote(name)
                return f"{self.dialect.quote(table)}.{quoted}" if table else quoted
            case Number(value):
                return str(value)
            case Binary(operator, left, right):
                return glued(self._side(left, operator, first=True), f" {operator} ", self._side(right, operator))
            case Verbatim(text):
                return outdented(text)
            case Filled(pieces):
                return outdented(Text.join(piece if isinstance(piece, Text) else self._hole(piece) for piece in pieces))
            case NotNull(value):
                return glued(self._operand(value), " is not null")
            case Later(left, right):
                return glued("greatest(", self.write(left), ", ", self.write(right), ")")
            case EpochUs(value, type_name):
                return self._call(lambda column: self.dialect.epoch_us(column, type_name), value)
            case FromEpochUs(value):
                return self._call(self.dialect.from_epoch_us, value)
            case CalendarStart(as_of_us, unit, back, timezone):
                return self._call(lambda us: self.dialect.calendar_start_us(us, unit, back, timezone), as_of_us)
            case Earlier(left, right):
                return glued("least(", self.write(left), ", ", self.write(right), ")")
            case Null():
                return "null"
            case Flag(value):
                return "true" if value else "false"
            case Either(value, otherwise):
                return glued("coalesce(", self.write(value), f", {otherwise})")
            case ToBigint(value, origin):
                return _fill(f"cast({_hole(0)} as bigint)", [self.write(value)], origin)
            case Case(when, then, otherwise):
                return self._case(when, then, otherwise)
            case Merged(kind, values):
                return self._merged(kind, values)
            case Finished():
                return self._finished(scalar)
            case Running(aggregate, order):
                ordered = self._reordered(order)
                frame = "rows between unbounded preceding and current row"
                return self._aggregate(aggregate, f" over ({ordered}{' ' if ordered else ''}{frame})")
            case Neighbour(value, back, order):
                call = glued("lag(" if back > 0 else "lead(", self.write(value), f", {abs(back)})")
                return glued(call, f" over ({self._reordered(order)})")
            case Next(value, partition, order):
                window = self._window(partition, [self.write(order)])
                return glued("lead(", self.write(value), f") over ({plain(window)})")
            case Both(conditions):
                return separated(" and ", map(self._operand, conditions))
            case ToTotal(value, type_name):
                return glued("cast(", self.write(value), f" as {self.dialect.total_type(type_name)})")
            case PowerOfTwo(exponent):
                return self._call(self.dialect.power_of_two, exponent)
            case IfFound(found, value):
                return self._if_found(self.write(NotNull(found)), self.write(value))
            case Aggregate():
                return self._aggregate(scalar)
            case Over(aggregate, partition, order, frame):
                window = self._window(partition, [self.write(order)])
                return self._aggregate(aggregate, f" over ({plain(window)} {self._frame(frame)})")
            case Cast(value, type_name):
                return glued("cast(", self.write(value), f" as {self.dialect.type_name(type_name)})")
            case Greatest(value, where):
                if where is None:
                    return glued("max(", self.write(value), ")")
                return _fill(self.dialect.greatest_where(_hole(0), _hole(1)), [self.write(value), self.write(where)])
            case Rank(partition, order, descending):
                keys = [self._ordered(key, descending) for key in order]
                window = self._window(partition, keys) if keys or partition else self.dialect.any_order
                return glued("row_number() over (", window, ")")
            case RunningMax(value, partition, order):
                window = self._window(partition, [self.write(order)])
                return glued("max(", self.write(value), ") over (", window, ")")
            case _:
                assert_never(scalar)

    def _hole(self, scalar: Scalar) -> Written:
        """A scalar in the middle of other text: in parentheses where it is more than a name or a call."""
        text = self.write(scalar)
        return glued("(", text, ")") if isinstance(scalar, Binary | NotNull | Verbatim) else text

    def _if_found(self, is_found: Written, value: Written) -> Written:
        if "\n" not in plain(value):
            return glued("case when ", is_found, " then ", value, " end")
        deeper = " " * 8
        return glued("case\n    when ", is_found, " then\n", deeper, indented(value, deeper), "\nend")

    def _side(self, scalar: Scalar, operator: str, *, first: bool = False) -> Written:
        """One side of an operator: arithmetic within arithmetic keeps its parentheses, unless it is read from the left anyway."""
        text = self._operand(scalar)
        if not isinstance(scalar, Binary) or scalar.operator not in _ARITHMETIC or operator not in _ARITHMETIC:
            return text
        is_sum = {scalar.operator, operator} <= {"+", "-"}
        return text if first and is_sum else glued("(", text, ")")

    def _operand(self, scalar: Scalar) -> Written:
        """The user's expressions may bind more loosely than the operator beside them."""
        text = self.write(scalar)
        loose = isinstance(scalar, Verbatim | Filled) or (isinstance(scalar, Binary) and scalar.operator not in _ARITHMETIC)
        return glued("(", text, ")") if loose else text

    def _ordered(self, key: Scalar, descending: bool) -> Written:
        nulls = "" if isinstance(key, Col) and key.name in self.not_null else f" nulls {'last' if descending else 'first'}"
        return glued(self.write(key), f"{' desc' if descending else ''}{nulls}")

    def _window(self, partition: Iterable[Scalar], order: list[Written]) -> Written:
        by = comma_separated(self.write(key) for key in partition)
        parts: list[Written] = []
        if by:
            parts += ["partition by ", by]
        if order:
            parts += [" order by " if by else "order by ", comma_separated(order)]
        return glued(*parts)

    def _reordered(self, order: tuple[Scalar, ...]) -> str:
        """An order that the rows have already, said again where the warehouse has forgotten it."""
        return "" if self.dialect.keeps_order else plain(self._window((), [*map(self.write, order)]))

    def _case(self, when: Scalar, then: Scalar, otherwise: Scalar | None) -> Written:
        rest: list[Written] = [" else ", self.write(otherwise)] if otherwise else []
        return glued("case when ", self.write(when), " then ", self.write(then), *rest, " end")

    def _merged(self, kind: PartKind, values: Iterable[Scalar]) -> Written:
        match kind:
            case "count":
                return glued("(", separated(" + ", [self.write(Either(value, 0)) for value in values]), ")")
            case "sum":
                first, *others = map(self.write, values)
                for other in others:
                    first = glued("coalesce(", first, " + ", other, ", ", first, ", ", other, ")")
                return first
            case "least" | "greatest":
                listed = comma_separated(map(self.write, values))
                return glued(self.dialect.extreme_of_known[kind], "(", listed, ")")

    def _finished(self, finished: Finished) -> Written:
        merge = AGGREGATES[finished.function].merge
        assert merge, "what has parts says how they become its value"
        holes = [self._hole(part) for part in finished.parts]
        spelled = merge.finish[self.dialect.name](tuple(map(_hole, range(len(holes)))), finished.type, finished.argument_type)
        return _fill(spelled, holes, finished.origin)

    def _aggregate(self, aggregate: Aggregate, over: str = "") -> Written:
        """The aggregate's file spells the call in plain SQL with numbered holes; what stands in them keeps its place."""
        holes = [self.write(arg) for arg in aggregate.args]
        args = tuple(_hole(i) for i in range(len(holes)))
        where = None
        if aggregate.where:
            where = " and ".join(_hole(len(holes) + i) for i in range(len(aggregate.where)))
            several = len(aggregate.where) > 1
            holes += [self._operand(c) if several else self.write(c) for c in aggregate.where]
        order = plain(self.write(aggregate.order))
        call = AggregateText(args, where, order, aggregate.distinct, aggregate.type, aggregate.argument_type, over)
        return _fill(AGGREGATES[aggregate.function].spell[self.dialect.name](call), holes, aggregate.origin)

    def _frame(self, frame: Frame) -> str:
        spared = plain(self.write(frame.unread)) if frame.unread and self.dialect.frames_by_row else ""
        start, end = _bound(frame.start, "preceding", spared), _bound(frame.end, "following", spared)
        return f"{frame.unit} between {start} and {end}"

    def _call(self, spell: Callable[[str], str], value: Scalar) -> Written:
        return _fill(spell(_hole(0)), [self.write(value)])


def _bound(back: int | None, unbounded: str, spared: str) -> str:
    """`back` before this row; none at all for rows that are `spared`."""
    match back:
        case None:
            return f"unbounded {unbounded}"
        case 0:
            return "current row"
        case _:
            length = f"case when {spared} then 0 else {abs(back)} end" if spared else str(abs(back))
            return f"{length} {'preceding' if back > 0 else 'following'}"


def glued(*parts: Written) -> Written:
    """The parts as one text; a string again if nothing of it came from a file."""
    ours = [part for part in parts if isinstance(part, str)]
    return "".join(ours) if len(ours) == len(parts) else Text.join(parts)


def plain(written: Written) -> str:
    return written if isinstance(written, str) else written.value


def comma_separated(texts: Iterable[Written]) -> Written:
    return separated(", ", texts)


def separated(glue: str, texts: Iterable[Written]) -> Written:
    parts: list[Written] = []
    for text in texts:
        parts += [glue, text] if parts else [text]
    return glued(*parts)


def _hole(number: int) -> str:
    return f"\x00{number}\x00"


def _fill(spelled: str, holes: list[Written], origin: Span | None = None) -> Written:
    """`spelled` with its holes filled; what stands around them stands for `origin`, if anything."""
    parts: list[Written] = []
    for i, piece in enumerate(_HOLE.split(spelled)):
        if i % 2:
            parts.append(holes[int(piece)])
        else:
            parts.append(Text.standing_for(piece, origin) if origin else piece)
    return glued(*parts)
