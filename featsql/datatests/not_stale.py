"""`not_stale`."""

from __future__ import annotations

from typing import Any

from featsql.base.lengths import length
from featsql.datatests.base import TESTED, Argument, Check, Finding, Kind, Subject


def _check(subject: Subject, number: int) -> Check:
    by = subject.argument("by")
    time = subject.dialect.quote(by) if by else subject.timestamp
    assert time, "collected with a time column only"
    within, column = subject.argument("within"), f"tested.{subject.column}"
    us = subject.dialect.epoch_us(time, subject.types.get(time.strip('"').lower()))
    tested_us = subject.dialect.epoch_us(f"tested.{time}", subject.types.get(time.strip('"').lower()))
    newest = subject.dialect.quote(f"featsql_newest_{number}")
    join = f"cross join (select max({us}) as {newest} from {TESTED}) as newest_{number}"
    recent = f"{tested_us} > {newest} - {within}"

    def judge(measured: tuple[Any, ...]) -> Finding:
        different, rows = int(measured[0]), int(measured[1])
        if rows > 1 and different < 2:
            said = "is always the same" if different else "is always NULL"
            return Finding(1, f"the value {said} in the {rows:,} rows of the last {length(within)}")
        return Finding(0)

    measures = (f"count(distinct {subject.kept(column, recent)})", subject.rows(recent))
    return Check(measures, judge, joins=(join,))


NOT_STALE = Kind(
    "not_stale",
    "the value still changes: it is not the same in all of the latest rows",
    "column",
    _check,
    (
        Argument("within", "length", "which rows: those not older than this, counted back from the latest one", is_required=True),
        Argument("by", "column", "the column with their time; default: the model's own timestamp"),
    ),
    primary="within",
)
