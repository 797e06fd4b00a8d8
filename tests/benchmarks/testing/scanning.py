"""Many data tests over many tables, against one scan of each table."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from featsql import Project
from featsql.run.events import Event, TestFinished

_TESTS = """        columns:
          a: {tests: [not_null, {range: {min: 0}}, {range: {max: 2000000000, name: NAME_high}}]}
          b: {tests: [not_null, {range: {min: -1.0, max: 2.0}}]}
          c: {tests: [not_null, {accepted_values: [x0, x1, x2, x3, x4, x5, x6]}]}
          d: {tests: [not_null, {expression: "> '2000-01-01'"}]}
        tests: [{row_count: {min: 1}}]
"""
"""Ten tests of one table."""
PER_TABLE = 10


@dataclass(frozen=True)
class Figures:
    """Seconds: one scan of every column of each table by hand; all tests."""

    tests: int
    scans: float
    tested: float

    @property
    def ratio(self) -> float:
        return self.tested / self.scans


def measure(folder: Path, tables: int, rows: int, runs: int = 3) -> Figures:
    """Medians of `runs`. A scan by hand is what reads each column and no more: its least value and its count."""
    database = folder / "target" / "many.duckdb"
    database.parent.mkdir(parents=True, exist_ok=True)
    names = [f"t{i}" for i in range(tables)]
    with duckdb.connect(str(database)) as connection:
        for name in names:
            connection.execute(
                f"create table {name} as select (hash(range) % 1000000)::bigint as a, (range % 1000) / 1000 as b, "
                f"'x' || range % 7 as c, timestamp '2024-01-01' + to_seconds(range) as d from range({rows})"
            )
    _write(folder, names)
    by_hand, tested, tests = [], [], 0
    for _ in range(runs):
        by_hand.append(_scan(database, names))
        ends: list[float] = []

        def listen(event: Event, ends: list[float] = ends) -> None:
            if isinstance(event, TestFinished):
                assert event.result.status == "pass", event.result
                ends.append(event.result.seconds)

        result = Project(folder).test(only=("data",), listener=listen)
        tests = len(result.tests)
        tested.append(sum(ends))
    return Figures(tests, statistics.median(by_hand), statistics.median(tested))


def _scan(database: Path, names: list[str]) -> float:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("set threads = 2")
        began = time.perf_counter()
        for name in names:
            measures = ", ".join(f"min({column}), max({column}), count({column})" for column in "abcd")
            connection.execute(f"select count(*), {measures} from {name} where hash(a) <> 1").fetchall()
        return time.perf_counter() - began


def _write(folder: Path, names: list[str]) -> None:
    tables = "".join(f"      - name: {name}\n{_TESTS.replace('NAME', name)}" for name in names)
    files = {
        "featsql.yml": "name: many\nprofile: many\n",
        "profiles.yml": "many: {target: dev, outputs: {dev: {type: duckdb, path: target/many.duckdb, threads: 2}}}\n",
        "models/sources.yml": f"sources:\n  - name: many\n    schema: main\n    tables:\n{tables}",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
