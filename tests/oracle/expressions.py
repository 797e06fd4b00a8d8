"""Random features: plain columns, every aggregate over every type it takes, and arithmetic of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .cases import DATE, NANOSECONDS, TIMESTAMP, Fields
from .dice import Dice
from .reference import AsOfTime, Call, Column, Expression, Literal, Over

DECIMAL = "DECIMAL(10,2)"
NULL = Literal(None)
OF_ANY_TYPE = (
    "count",
    "min",
    "max",
    "mode",
    "first",
    "last",
    "array_agg",
    "arg_max",
    "arg_min",
    "approx_count_distinct",
)
OF_NUMBERS = ("sum", "sum", "avg", "stddev_samp", "stddev_pop", "var_samp", "var_pop", "median", "quantile_cont")
MAY_BE_DISTINCT = frozenset({"count", "min", "max", *OF_NUMBERS})
FRACTIONS = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Names:
    """What a case calls its columns of values, by what they hold. Sums of `exact` are exact in any order."""

    bigint: str
    integer: str
    decimal: str
    double: str
    exact: str
    text: str
    flag: str
    moment: str
    day: str

    def fields(self) -> Fields:
        kinds = ("BIGINT", "INTEGER", DECIMAL, "DOUBLE", "DOUBLE", "VARCHAR", "BOOLEAN", TIMESTAMP, DATE)
        columns = (self.bigint, self.integer, self.decimal, self.double, self.exact, self.text, self.flag)
        return tuple(zip((*columns, self.moment, self.day), kinds, strict=True))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What features may speak of: columns, windows, lengths of time. No `event_time` where its type is awkward."""

    names: Names
    event_time: tuple[str, str] | None
    windows: tuple[str, ...]
    lengths_us: tuple[int, ...]


def vocabulary(names: Names, event_time: tuple[str, str], windows: tuple[str, ...], lengths_us: tuple[int, ...]) -> Vocabulary:
    return Vocabulary(names, None if event_time[1] in NANOSECONDS else event_time, windows, lengths_us)


def draw_feature(dice: Dice, words: Vocabulary) -> Expression:
    kind = dice.number(0, 9)
    if kind < 2:
        return Column(dice.pick(*(name for name, _ in words.names.fields())))
    if kind < 3:
        return _draw_plain(dice, words.names)
    return _draw_aggregate(dice, words) if kind < 8 else _draw_compound(dice, words)


def draw_condition(dice: Dice, words: Vocabulary, of_time: bool) -> Expression:
    """A predicate on one row; `of_time` lets it speak of t."""
    atom = _draw_atom(dice, words, of_time)
    kind = dice.number(0, 5)
    if kind == 0:
        return Call("not", (atom,))
    if kind == 1:
        return Call(dice.pick("and", "or"), (atom, _draw_atom(dice, words, of_time)))
    return atom


def _draw_plain(dice: Dice, names: Names) -> Expression:
    choices: list[Expression] = [
        Literal(True),
        AsOfTime(),
        Call("coalesce", (Column(names.bigint), Literal(0))),
        Call("+", (Column(names.bigint), Literal(1))),
        Call("-", (Column(names.double), Column(names.exact))),
        Call("||", (Column(names.text), Literal("o'clock"))),
        Call("case", (Column(names.flag), Column(names.decimal), NULL)),
        Call("is null", (Column(names.text),)),
        Call("date_diff", (Literal("hour"), Column(names.moment), AsOfTime())),
        Call("coalesce", (Column(names.text), Literal("none"))),
    ]
    return dice.pick(*choices)


# --- aggregates


def _draw_aggregate(dice: Dice, words: Vocabulary) -> Over:
    if dice.chance(35):
        function, arguments = _of_any_type(dice, words)
    else:
        function, arguments = _of_numbers(dice, words.names)
    distinct = function in MAY_BE_DISTINCT and bool(arguments) and dice.chance(25)
    return Over(function, arguments, dice.pick(*words.windows), _draw_filter(dice, words), distinct, dice.pick(*FRACTIONS))


def _draw_filter(dice: Dice, words: Vocabulary) -> Expression | None:
    return draw_condition(dice, words, of_time=True) if dice.chance(30) else None


