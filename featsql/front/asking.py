"""What inference leaves open, asked of the dialect's own binder: it describes SELECTs over typed NULLs, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from featsql.dialects import DIALECTS
from featsql.front.scopes import Columns
from featsql.front.sql import canonical_type
from featsql.ir.model import Parsed, ViewSql
from featsql.ir.project import Describe

_NOT_KNOWN: Final = "featsql: not known"
# no function takes a struct of such a field, and what is made of the column says so in its type
_OPAQUE: Final = f'struct("{_NOT_KNOWN}" struct("{_NOT_KNOWN}" boolean))'


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks over what one model reads; `reads` are its tables, each a CTE of typed NULLs."""

    describe: Describe
    dialect: str
    reads: str

    def query(self, sql: str) -> tuple[str | None, ...] | None:
        """The types of a query's columns; None when the binder refuses it."""
        given = f"with {self.reads}\n" if self.reads else ""
        told = self.describe(f"{given}select * from (\n{sql}\n)")
        return None if told is None else tuple(map(self._spelled, told))

    def items(self, view: ViewSql, texts: Iterable[str]) -> dict[str, str]:
        """The types of expressions over a view's body, by their text: in one statement, or one by one where that is refused."""
        wanted = tuple(dict.fromkeys(texts))
        told = self._over(view, wanted) if wanted else ()
        if told is None and len(wanted) > 1 and self._over(view, ("1",)):
            told = tuple(found[0] if (found := self._over(view, (text,))) else None for text in wanted)
        return {text: found for text, found in zip(wanted, told or (), strict=False) if found}

    def _over(self, view: ViewSql, texts: tuple[str, ...]) -> tuple[str | None, ...] | None:
        prelude = f"with{view.prelude.value}" if view.prelude.value else ""
        # line ends, as the user's text may end in a comment
        listed = ", ".join(f"(\n{text}\n)" for text in texts)
        told = self.query(f"{prelude}\nselect {listed}\n{view.tail.value}")
        return told if told and len(told) == len(texts) else None

    def _spelled(self, told: str) -> str | None:
        return None if _NOT_KNOWN in told or told == '"NULL"' else canonical_type(told, self.dialect)


def asking(parsed: Parsed, inputs: Mapping[str, Columns], dialect: str, describe: Describe | None) -> Asking | None:
    """None when nothing can be asked: columns of something that is read are not known, or none of them has a type."""
    if describe is None or any(inputs.get(read.marker) is None for read in parsed.reads):
        return None
    columns = {read.marker.lower(): inputs[read.marker] or () for read in parsed.reads}
    if columns and not any(column.type for listed in columns.values() for column in listed):
        return None
    quote = DIALECTS[dialect].quote
    reads = []
    for marker, listed in columns.items():
        nulls = ", ".join(f"cast(null as {column.type or _OPAQUE}) as {quote(column.name)}" for column in listed)
        reads.append(f"{quote(marker)} as (select {nulls})")
    return Asking(describe, dialect, ", ".join(reads))
