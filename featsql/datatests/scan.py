"""Tests of one relation as one SELECT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from featsql.datatests import GENERATED, KINDS
from featsql.datatests.base import TESTED, Check, Subject

SHOWN: Final = 5
"""Failing rows that a result shows."""
TOTAL: Final = "featsql_total"


@dataclass(frozen=True, slots=True)
class Scan:
    """One pass over a relation: `sql` gives one row; each check finds its measures in it by position."""

    sql: str
    checks: tuple[Check, ...]

    def measures(self, row: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """The measures of each check, in order."""
        at = 0
        for check in self.checks:
            yield tuple(row[at : at + len(check.measures)])
            at += len(check.measures)


def check_of(subject: Subject, number: int = 0) -> Check:
    kind = KINDS.get(subject.test.kind) or GENERATED[subject.test.kind]
    return kind.compile(subject, number)


def scan(subjects: Sequence[Subject], evaluated: Sequence[str] = ()) -> Scan:
    """All tests in one SELECT. `evaluated`: (quoted) columns that are to be computed whole, whether or not a test wants them."""
    checks = tuple(check_of(subject, number) for number, subject in enumerate(subjects))
    measures = [m for check in checks for m in check.measures] + [f"count(tested.{column})" for column in evaluated]
    listed = ",\n".join(f"    {measure} as m{i}" for i, measure in enumerate(measures or ["count(*)"]))
    joins = (join for check in checks for join in check.joins)
    return Scan("\n".join((f"select\n{listed}", f"from {TESTED} as tested", *joins)), checks)


def shown(failing: str) -> str:
    """Some of the failing rows, each with the number of all of them in the column `TOTAL`."""
    return f"select failing.*, count(*) over () as {TOTAL}\nfrom (\n{failing}\n) as failing\nlimit {SHOWN}"
