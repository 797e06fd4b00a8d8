"""A project of one feature view over rows that stand in its SQL, and what `why` says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from featsql import Project
from featsql.ir.why import Why, WhyPart

VIEW = """/*---
kind: feature_view
entity: thing
timestamp: moment
{header}
---*/
select k, moment,
    {feature} as f
from (
    select {typed}
    from (values
        {rows}
    ) as written({columns})
) as t
"""


def write(
    folder: Path, *, feature: str, rows: str, header: str = "", columns: str = "k, moment, x", keys: str = "k", x: str = "bigint"
) -> Project:
    """The project; a line of `rows` is a tuple, times in quotes are timestamps."""
    types = {"moment": "timestamp", "known": "timestamp", "x": x}
    typed = ", ".join(f"cast({c} as {types[c]}) as {c}" if c in types else c for c in columns.split(", "))
    lines = ",\n        ".join(rows.split("\n"))
    sql = VIEW.format(header=header, feature=feature, rows=lines, columns=columns, typed=typed)
    files = {
        "featsql.yml": "name: why\nprofile: why\ndialect: duckdb\n",
        "profiles.yml": "why:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: why.duckdb}\n",
        "models/entities.yml": f"entities:\n  - {{name: thing, keys: [{keys}]}}\n",
        "models/v.sql": sql,
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return Project(folder)


def ask(folder: Path, at: str, key: Any = 1, limit: int = 20, **view: str) -> Why:
    return write(folder, **view).why("v.f", key, at, limit=limit)


def reasons(part: WhyPart, column: str = "x") -> dict[Any, str]:
    """What each row is, by the value that tells rows apart; latest first."""
    return dict(zip(part.rows.column(column).to_pylist(), part.rows.column("reason").to_pylist(), strict=True))