def _of_any_type(dice: Dice, words: Vocabulary) -> tuple[str, tuple[Expression, ...]]:
    function = dice.pick(*OF_ANY_TYPE)
    fields = [*words.names.fields(), *([words.event_time] if words.event_time else [])]
    if function == "array_agg":  # lists of times would only test how they are read back
        fields = [(name, kind) for name, kind in fields if not kind.startswith(("TIMESTAMP", "DATE"))]
    columns = [Column(name) for name, _ in fields]
    if function == "count" and dice.chance(50):
        return function, ()
    if function in ("arg_max", "arg_min"):
        return function, (dice.pick(*columns), dice.pick(*columns))
    return function, (dice.pick(*columns),)


def _of_numbers(dice: Dice, names: Names) -> tuple[str, tuple[Expression, ...]]:
    if dice.chance(10):
        return dice.pick("bool_and", "bool_or", "sum"), (Column(names.flag),)
    columns = (names.bigint, names.integer, names.decimal, names.double, names.exact)
    calculated: list[Expression] = [
        Call("*", (Column(names.bigint), Literal(2))),
        Call("coalesce", (Column(names.bigint), Literal(0))),
        Call("case", (Column(names.flag), Column(names.double), NULL)),
        Call("case", (Column(names.flag), Literal(1), Literal(0))),
    ]
    argument = dice.pick(*calculated) if dice.chance(15) else Column(dice.pick(*columns))
    return dice.pick(*OF_NUMBERS), (argument,)


# --- arithmetic of aggregates and columns


def _draw_number(dice: Dice, words: Vocabulary) -> Over:
    """A BIGINT or DOUBLE whose value does not depend on the order of the rows."""
    function = dice.pick("count", "sum", "sum", "avg", "max")
    column = Column(dice.pick(words.names.bigint, words.names.exact))
    return Over(function, () if function == "count" else (column,), dice.pick(*words.windows), _draw_filter(dice, words))


def _draw_compound(dice: Dice, words: Vocabulary) -> Expression:
    names = words.names
    number, other = _draw_number(dice, words), _draw_number(dice, words)
    latest = Column(dice.pick(names.bigint, names.exact))
    rows = Over("count", (), dice.pick(*words.windows))
    window = dice.pick(*words.windows)
    choices: list[Expression] = [
        Call("/", (number, Call("nullif", (other, Literal(0))))),
        Call("-", (number, other)),
        Call("+", (number, Call("*", (other, Literal(2))))),
        Call("coalesce", (number, Literal(0))),
        Call("-", (latest, number)),
        Call("coalesce", (latest, number)),
        Call(">", (rows, Literal(2))),
        Call("nullif", (rows, Literal(0))),
        Call("case", (Call(">", (rows, Literal(1))), number, latest)),
        Call("||", (Column(names.text), Over("max", (Column(names.text),), window))),
        Call("date_diff", (Literal("minute"), Over("min", (Column(names.moment),), window), AsOfTime())),
    ]
    if words.event_time:
        unit = Literal(dice.pick("microsecond", "second", "hour", "day"))
        latest_event = Over("max", (Column(words.event_time[0]),), window)
        choices.append(Call("date_diff", (unit, latest_event, AsOfTime())))
    return dice.pick(*choices)


# --- predicates


def _draw_atom(dice: Dice, words: Vocabulary, of_time: bool) -> Expression:
    names = words.names
    choices: list[Expression] = [
        Column(names.flag),
        Call(dice.pick("=", "<>", "<", ">="), (Column(names.bigint), Literal(dice.pick(0, 1, 2)))),
        Call(dice.pick("<", ">="), (Column(names.decimal), Literal(Decimal("1.10")))),
        Call(dice.pick("<", ">"), (Column(names.double), Literal(1.5))),
        Call(dice.pick("=", "<>", "<"), (Column(names.text), Literal(dice.pick("a", "o'clock", "")))),
        Call(dice.pick("is null", "is not null"), (Column(dice.pick(names.text, names.bigint, names.flag)),)),
    ]
    if of_time:
        choices += _atoms_of_time(dice, words)
    return dice.pick(*choices)


def _atoms_of_time(dice: Dice, words: Vocabulary) -> list[Expression]:
    moments = [words.names.moment, words.names.day, *([words.event_time[0]] * 2 if words.event_time else [])]
    moment = Column(dice.pick(*moments))
    ago = Call("earlier", (AsOfTime(), Literal(dice.pick(*words.lengths_us))))
    apart = Call("date_diff", (Literal(dice.pick("second", "hour")), moment, AsOfTime()))
    return [
        Call(dice.pick("<", ">="), (moment, ago)),
        Call(dice.pick("<", ">="), (moment, AsOfTime())),
        Call("<=", (apart, Literal(dice.pick(0, 1, 3600)))),
    ]
