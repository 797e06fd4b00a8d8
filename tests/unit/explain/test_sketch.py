"""The error that `explain` tells of a sketch is the one that the warehouse really makes."""

from __future__ import annotations

import math

import duckdb
import pytest

from featsql.aggregates import AGGREGATES

DISTINCT, SAMPLES = 10_000, 300


def test_duckdb_counts_distinct_values_with_the_declared_error() -> None:
    numbers = f"select n // {DISTINCT} as sample, hash(n * 7919) as value from range({DISTINCT * SAMPLES}) as t(n)"
    found = duckdb.execute(f"select approx_count_distinct(value) from ({numbers}) group by sample").fetchall()
    errors = [count / DISTINCT - 1 for (count,) in found]
    assert math.sqrt(sum(e * e for e in errors) / SAMPLES) == pytest.approx(
        AGGREGATES["approx_count_distinct"].standard_error["duckdb"], rel=0.15
    )
    assert max(map(abs, errors)) > 2 * AGGREGATES["approx_count_distinct"].standard_error["duckdb"], "now and then"
