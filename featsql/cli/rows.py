"""The rows of an Arrow table as text: csv, JSON, and the cells that `grid` lays out.

Text of a value: numbers as short as they stay exact, times as `2026-01-31 12:00:00.5` (with `Z` where they have a zone),
lists and structs as JSON, bytes in hexadecimal. NULL is no text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow

Cell = str | None

_BATCH_ROWS = 20_000
_TRAILING_ZEROS = r"(\.[0-9]*?)0+(Z?)$"
_TRAILING_DOT = r"\.(Z?)$"
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|\s$|^$')


def csv_chunks(table: pyarrow.Table) -> Iterator[str]:
    """The table with a line of names; an empty cell is NULL, `""` is empty text."""
    yield ",".join(map(_quoted, table.column_names)) + "\n"
    for batch in _batches(table):
        columns = [[_csv_cell(cell) for cell in cells(column)] for column in batch.columns]
        yield "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))


def json_chunks(table: pyarrow.Table) -> Iterator[str]:
    """One array, a row a line; numbers keep their digits, and what JSON has no number for (NaN) is text."""
    held = ""
    for line in json_lines(table):
        if held:
            yield held + ",\n"
        held = (" " if held else "[") + line
    yield (held or "[") + "]\n"


def json_lines(table: pyarrow.Table) -> Iterator[str]:
    """Each row as one JSON object, without line ends."""
    names = [json.dumps(name, ensure_ascii=False) for name in table.column_names]
    for batch in _batches(table):
        columns = [json_cells(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            yield "{" + ", ".join(f"{name}: {value}" for name, value in zip(names, row, strict=True)) + "}"


def cells(column: pyarrow.ChunkedArray | pyarrow.Array) -> list[Cell]:
    """The column's values as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = _plain(column)
    kind = plain.type
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        text = pc.replace_substring_regex(plain.cast(pa.string()), _TRAILING_ZEROS, r"\1\2")
        return list(pc.replace_substring_regex(text, _TRAILING_DOT, r"\1").to_pylist())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else value.hex() for value in plain.to_pylist()]
    if pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind) or pa.types.is_decimal(kind):
        return [None if value is None else _text(value) for value in plain.to_pylist()]
    return list(plain.cast(pa.string()).to_pylist())


def is_number(kind: pyarrow.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _plain(column: pyarrow.ChunkedArray | pyarrow.Array) -> pyarrow.ChunkedArray | pyarrow.Array:
    """The column without encodings and extension types."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    if isinstance(column.type, pa.BaseExtensionType):
        return column.cast(column.type.storage_type)
    return column


def _batches(table: pyarrow.Table) -> Iterator[pyarrow.RecordBatch]:
    return iter(table.to_batches(max_chunksize=_BATCH_ROWS))


def _csv_cell(cell: Cell) -> str:
    return "" if cell is None else _quoted(cell)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def json_cells(column: pyarrow.ChunkedArray | pyarrow.Array) -> list[str]:
    """The column's values as JSON."""
    import pyarrow as pa

    as_json: Callable[[str], str] = _json_text
    if is_number(column.type):
        as_json = _json_number
    elif pa.types.is_boolean(column.type) or pa.types.is_nested(column.type):
        as_json = str
    return ["null" if cell is None else as_json(cell) for cell in cells(column)]


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _json_number(text: str) -> str:
    return text if text[-1].isdigit() else _json_text(text)


def _text(value: object) -> str:
    """A Python value as the text of a cell."""
    match value:
        case Decimal():
            return format(value, "f")
        case dict() | list():
            return _json(value)
        case (int(months), int(days), int(nanoseconds)):
            return f"{months} months {days} days {Decimal(nanoseconds) / 1_000_000_000:f} seconds"
    return str(value)


def _json(value: object) -> str:
    """A nested value as JSON; the standard encoder would round decimals and write NaN as no reader reads it."""
    match value:
        case None:
            return "null"
        case dict():
            return "{" + ", ".join(f"{_json_text(str(k))}: {_json(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_json, value)) + "]"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return _json_number(format(value, "f") if isinstance(value, Decimal) else repr(value))
        case bytes():
            return _json_text(value.hex())
        case datetime() | timedelta():
            return _json_text(str(value).replace("+00:00", "Z"))
    return _json_text(str(value))
