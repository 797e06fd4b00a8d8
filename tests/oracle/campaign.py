"""Many random cases against the oracle: projects of them, run, read back, compared; what differs is made small."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import project, render
from .aggregation import Value
from .cases import NANOSECONDS, Case, Table, expected_relations
from .compare import differences
from .dice import Dice
from .draw import draw_case
from .lattice import CASES_PER_PROJECT
from .project import Outcome, Surroundings, timestamp_text
from .shrink import shrink

DEFAULT_CASES = int(os.environ.get("FEATSQL_ORACLE_CASES", "2000"))
DEFAULT_SEED = int(os.environ.get("FEATSQL_ORACLE_SEED", "1"))
MACHINE_ZONES = ("UTC", "America/New_York", "Asia/Kolkata")
SHRUNK_CASES = 2


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A relation that is not what the oracle says, or is not there at all; `kind` tells one trouble from another."""

    case: Case
    relation: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """What came of the cases of one project; a difference is a case of which something is wrong."""

    seed: int
    cases: int
    relations: int
    differences: int
    text: str


def check_project(seed: int, number: int, cases: int = CASES_PER_PROJECT) -> ProjectReport:
    """Run the first `cases` cases of the project with that number; tell of those that go wrong."""
    first = number * CASES_PER_PROJECT
    return check_cases(seed, [draw_case(seed, index) for index in range(first, first + cases)])


def check_cases(seed: int, cases: list[Case]) -> ProjectReport:
    mismatches = find_mismatches(cases)
    wrong = {mismatch.case.index: mismatch for mismatch in reversed(mismatches)}
    texts = [_story(mismatch, is_shrunk=place < SHRUNK_CASES) for place, mismatch in enumerate(wrong.values())]
    relations = sum(len(expected_relations(case)) for case in cases)
    return ProjectReport(seed, len(cases), relations, len(wrong), "\n\n".join(texts))


def find_mismatches(cases: list[Case]) -> list[Mismatch]:
    """What goes wrong when the cases share a project; when it is refused as a whole, when each has one of its own."""
    outcome = _run(cases)
    if "" in outcome.errors and len(cases) > 1:
        return [mismatch for case in cases for mismatch in find_mismatches([case])]
    return [mismatch for case in cases for mismatch in _case_mismatches(case, outcome)]


def _run(cases: list[Case]) -> Outcome:
    dice = Dice(f"{cases[0].seed}+{cases[0].index // CASES_PER_PROJECT}")
    surroundings = Surroundings(threads=dice.number(1, 4), timezone=dice.pick(*MACHINE_ZONES))
    with tempfile.TemporaryDirectory(prefix="featsql-oracle-") as folder:
        return project.run(cases, Path(folder), surroundings)


def _case_mismatches(case: Case, outcome: Outcome) -> list[Mismatch]:
    mismatches = []
    for name, expected in expected_relations(case).items():
        found = outcome.relations.get(name)
        if found is None:
            mismatches.append(_missing(case, name, outcome))
        elif wrong := differences(expected, found):
            mismatches.append(Mismatch(case, name, "\n".join(wrong), "different"))
    return mismatches


def _missing(case: Case, name: str, outcome: Outcome) -> Mismatch:
    model = name.removesuffix("__online")
    error = outcome.errors.get(model) or outcome.errors.get("") or "\n".join(outcome.errors.values())
    code = re.search(r"FS\d{3}", error)
    return Mismatch(case, name, f"`{name}` is not there: {error}", code.group() if code else "missing")


# --- the story of a mismatch


def _story(mismatch: Mismatch, is_shrunk: bool) -> str:
    """What differs; for the first few, the smallest case in which it does; and how to see it again."""
    case = mismatch.case
    lines = [f"=== seed {case.seed}, case {case.index}: `{mismatch.relation}`", mismatch.text]
    if is_shrunk:
        lines += ["--- the smallest case found that goes wrong in this way", _smallest_story(mismatch)]
    return "\n".join([*lines, f"--- again: python -m tests.oracle --seed {case.seed} --case {case.index}"])


def _smallest_story(mismatch: Mismatch) -> str:
    def goes_wrong(smaller: Case) -> bool:
        return any(found.kind == mismatch.kind for found in find_mismatches([smaller]))

    smallest = shrink(mismatch.case, goes_wrong)
    mismatches = find_mismatches([smallest])
    told = "\n".join(f"`{found.relation}`: {found.text}" for found in mismatches)
    return f"{told or 'it went right when asked again'}\n{_files(smallest)}"


def _files(case: Case) -> str:
    files = render.project_files([case])
    parts = [f"-- {path}\n{text.rstrip()}" for path, text in files.items() if path.endswith(".sql")]
    parts += [table_sql(name, table) for name, table in render.tables_of(case)]
    return "\n".join([*parts, f"-- as of {timestamp_text(case.as_of_time)}, sources as {case.storage}"])


def table_sql(name: str, table: Table) -> str:
    """The table as a statement that makes it."""
    columns = ", ".join(f"{render.identifier(field)} {kind}" for field, kind in table.fields)
    rows = [
        "(" + ", ".join(_literal(value, kind) for value, (_, kind) in zip(row, table.fields, strict=True)) + ")"
        for row in table.rows
    ]
    insert = f"\ninsert into {name} values\n  " + ",\n  ".join(rows) + ";" if rows else ""
    return f"create table {name} ({columns});{insert}"


def _literal(value: Value, kind: str) -> str:
    if value is None:
        return "null"
    if kind in NANOSECONDS:
        return f"'{timestamp_text(value // 1000)}{value % 1000:03}'"
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"'{timestamp_text(value)}{'+00' if kind.endswith('ZONE') else ''}'"
    return f"'{value}'" if isinstance(value, float) else render.sql_literal(value)


# --- sums


def project_numbers(cases: int) -> list[tuple[int, int]]:
    """The projects that hold so many cases: their numbers, and how many cases each."""
    whole, rest = divmod(cases, CASES_PER_PROJECT)
    return [(number, CASES_PER_PROJECT) for number in range(whole)] + ([(whole, rest)] if rest else [])


def summary(seed: int, reports: Iterable[tuple[int, int]]) -> str:
    """The line that a run ends with, from (cases, differences) of its projects."""
    counts = list(reports)
    cases, wrong = sum(cases for cases, _ in counts), sum(wrong for _, wrong in counts)
    return f"oracle: {cases:,} random cases, seed {seed}, {wrong:,} differences"
