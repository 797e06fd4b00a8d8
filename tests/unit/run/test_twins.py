"""One relation from two warehouses: which rows belong together, which values are the same."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from featsql.run.twins import Twins, compare_twins


def compared(one: pa.Table, other: pa.Table, *identity: str) -> Twins:
    return compare_twins(one, other, identity, ("dev", "prod"))


def test_rows_may_come_in_any_order_and_names_in_any_case() -> None:
    one = pa.table({"K": [1, 2], "x": ["a", None]})
    other = pa.table({"k": [2, 1], "X": [None, "a"]})
    twins = compared(one, other, "k")
    assert (twins.rows, twins.compared.values, twins.differing) == (2, 2, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([1], pa.int32()), pa.array([Decimal(1)], pa.decimal128(38, 0))),
        (pa.array([Decimal("1.50")]), pa.array([Decimal("1.5")])),
        (pa.array([1.5], pa.float32()), pa.array([1.5])),
        (pa.array([0.1 + 0.2]), pa.array([0.3])),
        (pa.array([float("nan")]), pa.array([float("nan")])),
        (pa.array([[1, None, 3]]), pa.array(["[\n  1,\n  null,\n  3\n]"])),
        (pa.array([datetime(2024, 1, 1)], pa.timestamp("ns")), pa.array([datetime(2024, 1, 1)], pa.timestamp("us"))),
    ],
)
def test_the_same_in_other_types(one: pa.Array, other: pa.Array) -> None:
    assert compared(pa.table({"k": [1], "x": one}), pa.table({"k": [1], "x": other}), "k").differing == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pa.array([1]), pa.array([2])),
        (pa.array([1]), pa.array([None], pa.int64())),
        (pa.array([0.3]), pa.array([0.3001])),
        (pa.array([float("nan")]), pa.array([None], pa.float64())),
        (pa.array(["a"]), pa.array(["A"])),
        (pa.array([1]), pa.array(["1"])),
        (pa.array([1]), pa.array([1.0])),
        (pa.array([datetime(2024, 1, 1)]), pa.array([datetime(2024, 1, 1, 0, 0, 0, 1)])),
        (pa.array([datetime(2024, 1, 1)], pa.timestamp("us")), pa.array([datetime(2024, 1, 1)], pa.timestamp("us", "UTC"))),
    ],
)
def test_not_the_same(one: pa.Array, other: pa.Array) -> None:
    assert compared(pa.table({"k": [1], "x": one}), pa.table({"k": [1], "x": other}), "k").differing == 1


def test_equal_rows_of_a_spine_are_paired_each_with_one() -> None:
    one = pa.table({"k": [1, 1, 1], "x": [5, 5, 5]})
    other = pa.table({"k": [1, 1], "x": [5, 6]})
    twins = compared(one, other, "k")
    assert (twins.compared.alone, twins.compared.columns) == (1, (("x", 1),))


def test_floating_point_numbers_of_a_spine_may_be_off_by_rounding() -> None:
    one = pa.table({"k": [1, 1], "price": [0.3, 7.0], "x": [1, 2]})
    other = pa.table({"k": [1, 1], "price": [7.0, 0.1 + 0.2], "x": [2, 1]})
    twins = compared(one, other, "k", "price")
    assert (twins.differing, twins.identity) == (0, ("k",))


def test_a_column_of_one_alone_and_a_key_of_another_type() -> None:
    twins = compared(pa.table({"k": [1], "x": [1]}), pa.table({"k": [1]}), "k")
    assert (twins.differing, twins.unlike) == (1, ("`x` is on `dev` alone",))
    twins = compared(pa.table({"k": [1], "x": [1]}), pa.table({"k": ["1"], "x": [2]}), "k")
    assert (twins.differing, twins.unlike) == (1, ("`k` is BIGINT on `dev`, VARCHAR on `prod`",))


def test_a_global_series_has_no_key() -> None:
    assert compared(pa.table({"x": [1]}), pa.table({"x": [2]})).compared.rows == (("x", "1", "2"),)
