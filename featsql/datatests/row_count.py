"""`row_count`."""

from __future__ import annotations

from typing import Any

from featsql.datatests.base import Argument, Check, Finding, Kind, Subject


def _check(subject: Subject, number: int) -> Check:
    low, high = subject.argument("min"), subject.argument("max")

    def judge(measured: tuple[Any, ...]) -> Finding:
        rows = int(measured[0])
        if low is not None and rows < low:
            return Finding(1, f"{rows:,} rows, and at least {low:,} are wanted")
        if high is not None and rows > high:
            return Finding(1, f"{rows:,} rows, and at most {high:,} are wanted")
        return Finding(0)

    return Check((subject.rows(),), judge)


ROW_COUNT = Kind(
    "row_count",
    "the relation has so many rows",
    "relation",
    _check,
    (Argument("min", "number", "the least number of rows"), Argument("max", "number", "the greatest")),
)
