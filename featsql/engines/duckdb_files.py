"""What columns files have, found out without a target: compiling needs it and needs no connection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from featsql.base.spans import Text
from featsql.dialects.duckdb import file_scan
from featsql.engines.base import EngineError
from featsql.engines.duckdb_open import MEMORY, session
from featsql.engines.duckdb_session import Session
from featsql.ir.model import Column

if TYPE_CHECKING:
    import pyarrow


def file_columns(path: str, root: str) -> tuple[Column, ...]:
    """The columns of a parquet, csv or json file, or of the files of a glob, with DuckDB's types; EngineError when unreadable.

    A relative path starts at `root`.
    """
    absolute = str(Path(root) / path)
    found = files_columns((absolute,))[absolute]
    if isinstance(found, EngineError):
        raise found
    return found


def files_columns(paths: Sequence[str]) -> dict[str, tuple[Column, ...] | EngineError]:
    """The same for many absolute paths over one connection; what cannot be read has its error as value."""
    reader = Session(session(duckdb.connect(MEMORY)))
    try:
        return {path: _columns(reader, path) for path in paths}
    finally:
        reader.close()


def read_file(path: str) -> pyarrow.Table:
    """The rows of one file; EngineError when it cannot be read."""
    reader = Session(session(duckdb.connect(MEMORY)))
    try:
        return reader.table(Text.generated(f"select * from {file_scan(path)}"))
    finally:
        reader.close()


def _columns(reader: Session, path: str) -> tuple[Column, ...] | EngineError:
    try:
        rows = reader.rows(f"describe select * from {file_scan(path)}")
    except EngineError as error:
        return error
    return tuple(Column(name, type_) for name, type_, *_ in rows)
