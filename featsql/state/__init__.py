"""What a target remembers of runs, in its own schema `_featsql`: tables that anyone can read, written only by runs.

This package is text and rows; `featsql/run/ledger.py` reads and writes them.
"""

from featsql.state.schema import MIGRATIONS, SCHEMA, TABLES, VERSION, columns_of, table
from featsql.state.writing import Value, delete, insert, migrate, named

__all__ = [
    "MIGRATIONS",
    "SCHEMA",
    "TABLES",
    "VERSION",
    "Value",
    "columns_of",
    "delete",
    "insert",
    "migrate",
    "named",
    "table",
]
