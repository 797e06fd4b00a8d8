"""`not_null`."""

from __future__ import annotations

from featsql.datatests.base import Check, Kind, Subject, failing_rows


def _check(subject: Subject, number: int) -> Check:
    return failing_rows(subject, f"tested.{subject.column} is null")


NOT_NULL = Kind("not_null", "no row has NULL in the column", "column", _check)
