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

    def call(self, function: str, *, args: tuple[str, ...] | None = None, inside: str = "", where: str | None = None) -> str:
        """`function(distinct args inside) filter (where ...)`; `where` is a further condition."""
        listed = ", ".join(self.args if args is None else args)
        conditions = [c for c in (where, self.where) if c]
        text = f"{function}({'distinct ' if self.distinct else ''}{listed}{inside})"
        match conditions:
            case []:
                return text
            case [only]:
                return f"{text} filter (where {only})"
            case _:
                return f"{text} filter (where {' and '.join(f'({c})' for c in conditions)})"


Spelling = Callable[[AggregateText], str]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`names` are the words users write, `spell` the text we write, each by dialect.

    `arguments` is the least and the greatest number of them; `empty` the value over no rows;
    `ordered` when its value depends on the order of rows (R14); `exact` when any plan gives the same bits.
    """

    name: str
    names: Mapping[str, tuple[str, ...]]
    arguments: tuple[int, int]
    result_type: Callable[[Types], str | None]
    spell: Mapping[str, Spelling]
    empty: Literal["zero", "null"] = "null"
    distinct: bool = False
    ordered: bool = False
    constants: tuple[int, ...] = field(default=())
    """Positions of arguments that must be the same for every row, and are written as they stand."""


def plain(function: str) -> Spelling:
    return lambda text: text.call(function)


def same_as_first(types: Types) -> str | None:
    return types[0] if types else None


def always(type_name: str) -> Callable[[Types], str | None]:
    return lambda _: type_name
