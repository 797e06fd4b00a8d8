"""`unique_combination`."""

from __future__ import annotations

from featsql.datatests.base import TESTED, Argument, Check, Kind, Subject, counted_roughly


def combination(subject: Subject, columns: tuple[str, ...]) -> Check:
    """No two rows have the same values in all of these (quoted) columns; NULL is a value here, equal to itself."""
    named = ", ".join(f"tested.{c}" for c in columns)
    failing = (
        f"select {named}, count(*) as row_count\nfrom {TESTED} as tested\nwhere {subject.where()}\n"
        f"group by {named}\nhaving count(*) > 1"
    )
    if len(columns) == 1:
        value = subject.kept(named)
        return Check((f"count({value}) - count(distinct {value})",), counted_roughly, failing)
    if subject.dialect.name == "duckdb":
        distinct = f"count(distinct {subject.kept(f'row({named})')})"
        return Check((f"{subject.rows()} - {distinct}",), counted_roughly, failing)
    # a count of distinct rows leaves out those with a NULL in most warehouses: the groups themselves are counted
    return Check((f"(select count(*) from (\n{failing}\n) as twice)",), counted_roughly, failing)


def _check(subject: Subject, number: int) -> Check:
    return combination(subject, tuple(subject.dialect.quote(c) for c in subject.argument("columns")))


UNIQUE_COMBINATION = Kind(
    "unique_combination",
    "no two rows agree in all of these columns",
    "relation",
    _check,
    (Argument("columns", "columns", "the columns", is_required=True),),
    primary="columns",
)
