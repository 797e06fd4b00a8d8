"""Random cases: the rows that `why` says are in, aggregated by the oracle, give the value that a training set has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from featsql import Project
from featsql.ir.why import Why, WhyPart
from tests.oracle import aggregation, project, reference
from tests.oracle.aggregation import Value
from tests.oracle.cases import Case
from tests.oracle.compare import is_same
from tests.oracle.dice import Dice
from tests.oracle.draw import draw_case
from tests.oracle.lattice import CASES_PER_PROJECT
from tests.oracle.project import Surroundings, timestamp_text
from tests.oracle.reference import Call, Expression, Literal, Moment, Over, Row

SEED = 20
PROJECTS = 4


@pytest.mark.parametrize("number", range(PROJECTS))
def test_the_rows_that_are_in_make_the_value(number: int, tmp_path: Path) -> None:
    first = number * CASES_PER_PROJECT
    cases = [draw_case(SEED, index) for index in range(first, first + CASES_PER_PROJECT)]
    project.write_project(cases, tmp_path, Surroundings())
    built = Project(tmp_path)
    assert built.run(select=["kind:model"], allow_empty=True).ok
    asked = [_check(case, built, Dice(f"why {case.index} {question}")) for case in cases for question in range(2)]
    assert asked.count(True) > CASES_PER_PROJECT, "most cases have rows to ask about"


def _check(case: Case, built: Project, dice: Dice) -> bool:
    """Ask for one feature of one entity at one time."""
    view, rows = case.view, case.body_rows()
    keys = [key for row in rows if None not in (key := reference.key_of(view, row))]
    if not keys:
        return False
    key = dice.pick(*keys)
    times = [row[case.spine_time] for row in case.spine.seen()]
    at = dice.pick(case.as_of_time, *(time for time in times if time is not None))
    name, expression = dice.pick(*view.features)
    named = {case.output(column): value for column, value in zip(view.keys, key, strict=True)}
    why = built.why(f"{case.view_name('auto')}.{name}", named or None, timestamp_text(at), limit=10_000)
    found = plain(why.answer.column(why.column))[0]
    story = f"seed {SEED}, case {case.index}, {name} for {named} at {timestamp_text(at)}: {why.sql} is {found}"
    assert is_same(reference.features(view, rows, key, at)[name], found), story
    assert is_same(recomputed(expression, case, dict(zip(view.keys, key, strict=True)), why), found), story
    assert all(sum(part.counts.values()) == part.rows.num_rows == why.rows for part in why.parts), story
    return True


def recomputed(expression: Expression, case: Case, key: Row, why: Why) -> Value:
    """The feature, from nothing but the rows that `why` says are in."""
    latest = next((part for part in why.parts if part.window is None), None)
    row = next(rows_in(latest, case, key), None) if latest else None
    overs = [part for part in reference.walk(expression) if isinstance(part, Over)]
    if not overs and row is None:
        return None
    same_rows = dict.fromkeys((over.window, over.condition) for over in overs)
    parts = dict(zip(same_rows, (part for part in why.parts if part.window is not None), strict=True))

    def value_of(over: Over) -> Value:
        inside = [Moment(case.view, r, why.as_of_us, ()) for r in rows_in(parts[over.window, over.condition], case, key)]
        inputs = [tuple(reference.evaluate(argument, moment) for argument in over.arguments) for moment in inside]
        return aggregation.aggregate(over.function, inputs, over.distinct, over.fraction)

    return reference.evaluate(filled(expression, value_of), Moment(case.view, row, why.as_of_us, ()))


def filled(expression: Expression, value_of: Callable[[Over], Value]) -> Expression:
    """The expression with values in place of its windows."""
    match expression:
        case Over():
            return Literal(value_of(expression))
        case Call(name, arguments):
            return Call(name, tuple(filled(argument, value_of) for argument in arguments))
    return expression


class _Shown(dict[str, Value]):
    """A row as `why` shows it: without the columns that the feature does not mention, and names in any case."""

    def __missing__(self, name: str) -> Value:
        return self[name.lower()] if name != name.lower() else None


def rows_in(part: WhyPart, case: Case, key: Row) -> Iterator[Row]:
    """The rows that make the value, in the order R14."""
    names = [name.lower() for name in part.rows.column_names]
    for row in reversed(list(zip(*(plain(column) for column in part.rows.columns), strict=True))):
        shown = _Shown(zip(names, row, strict=True))
        if shown["reason"] == "in":
            yield _Shown({**{k.lower(): v for k, v in key.items()}, **shown, case.view.timestamp.lower(): shown["event_time"]})


def plain(column: pa.ChunkedArray | pa.Array) -> list[Value]:
    """Values as the oracle speaks of them: times are microseconds."""
    kind = column.type
    if pa.types.is_list(kind):
        flat = iter(plain(pa.array([v for values in column.to_pylist() for v in values or ()], kind.value_type)))
        return [None if values is None else [next(flat) for _ in values] for values in column.to_pylist()]
    if pa.types.is_date(kind):
        column, kind = column.cast(pa.timestamp("us")), pa.timestamp("us")
    if pa.types.is_timestamp(kind):
        whole = column.cast(pa.int64()).to_pylist()
        return [None if v is None else v // 1000 if kind.unit == "ns" else v for v in whole]
    return list(column.to_pylist())
