"""Rows as aligned text for people; it works in a pipe as on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from featsql.cli.harmless import one_line, width
from featsql.cli.rows import Cell, cells, is_number

if TYPE_CHECKING:
    import pyarrow

Dim = Callable[[str], str]
"""How NULL, names' underlines and record titles are set back."""

_WIDEST_CELL = 60
_GAP = "  "


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    values: tuple[Cell, ...]
    is_number: bool

    @property
    def width(self) -> int:
        return max(map(width, [self.name, *map(_shown, self.values)]))


def grid(table: pyarrow.Table, fits: int | None = None, dim: Dim = str, set_back: Collection[int] = ()) -> str:
    """The table with a row a line or, where that is wider than `fits`, with a value a line.

    Nothing in it drives a terminal. Long values are cut off at 60 columns. The rows numbered in `set_back` are dim as a whole.
    """
    columns = [_column(table, index) for index in range(table.num_columns)]
    across = sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)
    if fits is not None and across > fits and table.num_rows:
        return "\n".join(_records(columns, table.num_rows, dim, set_back))
    return "\n".join(_lines(columns, table.num_rows, dim, set_back))


def _column(table: pyarrow.Table, index: int) -> _Column:
    values = tuple(None if cell is None else _cut(one_line(cell)) for cell in cells(table.column(index)))
    return _Column(one_line(table.column_names[index]), values, is_number(table.schema.field(index).type))


def _lines(columns: Sequence[_Column], rows: int, dim: Dim, set_back: Collection[int]) -> list[str]:
    lines = [_GAP.join(_padded(c.name, c) for c in columns), dim(_GAP.join("-" * c.width for c in columns))]
    for row in range(rows):
        is_back = row in set_back
        line = _GAP.join(_value(c, row, str if is_back else dim) for c in columns).rstrip()
        lines.append(dim(line) if is_back else line)
    return [line.rstrip() for line in lines]


def _value(column: _Column, row: int, dim: Dim) -> str:
    value = column.values[row]
    padded = _padded(_shown(value), column)
    return padded.replace("NULL", dim("NULL")) if value is None else padded


def _padded(text: str, column: _Column) -> str:
    room = " " * (column.width - width(text))
    return room + text if column.is_number else text + room


def _records(columns: Sequence[_Column], rows: int, dim: Dim, set_back: Collection[int]) -> list[str]:
    names = max(width(c.name) for c in columns)
    lines: list[str] = []
    for row in range(rows):
        lines.append(dim(f"-- row {row + 1} " + "-" * names))
        for column in columns:
            value = column.values[row]
            is_back = row in set_back
            shown = "NULL" if value is None and is_back else dim("NULL") if value is None else value
            line = f"{column.name}{' ' * (names - width(column.name))}{_GAP}{shown}".rstrip()
            lines.append(dim(line) if is_back else line)
    return lines


def _shown(value: Cell) -> str:
    return "NULL" if value is None else value


def _cut(text: str) -> str:
    if width(text) <= _WIDEST_CELL:
        return text
    kept = text[:_WIDEST_CELL]
    while width(kept) > _WIDEST_CELL - 3:
        kept = kept[:-1]
    return kept + "..."
