"""`range`."""

from __future__ import annotations

from featsql.datatests.base import Argument, Check, Kind, Subject, failing_rows, value


def _check(subject: Subject, number: int) -> Check:
    column, is_open = f"tested.{subject.column}", subject.argument("inclusive") is False
    low, high = subject.argument("min"), subject.argument("max")
    outside = [f"{column} {'<=' if is_open else '<'} {value(low, subject.dialect)}"] if low is not None else []
    outside += [f"{column} {'>=' if is_open else '>'} {value(high, subject.dialect)}"] if high is not None else []
    return failing_rows(subject, " or ".join(outside) or "false")


RANGE = Kind(
    "range",
    "each value lies between two bounds; NULL is no value",
    "column",
    _check,
    (
        Argument("min", "bound", "the least value: a number, or a date or time in quotes"),
        Argument("max", "bound", "the greatest value"),
        Argument("inclusive", "flag", "`false`: the bounds themselves are outside"),
    ),
)
