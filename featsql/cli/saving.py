"""Rows to a file, whole or not at all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.rows import csv_chunks, json_chunks, json_lines

if TYPE_CHECKING:
    import pyarrow

Writer = Callable[["pyarrow.Table", Path], None]


def writer_for(path: Path) -> Writer:
    """How rows become such a file. Raises FS008 for an ending that says nothing and for a folder that is not there."""
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        known = ", ".join(f"`{e}`" for e in _WRITERS)
        hints = (f"end its name in {known}",)
        raise FeatsqlError(Diagnostic("FS008", f"cannot tell from the name `{path.name}` how to write it", hints=hints))
    if not path.absolute().parent.is_dir():
        raise FeatsqlError(Diagnostic("FS008", f"the folder of `{path}` does not exist"))
    if path.is_dir():
        raise FeatsqlError(Diagnostic("FS008", f"`{path}` is a folder"))
    return _WRITERS[ending]


def save(table: pyarrow.Table, path: Path, write: Writer) -> None:
    """Write beside `path`, then rename: a reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        write(table, aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _parquet(table: pyarrow.Table, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path)


def _csv(table: pyarrow.Table, path: Path) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(csv_chunks(table))


def _json(table: pyarrow.Table, path: Path) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(json_chunks(table))


def _json_lines(table: pyarrow.Table, path: Path) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(line + "\n" for line in json_lines(table))


_WRITERS: Final[Mapping[str, Writer]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}
