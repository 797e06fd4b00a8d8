"""Tables as people write them: a header line, then one line a row, cells between ` | `."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest

type_names = re.compile(r"^[a-z][a-z0-9_ ]*(\([0-9, ]+\))?(\[\])*$", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s+\|\s+")

Cell = str | None
Row = tuple[Cell, ...]


class TextTableError(ValueError):
    """A text table that cannot be read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and, where the header line gives one, its SQL type."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class TextTable:
    """Columns and rows; every cell is the value's SQL text, or None for NULL."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)


def parse(text: str) -> TextTable:
    """Read a text table.

    A header cell is `name` or `name type`. A cell `null` is NULL; quotes keep what would be lost or misread
    (`''` is the empty string, `'a '` ends in a blank, `'null'` is a word).
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise TextTableError("a table needs a header line")
    columns = tuple(_column(cell) for cell in _SEPARATOR.split(lines[0]))
    rows = tuple(tuple(_cell(cell) for cell in _SEPARATOR.split(line)) for line in lines[1:])
    for line, row in zip(lines[1:], rows, strict=True):
        if len(row) != len(columns):
            raise TextTableError(f"{len(row)} cells under {len(columns)} columns: {line}")
    return TextTable(columns, rows)


def _column(cell: str) -> Column:
    name, _, type_name = cell.partition(" ")
    type_name = type_name.strip()
    if type_name and not type_names.match(type_name):
        raise TextTableError(f"not a column and its type: `{cell}`")
    return Column(name, type_name or None)


def _cell(cell: str) -> Cell:
    if cell == "null":
        return None
    if len(cell) >= 2 and cell[0] == cell[-1] == "'":
        return cell[1:-1]
    return cell


def write_cell(cell: Cell) -> str:
    """The text that `parse` reads as this cell."""
    if cell is None:
        return "null"
    plain = cell not in ("", "null") and cell == cell.strip() and cell[0] != "'"
    return cell if plain else f"'{cell}'"


def same_rows(expected: TextTable, actual: TextTable, *, in_order: bool) -> bool:
    """Whether both hold the same rows, each as often (and in the same order, if that is asked)."""
    if in_order:
        return expected.rows == actual.rows
    return Counter(expected.rows) == Counter(actual.rows)


def side_by_side(expected: TextTable, actual: TextTable, *, in_order: bool) -> str:
    """Expected rows left, actual rows right, one `!` before each line that differs."""
    pairs = list(zip_longest(expected.rows, actual.rows)) if in_order else _paired(expected.rows, actual.rows)
    left = _aligned(expected.names, [pair[0] for pair in pairs])
    right = _aligned(actual.names, [pair[1] for pair in pairs])
    marks = [" ", " ", *("!" if one != other else " " for one, other in pairs)]
    title = f"  {'expected':{len(left[0])}} || actual"
    return "\n".join([title, *(f"{mark} {one} || {other}" for mark, one, other in zip(marks, left, right, strict=True))])


def _paired(expected: tuple[Row, ...], actual: tuple[Row, ...]) -> list[tuple[Row | None, Row | None]]:
    """Equal rows stand beside each other; what is left over is paired in sorted order, so that keys meet."""
    both = Counter(expected) & Counter(actual)
    pairs: list[tuple[Row | None, Row | None]] = [(row, row) for row in both.elements()]
    missing = sorted((Counter(expected) - both).elements(), key=_sort_key)
    surplus = sorted((Counter(actual) - both).elements(), key=_sort_key)
    pairs.extend(zip_longest(missing, surplus))
    return sorted(pairs, key=lambda pair: _sort_key(pair[0] or pair[1] or ()))


def _sort_key(row: Row) -> list[tuple[bool, str]]:
    return [(cell is not None, cell or "") for cell in row]


def _aligned(names: tuple[str, ...], rows: list[Row | None]) -> list[str]:
    written = [[write_cell(cell) for cell in row] if row is not None else [""] * len(names) for row in rows]
    widths = [max(len(line[place]) for line in [list(names), *written]) for place in range(len(names))]
    ruled = [list(names), ["-" * width for width in widths], *written]
    return [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in ruled]
