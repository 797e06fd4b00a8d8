"""The benchmark's plans give the same rows, a wrong one is told, and the tables print."""

from __future__ import annotations

import duckdb
import pytest

from tests.benchmarks.strategies import growth
from tests.benchmarks.strategies.__main__ import main
from tests.benchmarks.strategies.by_hand import PLANS
from tests.benchmarks.strategies.race import Entry, race
from tests.benchmarks.strategies.report import report
from tests.benchmarks.strategies.shapes import SHAPES, load
from tests.benchmarks.strategies.workloads import EXACT, workloads_of


def test_all_plans_of_all_workloads_agree() -> None:
    told: list[str] = []
    assert main(["--scale", "0.002", "--runs", "1"], told.append) == 0, "\n".join(told)
    text = "\n".join(told)
    for shape in SHAPES:
        for workload in workloads_of(shape):
            assert f"{shape}, {workload.name}: " in text
            assert all(plan.name in text for plan in PLANS[workload.name])
    assert text.count("automatic / the best pinned") == sum(len(workloads_of(shape)) for shape in SHAPES)


def test_the_same_scale_gives_the_same_rows() -> None:
    connection = duckdb.connect()
    sums = []
    for _ in range(2):
        load(connection, SHAPES["skewed"].scaled(0.001))
        sums.append([connection.execute(f"select sum(hash(t)) from {table} as t").fetchall() for table in ("events_0", "spine")])
    assert sums[0] == sums[1]


def test_a_fast_wrong_plan_does_not_win() -> None:
    connection = duckdb.connect()
    connection.execute("create table spine as select i as row_id from range(10) as numbers(i)")
    entries = [
        Entry("by hand", "right", "select row_id, row_id * 1.5::double as feature from spine"),
        Entry("automatic", "rounded", "select row_id, row_id * 1.5::double + 1e-12 as feature from spine"),
        Entry("pinned", "wrong", "select row_id, row_id as feature from spine", ("wrong",)),
        Entry("pinned", "short", "select row_id, row_id * 1.5::double as feature from spine where row_id > 0", ("short",)),
        Entry("pinned", "twice", "select row_id, row_id * 1.5::double as feature from spine, range(2)", ("twice",)),
    ]
    race(connection, entries, runs=2, limit=60)
    assert [bool(entry.wrong) for entry in entries] == [False, True, True, True, True]
    assert "9 rows differ in feature" in entries[2].wrong
    assert all(entry.median is None and len(entry.seconds) == 1 for entry in entries[2:])


def test_a_plan_that_does_not_end_is_stopped() -> None:
    connection = duckdb.connect()
    entries = [
        Entry("automatic", "quick", "select 1 as row_id, 2 as feature"),
        Entry("by hand", "endless", "select 1 as row_id, count(*) filter (a.range * b.range % 7 = c.range) as feature "
              "from range(1000000) as a, range(1000000) as b, range(1000000) as c"),
    ]  # fmt: skip
    race(connection, entries, runs=2, limit=0.2)
    assert entries[1].over_limit == 0.2
    assert len(entries[0].seconds) == 2
    lines = list(report("dense", EXACT, entries, ""))
    assert any("endless" in line and "> 0.2" in line for line in lines)
    assert any("the best by hand (endless): < " in line and line.endswith("met") for line in lines)


def test_growth_tells_the_seconds_and_memory_of_a_size() -> None:
    told: list[str] = []
    growth.main(["--millions", "0.01"], told.append)
    rows, seconds, megabytes = told[-1].split()
    assert rows == "10,000"
    assert float(seconds) > 0
    assert int(megabytes) > 20


def test_an_exponent_is_that_of_the_power() -> None:
    assert growth.exponent([(x, 5 * x**1.5) for x in (1, 4, 16, 64)]) == pytest.approx(1.5)
