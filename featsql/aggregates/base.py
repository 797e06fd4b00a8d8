"""What an aggregate has to declare: its names, its arguments, its type, its value over no rows, its text per dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Types = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class AggregateText:
    """One call about to be written: `args` and `where` are SQL, `order` is an integer column that ranks rows as R14 does."""

    args: tuple[str, ...]
    where: str | None
    order: str
    distinct: bool = False
    type: str | None = None
    argument_type: str | None = None
    over: str = ""
    """` over (...)` where the call is a window function, and nothing where it aggregates a group."""

    def call(self, function: str, *, args: tuple[str, ...] | None = None, inside: str = "", where: str | None = None) -> str:
        """`function(distinct args inside) filter (where ...) over (...)`; `where` is a further condition."""
        listed = ", ".join(self.args if args is None else args)
        conditions = [c for c in (where, self.where) if c]
        text = f"{function}({'distinct ' if self.distinct else ''}{listed}{inside})"
        match conditions:
            case []:
                return f"{text}{self.over}"
            case [only]:
                return f"{text} filter (where {only}){self.over}"
            case _:
                return f"{text} filter (where {' and '.join(f'({c})' for c in conditions)}){self.over}"

    def folded(self, function: str, *, args: tuple[str, ...] | None = None, where: str | None = None) -> str:
        """The same where there is no `filter`: the last argument is NULL, which every aggregate skips, in the rows left out."""
        *before, last = self.args if args is None else args
        conditions = [c for c in (where, self.where) if c]
        if conditions:
            last = f"iff({' and '.join(f'({c})' if len(conditions) > 1 else c for c in conditions)}, {last}, null)"
        return f"{function}({'distinct ' if self.distinct else ''}{', '.join((*before, last))}){self.over}"


Spelling = Callable[[AggregateText], str]


Inexpressible = Callable[[bool, Types], str]
"""(is it over distinct values, the types of the arguments) -> why it cannot be said; empty where it can."""

Part = Literal["rows", "present", "true", "sum", "least", "greatest"]
"""What aggregates are made of: rows, values that are not NULL, values that are true; their sum, the smallest, the greatest."""
Finish = Callable[[tuple[str, ...], str | None, str | None], str]
"""(the parts, the type of the result, that of the argument) -> the value of the aggregate."""


@dataclass(frozen=True, slots=True)
class Merge:
    """An aggregate over many rows from parts of it over some of them each."""

    parts: tuple[Part, ...]
    finish: Mapping[str, Finish]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`names` are the words users write, `spell` the text we write, each by dialect.

    `arguments` is the least and the greatest number of them; `empty` the value over no rows;
    `ordered` when its value depends on the order of rows (R14).
    """

    name: str
    names: Mapping[str, tuple[str, ...]]
    arguments: tuple[int, int]
    result_type: Callable[[Types], str | None]
    spell: Mapping[str, Spelling]
    empty: Literal["zero", "null"] = "null"
    distinct: bool = False
    ordered: bool = False
    merge: Merge | None = None
    """None: it needs its rows all at once."""
    constants: tuple[int, ...] = field(default=())
    """Positions of arguments that must be the same for every row, and are written as they stand."""
    skips_null: tuple[int, ...] = field(default=(0,))
    """Positions of arguments that make the aggregate skip a row in which they are NULL (R13)."""
    rounds: Callable[[str | None], bool] = lambda argument_type: False
    """By the type of its argument: may its value differ by rounding from one plan to another (R27)?"""
    standard_error: Mapping[str, float] = field(default_factory=dict)
    """By dialect: how far off it is, relative to the truth, where it is an estimate."""
    inexpressible: Mapping[str, Inexpressible] = field(default_factory=dict)
    """By dialect: why it cannot have the contract's value there; a dialect without a spelling has a reason for every
    call, or computes it in another way."""

    def why_not(self, dialect: str, distinct: bool, types: Types) -> str:
        """Why a call cannot be said in a dialect; empty where it can."""
        return self.inexpressible[dialect](distinct, types) if dialect in self.inexpressible else ""


def plain(function: str) -> Spelling:
    return lambda text: text.call(function)


def folded(function: str) -> Spelling:
    return lambda text: text.folded(function)


def of_doubles(function: str) -> Spelling:
    """Where the function of a decimal would be another decimal."""
    return lambda text: text.folded(function, args=tuple(f"cast({arg} as double)" for arg in text.args))


def same_as_first(types: Types) -> str | None:
    return types[0] if types else None


def always(type_name: str) -> Callable[[Types], str | None]:
    return lambda _: type_name
