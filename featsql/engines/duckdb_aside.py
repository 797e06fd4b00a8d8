"""Where a run's relations stand until they are published: beside their final place, under a reserved name.

DuckDB renames relations within a schema and cannot move them to another, so a schema of the run's own would mean to copy the
rows on publish.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from featsql.ir.graph import TableName

_ASIDE: Final = re.compile(r"_featsql_[0-9a-f]{8,}__")


def aside(table: TableName, run_id: str) -> TableName:
    """The name of `table` while run `run_id` goes on.

    >>> str(aside(TableName("main", "churn"), "1f3a9c2e"))
    'main._featsql_1f3a9c2e__churn'
    """
    return replace(table, name=f"_featsql_{run_id}__{table.name}")


def is_aside(name: str) -> bool:
    """Whether a relation of that name belongs to a run, and to nobody once the run is over."""
    return _ASIDE.match(name) is not None


def without_aside(text: str) -> str:
    """`text` with final names for names of a run."""
    return _ASIDE.sub("", text)
