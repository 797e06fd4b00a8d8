"""`accepted_values`."""

from __future__ import annotations

from featsql.datatests.base import Argument, Check, Kind, Subject, failing_rows, value


def _check(subject: Subject, number: int) -> Check:
    is_sql = subject.argument("quote") is False
    accepted = ", ".join(str(v) if is_sql else value(v, subject.dialect) for v in subject.argument("values"))
    return failing_rows(subject, f"tested.{subject.column} not in ({accepted})")


ACCEPTED_VALUES = Kind(
    "accepted_values",
    "each value is one of a list; NULL is no value",
    "column",
    _check,
    (
        Argument("values", "values", "the list", is_required=True),
        Argument("quote", "flag", "`false`: the values are SQL, not text"),
    ),
    primary="values",
)
