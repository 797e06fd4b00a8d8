"""Rows to stdout, in the form that was asked for."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Literal

from featsql.cli.console import Console, is_terminal, paint, wants_colour
from featsql.cli.grid import grid
from featsql.cli.rows import csv_chunks, json_chunks

if TYPE_CHECKING:
    import pyarrow


def print_table(table: pyarrow.Table, output: Literal["table", "csv", "json"], console: Console) -> None:
    if output == "table":
        _print_grid(table, console)
        return
    for chunk in csv_chunks(table) if output == "csv" else json_chunks(table):
        console.data(chunk)


def _print_grid(table: pyarrow.Table, console: Console) -> None:
    fits = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    dim = _dim if wants_colour(sys.stdout) else str
    console.painted_data(grid(table, fits, dim))


def _dim(text: str) -> str:
    return paint("dim", text)
