"""A run that is killed, at any moment: the file opens, holds one whole generation, and the next run sweeps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from featsql.engines import connect
from featsql.ir.project import Target

from .warehouses import SCHEMA

# Two tables and a view, run after run until killed; each generation has its number in every row. The process forks for
# each line it reads, so that a kill does not cost another start of Python.
_RUNS = f"""
import os, sys
from featsql.base.spans import Text
from featsql.engines import connect
from featsql.engines import duckdb
from featsql.ir.graph import TableName
from featsql.ir.project import Target
from featsql.ir.query import CreateTable, CreateView, Query

def step(kind, name, sql):
    return kind(TableName("{SCHEMA}", name), Query((Text.generated(sql),), "duckdb"))

def runs(folder, g, rows):
    engine = connect(Target("dev", "shop", "duckdb", "{SCHEMA}", threads=2, config={{"path": "shop.duckdb"}}), folder)
    print("pid", os.getpid(), flush=True)
    while True:
        g += 1
        steps = (
            step(CreateTable, "a", f"select range as id, {{g}} as g from range({{rows}})"),
            step(CreateTable, "b", f"select range as id, {{g}} as g from range({{rows}})"),
            step(CreateView, "v", f"select {{g}} as g"),
        )
        engine.begin(f"{{g:016x}}")
        for each in steps:
            engine.build(each)
            print("built", flush=True)
        engine.publish(steps)
        print("published", g, flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        runs(sys.argv[1], *map(int, line.split()))
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


class Runs:
    """The process that forks runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._orders, self._told = process.stdin, process.stdout

    def kill_after(self, first: int, rows: int, seconds: float) -> list[str]:
        """Run generations after `first` and kill that; what was told until then."""
        print(first, rows, file=self._orders, flush=True)
        pid = int(self._told.readline().split()[1])
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
        return list(iter(lambda: self._told.readline().strip(), "dead"))


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    command = [sys.executable, "-c", _RUNS, str(tmp_path)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        yield Runs(process)


def look(folder: Path, rows: int) -> tuple[int, int]:
    """The generation that the file holds, found whole, and the number of relations."""
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        found = connection.execute(f"""
            select min(g), max(g), count(*) from {SCHEMA}.a
            union all select min(g), max(g), count(*) from {SCHEMA}.b
            union all select g, g, {rows} from {SCHEMA}.v
        """).fetchall()
        [(relations,)] = connection.execute("select count(*) from information_schema.tables").fetchall()
    [(low, high, count)] = set(found)
    assert (low, count) == (high, rows)
    return int(low), int(relations)


# many rows: nearly all of the time goes into building; few: a good part of it into publishing
@pytest.mark.parametrize(("rows", "kills", "longest"), [(1_000_000, 60, 0.5), (10, 150, 0.06)], ids=["build", "publish"])
def test_a_killed_run_leaves_one_whole_generation(tmp_path: Path, runs: Runs, rows: int, kills: int, longest: float) -> None:
    dice = random.Random(rows)
    # on a busy machine the first generation may need more time
    assert any("published 1" in runs.kill_after(0, rows, seconds) for seconds in (0.5, 2, 8))
    generation, _ = look(tmp_path, rows)
    for _ in range(kills):
        told = runs.kill_after(generation, rows, dice.uniform(0.02, longest))
        published = [int(line.split()[1]) for line in told if line.startswith("published")]
        last = max([generation, *published])
        generation, relations = look(tmp_path, rows)
        # the one after the last that told so may have been committed
        assert generation in (last, last + 1)
        if generation == last and told and told[-1] == "built":
            assert relations > 3
    engine = connect(Target("dev", "shop", "duckdb", SCHEMA, config={"path": "shop.duckdb"}), str(tmp_path))
    engine.begin("ffffffffffffffff")
    engine.close()
    assert look(tmp_path, rows) == (generation, 3)
