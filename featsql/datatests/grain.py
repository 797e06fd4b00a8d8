"""`grain`: tested without being asked, of every feature view, online table and training set."""

from __future__ import annotations

from typing import Any

from featsql.datatests.base import TESTED, Check, Finding, Kind, Subject
from featsql.datatests.unique_combination import combination


def _check(subject: Subject, number: int) -> Check:
    """`keys` that are never NULL, and `unique` ones; or as many rows as `spine` has."""
    spine = subject.also.get("spine")
    if spine:
        return _as_many_as(spine)
    keys = tuple(subject.dialect.quote(c) for c in subject.argument("keys"))
    is_null = " or ".join(f"tested.{key} is null" for key in keys) or "false"
    nulls = subject.rows(is_null)
    if not subject.argument("unique"):
        failing = f"select tested.*\nfrom {TESTED} as tested\nwhere {is_null}"
        return Check((nulls,), lambda m: Finding(int(m[0]), "a key or the timestamp is NULL" if m[0] else ""), failing)
    if not keys:
        return Check(
            ("count(*)",), lambda m: Finding(max(0, int(m[0]) - 1), f"{m[0]} rows where one is wanted" if m[0] > 1 else "")
        )
    twice = combination(subject, keys)
    named = ", ".join(f"tested.{key}" for key in keys)
    counted = f"select tested.*, count(*) over (partition by {named}) as row_count\nfrom {TESTED} as tested"
    failing = f"select tested.*\nfrom (\n{counted}\n) as tested\nwhere row_count > 1 or {is_null}"

    def judge(measured: tuple[Any, ...]) -> Finding:
        empty, double = int(measured[0]), int(measured[1])
        said = [f"{empty} with a NULL key"] if empty else []
        said += [f"{double} more than there are keys"] if double else []
        return Finding(empty + double, f"rows: {', '.join(said)}" if said else "", is_exact=not double)

    return Check((nulls, *twice.measures), judge, failing)


def _as_many_as(spine: str) -> Check:
    def judge(measured: tuple[Any, ...]) -> Finding:
        rows, wanted = int(measured[0]), int(measured[1])
        message = f"{rows:,} rows, and the spine has {wanted:,}" if rows != wanted else ""
        return Finding(abs(rows - wanted), message, is_older=rows < wanted)

    return Check(("count(*)", f"(select count(*) from (\n{spine}\n) as spine)"), judge)


GRAIN = Kind(
    "grain",
    "one row an entity in an online table, no NULL in a key, a training set's rows those of its spine",
    "relation",
    _check,
)
