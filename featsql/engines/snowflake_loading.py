"""Small tables sent as SQL: seeds, and the spines of `retrieve`. Every value travels as text and is cast there."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from featsql.dialects.snowflake import SNOWFLAKE, literal, type_name
from featsql.engines.base import EngineError
from featsql.ir.model import Column

if TYPE_CHECKING:
    import pyarrow

_ROWS: Final = 1_000
"""A statement may have 16,384 rows of values and one megabyte of text."""

Cells = Sequence[str | None]


def created(table: str, columns: Sequence[Column], *, kind: str) -> str:
    listed = ", ".join(f"{SNOWFLAKE.quote(c.name)} {type_name(c.type or 'TEXT')}" for c in columns)
    return f"create or replace {kind} {table} ({listed})"


def inserted(table: str, columns: Sequence[Column], rows: Iterator[Cells]) -> Iterator[str]:
    """Statements that put the rows into the table."""
    casts = ", ".join(f"cast(column{i} as {type_name(c.type or 'TEXT')})" for i, c in enumerate(columns, 1))
    while batch := list(islice(rows, _ROWS)):
        values = ",\n".join(f"({', '.join('null' if cell is None else literal(cell) for cell in row)})" for row in batch)
        yield f"insert into {table}\nselect {casts} from values\n{values}"


def read_csv(path: str, names: Sequence[str]) -> dict[int, Cells]:
    """The lines of a seed below its first, by their numbers; what is empty is NULL. EngineError."""
    found: dict[int, Cells] = {}
    line = 1
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, None)
            if not header:
                raise EngineError("the file is empty: its first line has to name the columns", line=1)
            places = [_place(header, name) for name in names]
            for row in reader:
                line = reader.line_num
                if row and len(row) != len(header):
                    raise EngineError(f"the header has {len(header)} columns, this line has {len(row)}", line=line)
                if row:
                    found[line] = [row[place] or None for place in places]
    except csv.Error as error:
        raise EngineError(f"a quote is not closed, or text follows it: {error}", line=line + 1) from None
    except UnicodeDecodeError:
        raise EngineError("the file is not utf-8", line=_line_of_bytes(path)) from None
    except OSError as error:
        raise EngineError(f"`{path}` cannot be read: {(error.strerror or '').lower()}") from None
    return found


def _place(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise EngineError(f"the file has no column `{name}`", line=1)
    return header.index(name)


def _line_of_bytes(path: str) -> int:
    for number, line in enumerate(Path(path).read_bytes().split(b"\n"), 1):
        try:
            line.decode()
        except UnicodeDecodeError:
            return number
    return 1


def with_line(error: EngineError, lines: Mapping[int, Cells]) -> EngineError:
    """The error with the line of the value that it names."""
    for value in re.findall(r"'([^']*)'", error.message):
        for number, cells in lines.items():
            if value in cells:
                return EngineError(error.message, line=number)
    return error


def frame_columns(frame: pyarrow.Table) -> tuple[Column, ...]:
    """The columns of an Arrow table with the types that they will have in Snowflake."""
    return tuple(Column(field.name, _type(field.type)) for field in frame.schema)


def _type(arrow: Any) -> str:
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_boolean(arrow):
        return "BOOLEAN"
    if kinds.is_integer(arrow):
        return "BIGINT"
    if kinds.is_floating(arrow):
        return "DOUBLE"
    if kinds.is_decimal(arrow) and arrow.precision <= 38:
        return f"DECIMAL({arrow.precision}, {arrow.scale})" if arrow.scale else "BIGINT"
    if kinds.is_date(arrow):
        return "DATE"
    if kinds.is_timestamp(arrow):
        return "TIMESTAMPTZ" if arrow.tz else "TIMESTAMP"
    if kinds.is_string(arrow) or kinds.is_large_string(arrow) or kinds.is_null(arrow):
        return "TEXT"
    if kinds.is_dictionary(arrow):
        return _type(arrow.value_type)
    raise EngineError(f"values of type `{arrow}` cannot be sent to Snowflake")


def frame_rows(frame: pyarrow.Table) -> Iterator[Cells]:
    """Values as text that Snowflake reads back to the same bits."""
    import pyarrow as pa

    arrays = []
    for column in frame.columns:
        if pa.types.is_timestamp(column.type):
            # as microseconds: what is below is cut off, as everywhere
            whole = column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
            arrays.append([None if v is None else _moment(v // 1000, bool(column.type.tz)) for v in whole.to_pylist()])
        else:
            arrays.append([_text(value) for value in column.to_pylist()])
    return iter(list(zip(*arrays, strict=True)))


def _moment(us: int, has_zone: bool) -> str:
    moment = datetime(1970, 1, 1) + timedelta(microseconds=us)
    return f"{moment.isoformat(sep=' ', timespec='microseconds')}{'+00:00' if has_zone else ''}"


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case date():
            return value.isoformat()
    return str(value)
