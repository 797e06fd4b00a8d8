"""`accepted_values`."""

from __future__ import annotations

from featsql.datatests.base import Argument, Check, Kind, Subject, failing_rows, value


def _check(subject: Subject, number: int) -> Check:
    accepted = ", ".join(value(v) if subject.argument("quote") is not False else str(v) for v in subject.argument("values"))
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
