"""The oracle's aggregates against DuckDB's own, over small lists with the awkward values among them."""

from __future__ import annotations

import math
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .aggregation import Value, aggregate
from .cases import Table
from .compare import is_same
from .dice import Dice
from .draw import EXACT_DOUBLES, VALUES
from .project import arrow_table

CONNECTION = duckdb.connect()
NUMBERS = ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL(10,2)")
OF_NUMBERS = ("sum", "avg", "median", "var_samp", "var_pop", "stddev_samp", "stddev_pop")
OF_ANYTHING = ("count", "min", "max", "first", "last", "array_agg")


def duckdb_value(expression: str, kind: str, values: list[Value]) -> Value:
    table = Table((("place", "INTEGER"), ("x", kind)), tuple(enumerate(values)))
    CONNECTION.register("contents", arrow_table(table))
    rows = CONNECTION.execute(f"select {expression} from (select * from contents order by place)").fetchall()
    return rows[0][0]


def lists_of(kind: str) -> st.SearchStrategy[list[Value]]:
    choices = VALUES[kind] + (EXACT_DOUBLES if kind == "DOUBLE" else ())
    return st.lists(st.sampled_from(choices), min_size=1, max_size=9)


def columns(*kinds: str) -> st.SearchStrategy[tuple[str, list[Value]]]:
    return st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind), lists_of(kind)))


def has_only_finite(values: list[Value]) -> bool:
    return all(value is None or math.isfinite(value) for value in values)


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("function", OF_NUMBERS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*NUMBERS))
def test_of_numbers(function: str, distinct: bool, column: tuple[str, list[Value]]) -> None:
    kind, values = column
    if function.startswith(("var", "stddev")) and not has_only_finite(values):
        assert_spread_of_infinities_is_nan(function, values)
        return
    expected = aggregate(function, [(value,) for value in values], distinct)
    assert is_same(expected, duckdb_value(f"{function}({'distinct ' * distinct}x)", kind, values))


def assert_spread_of_infinities_is_nan(function: str, values: list[Value]) -> None:
    """Of two or more values: NaN. A value alone has the spread 0, in DuckDB too, even if it is NaN."""
    spread = aggregate(function, [(value,) for value in values])
    is_alone = sum(value is not None for value in values) == 1
    assert spread is None or (spread.value == 0 if is_alone else math.isnan(spread.value))


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*NUMBERS))
def test_quantiles(fraction: float, column: tuple[str, list[Value]]) -> None:
    kind, values = column
    expected = aggregate("quantile_cont", [(value,) for value in values], fraction=fraction)
    assert is_same(expected, duckdb_value(f"quantile_cont(x, {fraction})", kind, values))


@pytest.mark.parametrize("function", OF_ANYTHING)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*VALUES))
def test_of_anything(function: str, column: tuple[str, list[Value]]) -> None:
    kind, values = column
    expected = aggregate(function, [(value,) for value in values])
    assert is_same(expected, duckdb_value(f"{function}(x)", kind, values))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*VALUES))
def test_count_distinct(column: tuple[str, list[Value]]) -> None:
    kind, values = column
    inputs = [(value,) for value in values]
    assert aggregate("count", inputs, distinct=True) == duckdb_value("count(distinct x)", kind, values)
    sketch = duckdb_value("approx_count_distinct(x)", kind, values)
    assert is_same(aggregate("approx_count_distinct", inputs), sketch)


@pytest.mark.parametrize("function", ["bool_and", "bool_or", "sum"])
@settings(max_examples=30, deadline=None, derandomize=True)
@given(values=lists_of("BOOLEAN"))
def test_of_booleans(function: str, values: list[Value]) -> None:
    expected = aggregate(function, [(value,) for value in values])
    assert is_same(expected, duckdb_value(f"{function}(x)", "BOOLEAN", values))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*VALUES))
def test_mode_is_the_smallest_of_the_most_frequent(column: tuple[str, list[Value]]) -> None:
    kind, values = column
    smallest = """(select x from contents where x is not null group by x order by count(*) desc, x limit 1)"""
    assert is_same(aggregate("mode", [(value,) for value in values]), duckdb_value(f"any_value({smallest})", kind, values))


@pytest.mark.parametrize(("function", "direction"), [("arg_max", "desc"), ("arg_min", "asc")])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(column=columns(*VALUES), seed=st.integers(0, 99))
def test_extremes_take_the_latest_of_equals(function: str, direction: str, column: tuple[str, list[Value]], seed: int) -> None:
    kind, values = column
    dice = Dice(str(seed))
    inputs = [(dice.pick(*VALUES["VARCHAR"]), value) for value in values]
    best = f"select place from contents where x is not null order by x {direction}, place desc limit 1"
    place = duckdb_value(f"any_value(({best}))", kind, values)
    assert aggregate(function, inputs) == (None if place is None else inputs[place][0])


def test_sketches_of_many_values_are_accepted() -> None:
    for size in (50, 500):
        values = [Decimal(number).scaleb(-2) for number in range(size)]
        sketch = duckdb_value("approx_count_distinct(x)", "DECIMAL(10,2)", list(values))
        assert is_same(aggregate("approx_count_distinct", [(value,) for value in values]), sketch)
