"""The random cases themselves: they repeat, they reach every corner, their SQL means what the oracle takes it to."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import duckdb
import pytest

from . import reference, render
from .aggregation import ORDERED, UNORDERED, Value, rank
from .cases import DATE, NANOSECONDS, TIMESTAMP, TIMESTAMPTZ, Case, expected_relations, type_of
from .compare import is_same
from .dice import Dice
from .draw import SHAPES, draw_case
from .project import arrow_table, read_relation, timestamp_text
from .reference import Column, Expression, Lifetime, Over

SEED = 7
CASES = [draw_case(SEED, index) for index in range(400)]
BOUND_TO_THE_ORDER = {*ORDERED, "mode", "approx_count_distinct"}


def test_a_case_is_a_function_of_seed_and_number() -> None:
    assert repr(draw_case(SEED, 11)) == repr(CASES[11])
    assert repr(draw_case(SEED + 1, 11)) != repr(CASES[11])


def test_every_corner_is_reached() -> None:
    overs = [part for case in CASES for _, whole in case.view.features for part in reference.walk(whole)]
    functions = {part.function for part in overs if isinstance(part, Over)}
    assert functions >= {*UNORDERED, *ORDERED, "count", "median", "quantile_cont", "approx_count_distinct"}
    windows = {type(window) for case in CASES for _, window in case.view.windows}
    assert windows == {reference.Range, reference.Latest, Lifetime, reference.Calendar}
    assert {case.view.closed for case in CASES} == {"left", "right", "both", "neither"}
    assert {case.body.shape for case in CASES} == set(SHAPES)
    kinds = {dict(case.source.fields)[case.view.timestamp] for case in CASES}
    assert kinds == {DATE, TIMESTAMP, TIMESTAMPTZ, *NANOSECONDS}
    assert {len(case.view.keys) for case in CASES} == {0, 1, 2}
    assert {case.storage for case in CASES} == {"table", "parquet"}


def test_most_spine_rows_see_something() -> None:
    seen: Counter[bool] = Counter()
    for case in CASES:
        rows = case.body_rows()
        bindings = dict(case.trainings[0].entries[0].on)
        for asked in case.spine.seen():
            key = tuple(asked[bindings.get(case.output(name), case.output(name))] for name in case.view.keys)
            seen[bool(reference.visible_rows(case.view, rows, key, asked[case.spine_time]))] += 1
    assert seen[True] > seen[False] > seen[True] // 10


@pytest.mark.parametrize("index", range(0, 400, 4))
def test_r28_the_order_of_rows_changes_nothing(index: int) -> None:
    case = CASES[index]
    shuffled = replace(case.source, rows=Dice("any").shuffled(case.source.rows))
    other = expected_relations(replace(case, source=shuffled))
    for name, relation in expected_relations(case).items():
        assert sorted(map(repr, relation.rows)) == sorted(map(repr, other[name].rows))


# --- the SQL of a case, as far as DuckDB alone can say


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    return connection


def create_tables(connection: duckdb.DuckDBPyConnection, case: Case) -> None:
    for name, table in render.tables_of(case):
        connection.register("contents", arrow_table(table))
        connection.execute(f"create or replace temp table {name} as select * from contents")


def without_templates(case: Case, text: str) -> str:
    text = re.sub(r"\{\{ source\('\w+', '(\w+)'\) \}\}", r"\1", text)
    return re.sub(r"\{\{ ref\('\w+'\) \}\}", render.table_name(case, "rows"), text)


def duckdb_rows(connection: duckdb.DuckDBPyConnection, case: Case, projections: list[str]) -> list[tuple[Value, ...]]:
    query = without_templates(case, render.body_sql(case, projections))
    connection.execute(f"create or replace temp view answer as {query}")
    return list(read_relation(connection, "answer").rows)


def in_order(rows: list[tuple[Value, ...]]) -> list[tuple[Value, ...]]:
    return sorted(rows, key=lambda row: tuple(map(rank, row)))


@pytest.mark.parametrize("index", range(0, 400, 2))
def test_r1_the_rows_of_the_body(connection: duckdb.DuckDBPyConnection, index: int) -> None:
    case = CASES[index]
    create_tables(connection, case)
    names = [name for name, kind in case.body_fields() if kind not in NANOSECONDS]
    qualify = render.qualifier(case)
    found = duckdb_rows(connection, case, [f"{qualify(name)} as c{place}" for place, name in enumerate(names)])
    expected = [tuple(row[name] for name in names) for row in case.body_rows()]
    assert all(map(is_same_row, in_order(expected), in_order(found))) and len(expected) == len(found)


def is_same_row(expected: tuple[Value, ...], found: tuple[Value, ...]) -> bool:
    return len(expected) == len(found) and all(map(is_same, expected, found))


@pytest.mark.parametrize("index", range(400))
def test_expressions_and_their_types(connection: duckdb.DuckDBPyConnection, index: int) -> None:
    """Features over all rows of the body at once, as plain aggregates; those without windows for every row."""
    case = CASES[index]
    create_tables(connection, case)
    for _, expression in case.view.features:
        parts = list(reference.walk(expression))
        overs = [part for part in parts if isinstance(part, Over)]
        if not overs:
            check_on_every_row(connection, case, expression)
        elif not any(map(is_left_out, overs)) and not has_plain_columns(expression):
            check_on_all_rows(connection, case, expression)


def is_left_out(over: Over) -> bool:
    """What depends on the order, and the spread of infinities, which DuckDB takes to be 0 where one stands alone."""
    return over.function in BOUND_TO_THE_ORDER or over.function.startswith(("var", "stddev"))


def has_plain_columns(expression: Expression) -> bool:
    if isinstance(expression, reference.Call):
        return any(map(has_plain_columns, expression.arguments))
    return isinstance(expression, Column)


def check_on_every_row(connection: duckdb.DuckDBPyConnection, case: Case, expression: Expression) -> None:
    found = duckdb_rows(connection, case, [in_duckdb(case, expression)])
    moments = [reference.Moment(case.view, row, case.as_of_time, ()) for row in case.body_rows()]
    expected = [(reference.evaluate(expression, moment),) for moment in moments]
    assert all(map(is_same_row, in_order(expected), in_order(found))) and len(expected) == len(found)
    assert_type(connection, case, expression)


def check_on_all_rows(connection: duckdb.DuckDBPyConnection, case: Case, expression: Expression) -> None:
    rows = case.body_rows()
    lifetime = replace(case.view, windows=tuple((name, Lifetime()) for name, _ in case.view.windows))
    moment = reference.Moment(lifetime, None, case.as_of_time, rows)
    assert [reference.evaluate(expression, moment)] == [Same(duckdb_rows(connection, case, [in_duckdb(case, expression)]))]
    assert_type(connection, case, expression)


class Same:
    """Compares as the oracle does, and prints what was found."""

    def __init__(self, rows: list[tuple[Value, ...]]) -> None:
        ((self.found,),) = rows

    def __eq__(self, expected: object) -> bool:
        return is_same(expected, self.found)

    def __repr__(self) -> str:
        return repr(self.found)


def in_duckdb(case: Case, expression: Expression) -> str:
    text = re.sub(r" over w\d", "", render.top_level(expression, render.qualifier(case)))
    return text.replace("as_of_time", f"timestamp '{timestamp_text(case.as_of_time)}'") + " as answer"


def assert_type(connection: duckdb.DuckDBPyConnection, case: Case, expression: Expression) -> None:
    """Sums of integers are HUGEINT in DuckDB and BIGINT here."""
    ((_, kind, *_),) = connection.execute("describe answer").fetchall()
    assert type_of(expression, dict(case.body_fields())) == kind.replace("HUGEINT", "BIGINT")
