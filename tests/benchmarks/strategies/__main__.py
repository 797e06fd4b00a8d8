"""`python -m tests.benchmarks.strategies`: the automatic plan, every pinned one, and the best SQL by hand, side by side."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from featsql import Project
from tests.benchmarks.strategies import feast
from tests.benchmarks.strategies.by_hand import PLANS, Facts, over_views
from tests.benchmarks.strategies.projects import automatic_sql, pinned_sql, write
from tests.benchmarks.strategies.race import Entry, race
from tests.benchmarks.strategies.report import AUTOMATIC, report
from tests.benchmarks.strategies.shapes import SHAPES, Shape, load
from tests.benchmarks.strategies.workloads import ASOF, WORKLOADS, Workload, workloads_of


def main(arguments: list[str], tell: Callable[[str], None] = print) -> int:
    """Run the races and tell the figures; 1 when plans that should agree do not."""
    options = _options(arguments)
    wrong = 0
    tell(f"scale {options.scale:g}, median of {options.runs}, {options.threads} threads, {options.memory_limit}")
    tell("")
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for name in options.shapes:
            shape = SHAPES[name].scaled(options.scale)
            connection = _connect(Path(scratch) / f"{name}.duckdb", options)
            load(connection, shape)
            for workload in workloads_of(name):
                if workload.name in options.workloads:
                    entries, note = _raced(connection, shape, workload, Path(scratch) / name / workload.name, options)
                    wrong += sum(bool(entry.wrong) for entry in entries)
                    for line in report(name, workload, entries, note):
                        tell(line)
            connection.close()
    return 1 if wrong else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.strategies", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="a share of the rows, customers and spine (default: all)")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="default: all")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="default: all")
    parser.add_argument("--runs", type=int, default=3, help="of each plan, in turn (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a plan is stopped (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB (default: %(default)s)")
    parser.add_argument("--memory-limit", default="8GB", help="of DuckDB (default: %(default)s)")
    parser.add_argument("--scratch", type=Path, help="where tables and spilled rows lie meanwhile (default: the system's place)")
    parser.add_argument("--feast", nargs="*", choices=SHAPES, metavar="SHAPE", help="race Feast too (no shape: on dense)")
    parser.add_argument("--feast-env", type=Path, help="a folder for Feast's own environment, kept (default: made for this run)")
    options = parser.parse_args(arguments)
    options.feast = ["dense"] if options.feast == [] else options.feast or []
    return options


def _connect(path: Path, options: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    for setting in (f"threads = {options.threads}", f"memory_limit = '{options.memory_limit}'", "TimeZone = 'UTC'"):
        connection.execute(f"set {setting}")
    return connection


def _raced(
    connection: duckdb.DuckDBPyConnection, shape: Shape, workload: Workload, folder: Path, options: argparse.Namespace
) -> tuple[list[Entry], str]:
    """The entries after their race, and what it took featsql to make its SQL."""
    views = workload.views(shape.events)
    write(folder / AUTOMATIC, views)
    automatic = automatic_sql(Project(folder / AUTOMATIC), connection)
    facts = Facts.of(connection, shape.events)
    entries = [Entry("by hand", plan.name, over_views(plan, views, facts)) for plan in PLANS[workload.name]]
    entries += _generated(automatic.sql, pinned_sql(folder, views, connection))
    race(connection, entries, options.runs, options.limit)
    if workload is ASOF and shape.name in options.feast:
        entries.append(feast.entry(connection, entries[0].sql, views[0], folder / "feast", options.feast_env, options.runs))
    return entries, f"compiled in {automatic.compile_seconds:.3f} s, statistics in {automatic.statistics_seconds:.3f} s"


def _generated(automatic: str, pinned: dict[str, str]) -> list[Entry]:
    """featsql's own entries; strategies that come out as the same SQL run once."""
    strategies: dict[str, tuple[str, ...]] = {automatic: ()}
    for strategy, sql in pinned.items():
        strategies[sql] = (*strategies.get(sql, ()), strategy)
    chosen, *others = (Entry("pinned", ", ".join(names), sql, names) for sql, names in strategies.items())
    return [Entry(AUTOMATIC, chosen.name or "of several strategies", automatic, chosen.strategies), *others]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
