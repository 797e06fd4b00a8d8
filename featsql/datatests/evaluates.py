"""`evaluates`: in a build, every view is computed whole before it is published: a view is made without reading a row."""

from __future__ import annotations

from featsql.datatests.base import Check, Finding, Kind, Subject


def _check(subject: Subject, number: int) -> Check:
    """`columns`: all of the view's, where they are known. To count a column's values is to compute them."""
    columns = subject.argument("columns")
    whole = "count(hash(tested))" if subject.dialect.name == "duckdb" else "count(*)"
    measures = tuple(f"count(tested.{subject.dialect.quote(column)})" for column in columns) or (whole,)
    return Check(measures, lambda _: Finding(0))


EVALUATES = Kind("evaluates", "a view can be computed, in all of its columns", "relation", _check)
