"""`python -m tests.oracle.strategies --cases 5000`: every strategy by itself against the oracle, over as many random cases.

Only training sets, and only cases in which the strategy computes something: one query a strategy and case, on one
connection, so that many fit into a minute. Histories, online tables, runs and files are the other campaign's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import duckdb

from featsql import Project
from featsql.compile import Compiler
from featsql.ir.plan import PointInTime
from featsql.plan.rewrite import NOBODY_COUNTED, chosen
from featsql.plan.strategies import STRATEGIES, tiles

from .campaign import DEFAULT_SEED
from .cases import Case, Entry, Training, expected_training
from .compare import differences
from .dice import Dice
from .draw import draw_case
from .project import Surroundings, read_relation, write_project
from .reference import Latest

DEFAULT_CASES = 5000
CASES_PER_PROJECT = 100
"""Many: what a project costs to compile is shared by them."""
DEFAULT_PROJECTS = int(os.environ.get("FEATSQL_STRATEGY_PROJECTS", "185"))
"""So many make 5,000 cases for each strategy."""
THREADS = (1, 1, 1, 1, 2, 8)
PERCENT = {"as_of": 43, "range_join": 29, "last_rows": 80, "tiles": 88, "frames": 72}
"""Of the cases that a strategy can compute, how many it does: so that all come to about as many."""


@dataclass(frozen=True, slots=True)
class Report:
    """How many cases each strategy computed, and the stories of those that it computed wrongly."""

    cases: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.cases.update(other.cases)
        self.wrong.update(other.wrong)
        self.stories.extend(other.stories)

    def least(self) -> int:
        return min(self.cases[name] for name in STRATEGIES)

    def summary(self, seed: int) -> str:
        counts = ", ".join(f"{name} {self.cases[name]:,}" for name in STRATEGIES)
        return f"strategies: seed {seed}, {self.wrong.total():,} differences in {self.cases.total():,} training sets ({counts})"


def check_project(seed: int, number: int) -> Report:
    """All strategies over the cases of one project."""
    first = number * CASES_PER_PROJECT
    cases = [_lean(draw_case(seed, index)) for index in range(first, first + CASES_PER_PROJECT)]
    dice = Dice(f"strategies {seed}+{number}")
    report = Report()
    with tempfile.TemporaryDirectory(prefix="featsql-strategies-") as name:
        folder = Path(name)
        write_project(cases, folder, Surroundings())
        project = Project(folder)
        compiler = project.workspace.compiler(None)
        with (
            _small_tiles(dice.chance(90)),
            duckdb.connect(str(folder / "warehouse.duckdb"), config={"threads": dice.pick(*THREADS)}) as connection,
        ):
            connection.execute("set timezone = 'UTC'")
            for case in cases:
                _check_case(case, compiler, connection, report)
    return report


@contextmanager
def _small_tiles(wanted: bool) -> Iterator[None]:
    """Tiles of two entries and blocks of at most four tiles: a few rows fill as many as a million would of real ones."""
    sizes = {"TILE_LEVELS": 1, "TILE_SIZE": 2, "BLOCK_LEVELS": 3}
    with patch.multiple(tiles, **sizes) if wanted else nullcontext():
        yield


def _lean(case: Case) -> Case:
    on = next((entry.on for training in case.trainings for entry in training.entries if not entry.prefix), ())
    training = Training(f"t{case.index}", (Entry("auto", on=on),))
    body = replace(case.body, shape="ephemeral") if case.body.shape == "model" else case.body
    # most strategies are for rows that become known as they happen
    view = replace(case.view, available_at=None) if case.index % 2 else case.view
    if case.index % 8 == 1 and view.windows:
        (name, _), *others = view.windows
        view = replace(view, windows=((name, Latest(1 + case.index % 3)), *others))
    return replace(case, strategies=("auto",), trainings=(training,), body=body, view=view, declared=True)


def _check_case(case: Case, compiler: Compiler, connection: duckdb.DuckDBPyConnection, report: Report) -> None:
    (training,) = case.trainings
    node = compiler.graph.nodes[f"training_set.oracle.{training.name}"]
    expected = expected_training(case, training.entries, case.body_rows())
    dice = Dice(f"strategies of {case.seed}:{case.index}")
    for name, plan in _plans(compiler.plans(node)[0]):
        if not dice.chance(PERCENT.get(name, 100)):
            continue
        query = compiler.with_views_inside(compiler.query(plan, node))
        report.cases[name] += 1
        try:
            connection.execute(f"create or replace temp table answer as {query.sql}")
            wrong = differences(expected, read_relation(connection, "answer"))
        except duckdb.Error as error:
            wrong = [str(error)]
        if wrong:
            report.wrong[name] += 1
            again = f"python -m tests.oracle.strategies --seed {case.seed} --project {case.index // CASES_PER_PROJECT}"
            report.stories.append("\n".join([f"=== case {case.index}, `{name}`", *wrong, f"--- again: {again}"]))


def _plans(plan: PointInTime) -> Iterator[tuple[str, PointInTime]]:
    """The plan by each strategy that computes at least one lookup of it."""
    for name in STRATEGIES:
        pinned = replace(plan, parts=tuple(replace(part, strategy=name) for part in plan.parts))
        _, choices = chosen(pinned, NOBODY_COUNTED, "duckdb")
        if any(choice.strategy.name == name for choice in choices):
            yield name, pinned


def run(seed: int, cases: int, jobs: int) -> Report:
    """Projects, several at a time, until every strategy has computed so many cases."""
    report, number = Report(), 0
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        running: set[Future[Report]] = set()
        while report.least() < cases or running:
            while report.least() < cases and len(running) < 2 * jobs:
                running.add(pool.submit(check_project, seed, number))
                number += 1
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                report.add(future.result())
            if sys.stderr.isatty():
                print(f"\r{report.least():,} of {cases:,} cases each", end="", file=sys.stderr, flush=True)
    return report


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.strategies", description=__doc__)
    parser.add_argument("--cases", type=int, default=DEFAULT_CASES, help="how many for each strategy (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="which (default: %(default)s)")
    parser.add_argument("--project", type=int, metavar="NUMBER", help="the cases of this project alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.project is not None:
        report = check_project(options.seed, options.project)
    else:
        report = run(options.seed, options.cases, options.jobs)
    print(*report.stories, report.summary(options.seed), sep="\n")
    return 1 if report.stories else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
