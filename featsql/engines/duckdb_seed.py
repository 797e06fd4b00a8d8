"""Reading the csv file of a seed with DuckDB."""

from __future__ import annotations

from typing import Final

from featsql.dialects.base import literal
from featsql.dialects.duckdb import DUCKDB
from featsql.engines.base import EngineError
from featsql.ir.query import LoadSeed

# what the format is, so that nothing but types is guessed, and those from the whole file
_FORMAT: Final = (
    """header = true, delim = ',', quote = '"', escape = '"', comment = '', skip = 0, nullstr = '', strict_mode = true"""
)
_GLOB: Final = str.maketrans({"[": "[[]", "*": "[*]", "?": "[?]"})


def typed(step: LoadSeed) -> str:
    """A SELECT of the seed's columns, typed as declared, else as DuckDB finds."""
    names = ", ".join(DUCKDB.quote(name) for name, _ in step.columns)
    types = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in step.columns if type_)
    declared = f", types = {{{types}}}" if types else ""
    return f"select {names}\nfrom read_csv({_path(step)}, {_FORMAT}, sample_size = -1{declared})"


def is_failed_guess(error: EngineError) -> bool:
    """Whether DuckDB found no way to read the file as csv; it does not say at which line, `as_text` does."""
    return error.message.startswith("error when sniffing")


def as_text(step: LoadSeed) -> str:
    """A SELECT that reads every value as text, without guessing: it fails at the line that is not csv."""
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name, _ in step.columns)
    return f"select count(columns(*)) from read_csv({_path(step)}, {_FORMAT}, auto_detect = false, columns = {{{columns}}})"


def _path(step: LoadSeed) -> str:
    return literal(step.path.translate(_GLOB))
