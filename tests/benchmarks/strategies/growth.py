"""`python -m tests.benchmarks.strategies.growth`: how time and memory of a training set grow with the rows, as n^k."""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb

from featsql import Project
from tests.benchmarks.strategies.projects import automatic_sql, write
from tests.benchmarks.strategies.shapes import Shape, load
from tests.benchmarks.strategies.workloads import EXACT

ROOT = Path(__file__).parents[3]
ROWS_PER_KEY = 2_500
SPINE_SHARE = 0.05
TARGET = 1.15
MEGABYTE_KB = 1024


def main(arguments: list[str], tell: Callable[[str], None] = print) -> None:
    options = _options(arguments)
    if options.child:
        tell(json.dumps(_child(options)))
        return
    tell(f"{EXACT.says}; {ROWS_PER_KEY:,} rows per customer, a spine row for every {1 / SPINE_SHARE:.0f} rows")
    tell(f"{options.threads} threads, memory_limit {options.memory_limit}, a process for each size")
    tell(f"{'rows':>14}{'seconds':>10}{'MB at most':>12}")
    points: list[tuple[float, float]] = []
    for millions in options.millions:
        with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
            _in_a_process(options, scratch, "load", millions)
            told = _in_a_process(options, scratch, "run", millions)
        rows, seconds = round(millions * 1_000_000), told["seconds"]
        tell(f"{rows:>14,}{seconds:>10.2f}{told['memory_kb'] / MEGABYTE_KB:>12,.0f}")
        points.append((rows, seconds))
    if len(points) > 1:
        k = exponent(points)
        tell(f"seconds grow as rows^{k:.2f}, target {TARGET}: {'met' if k <= TARGET else 'missed'}")


def exponent(points: list[tuple[float, float]]) -> float:
    """The slope of the line that fits best through the logarithms.

    >>> round(exponent([(1, 3.0), (10, 30.0), (100, 300.0)]), 6)
    1.0
    """
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    spread = math.fsum((x - mean_x) * (x - mean_x) for x, _ in logs)
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in logs) / spread


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.strategies.growth", description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 4, 16, 64], help="of rows (default: 1 4 16 64)")
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB (default: %(default)s)")
    parser.add_argument("--memory-limit", default="4GB", help="of DuckDB (default: %(default)s)")
    parser.add_argument("--scratch", type=Path, help="where tables and spilled rows lie meanwhile (default: the system's place)")
    parser.add_argument("--child", choices=("load", "run"), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _in_a_process(options: argparse.Namespace, scratch: str, deed: str, millions: float) -> dict[str, float]:
    """So that the most memory that a size took is its own."""
    words = ["--child", deed, "--millions", str(millions), "--scratch", scratch]
    words += ["--threads", str(options.threads), "--memory-limit", options.memory_limit]
    command = [sys.executable, "-m", "tests.benchmarks.strategies.growth", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _child(options: argparse.Namespace) -> dict[str, float]:
    rows = round(options.millions[0] * 1_000_000)
    shape = Shape("growing", rows, max(1, rows // ROWS_PER_KEY), round(rows * SPINE_SHARE))
    connection = duckdb.connect(str(options.scratch / "growth.duckdb"))
    spilled = str(options.scratch / "spilled").replace("'", "''")
    for setting in (
        f"threads = {options.threads}",
        f"memory_limit = '{options.memory_limit}'",
        f"temp_directory = '{spilled}'",
        "TimeZone = 'UTC'",
    ):
        connection.execute(f"set {setting}")
    if options.child == "load":
        load(connection, shape)
        return {}
    folder = options.scratch / "project"
    write(folder, EXACT.views(shape.events))
    sql = automatic_sql(Project(folder), connection).sql
    started = perf_counter()
    connection.execute(f"create table training as {sql}")
    seconds = perf_counter() - started
    return {"seconds": seconds, "memory_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


if __name__ == "__main__":
    main(sys.argv[1:])
