"""Where a run's relations stand until they are published: beside their final place, under a reserved name of the run's own."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from featsql.ir.graph import TableName

_ASIDE: Final = re.compile(r"_featsql_([0-9a-f]{8,})__", re.IGNORECASE)
RUNS: Final = "_featsql_runs"
"""The table that knows each run: who does it, whether it lives, and what it publishes."""


def aside(table: TableName, run_id: str) -> TableName:
    """The name of `table` while run `run_id` goes on.

    >>> str(aside(TableName("public", "churn"), "1f3a9c2e"))
    'public._featsql_1f3a9c2e__churn'
    """
    return replace(table, name=f"_featsql_{run_id}__{table.name}")


def run_of(name: str) -> str | None:
    """The run that a relation of that name belongs to."""
    found = _ASIDE.match(name)
    return found[1].lower() if found else None


def without_aside(text: str) -> str:
    """`text` with final names for names of a run."""
    return _ASIDE.sub("", text)
