"""`unique`."""

from __future__ import annotations

from featsql.datatests.base import TESTED, Check, Kind, Subject, counted_roughly


def _check(subject: Subject, number: int) -> Check:
    column = f"tested.{subject.column}"
    value = subject.kept(column)
    twice = f"count({value}) - count(distinct {value})"
    failing = (
        f"select {column}, count(*) as row_count\nfrom {TESTED} as tested\nwhere {subject.where(f'{column} is not null')}\n"
        f"group by {column}\nhaving count(*) > 1"
    )
    return Check((twice,), counted_roughly, failing)


UNIQUE = Kind("unique", "no two rows have the same value; NULLs are not compared", "column", _check)
