"""The comparison and the search for small cases can both fail a relation, and pass one."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from .aggregation import Approximate, Estimate, Value
from .campaign import project_numbers, summary
from .cases import ANY_TIME, Case, Relation
from .compare import differences, is_same
from .draw import draw_case
from .reference import Over, walk
from .shrink import shrink

FIELDS = (("k", "VARCHAR"), ("x", "DOUBLE"))


def relation(*rows: tuple[Value, ...], fields: tuple[tuple[str, str], ...] = FIELDS) -> Relation:
    return Relation(fields, rows, identity=1)


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (None, None, True),
        (None, math.nan, False),
        (0, None, False),
        (math.nan, math.nan, True),
        (math.nan, None, False),
        (math.inf, -math.inf, False),
        (1.0, 1.0 + 2**-52, False),
        (Approximate(1.0, 2**-52), 1.0 + 2**-52, True),
        (Approximate(1.0, 2**-52), 1.0 + 2**-51, False),
        (Approximate(1.0, 9.9), None, False),
        (Approximate(math.nan, 0.0), math.nan, True),
        (Approximate(math.nan, 0.0), 1.0, False),
        (Approximate(math.inf, 0.0), math.inf, True),
        (Approximate(math.inf, 0.0), math.nan, False),
        (Approximate(1.0, 0.5), math.inf, False),
        (Approximate(Decimal("1.015"), Decimal("0.01")), Decimal("1.02"), True),
        (Approximate(Decimal("1.015"), Decimal("0.01")), Decimal("1.03"), False),
        (Estimate(3), 4, True),
        (Estimate(3), 5, False),
        ([1, None], [1, None], True),
        ([1, None], [None, 1], False),
        ([1], [1, 1], False),
        (2**53 + 1, float(2**53), True),
        (2**53 + 1, 2**53, False),
    ],
)
def test_is_same(expected: Value, found: Value, same: bool) -> None:
    assert is_same(expected, found) is same


def test_rows_count_as_often_as_they_are_there_and_in_any_order() -> None:
    expected = relation(("a", 1.0), ("a", 1.0), ("b", None))
    assert differences(expected, relation(("b", None), ("a", 1.0), ("a", 1.0))) == []
    assert differences(expected, relation(("a", 1.0), ("b", None))) == [
        "3 rows expected, 2 found",
        "row missing: k='a', x=1.0",
    ]
    assert differences(expected, relation(("a", 1.0), ("a", 2.0), ("b", None))) == [
        "row expected: k='a', x=1.0\n  `x`: 1.0 expected, 2.0 found"
    ]
    assert differences(relation(("a", 1.0)), relation(("a", 1.0), ("c", 1.0))) == [
        "1 rows expected, 2 found",
        "row not expected: k='c', x=1.0",
    ]


def test_rows_of_one_identity_are_paired_the_best_way() -> None:
    expected = relation(("a", Approximate(1.0, 0.6)), ("a", Approximate(1.5, 0.1)))
    assert differences(expected, relation(("a", 1.5), ("a", 0.9))) == []


def test_names_and_types_of_columns_count() -> None:
    rows = (("a", 1.0),)
    other_case = relation(*rows, fields=(("K", "VARCHAR"), ("x", "DOUBLE")))
    assert differences(relation(*rows), other_case) == []
    assert differences(relation(*rows), relation(*rows, fields=(("k", "VARCHAR"), ("X", "DOUBLE")))) != []
    assert differences(relation(*rows), relation(*rows, fields=(("k", "VARCHAR"), ("x", "FLOAT")))) == [
        "column `x` is FLOAT, DOUBLE expected"
    ]


def test_times_are_compared_in_the_same_units() -> None:
    expected = Relation((("t", ANY_TIME),), ((5,),), identity=1)
    assert differences(expected, Relation((("t", "TIMESTAMP_NS"),), ((5_700,),), identity=0)) == []
    assert differences(expected, Relation((("t", "TIMESTAMP_NS"),), ((6_700,),), identity=0)) != []
    assert differences(expected, Relation((("t", "VARCHAR"),), ((5,),), identity=0)) != []


def test_shrinking_keeps_what_goes_wrong_and_little_else() -> None:
    def sums_something(case: Case) -> bool:
        parts = [part for _, whole in case.view.features for part in walk(whole)]
        return bool(case.source.rows) and any(isinstance(part, Over) and part.function == "sum" for part in parts)

    large = next(case for case in (draw_case(3, index) for index in range(99)) if sums_something(case))
    small = shrink(large, sums_something)
    assert sums_something(small)
    assert (len(small.source.rows), len(small.spine.rows), len(small.strategies)) == (1, 0, 1)
    assert len(small.view.features) == 1
    assert small.view.ttl_us is None and small.body.condition is None


def test_sums_of_a_campaign() -> None:
    assert project_numbers(60) == [(0, 25), (1, 25), (2, 10)]
    assert summary(5, [(1_500, 0), (500, 1)]) == "oracle: 2,000 random cases, seed 5, 1 differences"
