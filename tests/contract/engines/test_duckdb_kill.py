"""A run that is killed, at any moment: the file opens, holds one whole generation, and the next run sweeps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from featsql.engines import connect
from featsql.ir.project import Target

from .warehouses import SCHEMA

KILLS = 15

# two tables and a view on them, for ever; each generation has its number in every row
_RUNS = f"""
import sys
from featsql.base.spans import Text
from featsql.engines import connect
from featsql.ir.graph import TableName
from featsql.ir.project import Target
from featsql.ir.query import CreateTable, CreateView, Query

folder, first, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
engine = connect(Target("dev", "shop", "duckdb", "{SCHEMA}", threads=2, config={{"path": "shop.duckdb"}}), folder)

def step(kind, name, sql):
    return kind(TableName("{SCHEMA}", name), Query((Text.generated(sql),), "duckdb"))

g = first
print("ready", flush=True)
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
    engine.publish(steps)
    print(g, flush=True)
"""


def run_and_kill(folder: Path, first: int, rows: int, seconds: float) -> int:
    """Run generations after `first` until the kill; the last one whose publish returned, `first` if none did."""
    command = [sys.executable, "-c", _RUNS, str(folder), str(first), str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.getcwd()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        printed = process.stdout.read().split("\n")[:-1]
    return int(printed[-1]) if printed else first


def generation(folder: Path, rows: int) -> int:
    """The generation that the file holds, found whole."""
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        found = connection.execute(f"""
            select min(g), max(g), count(*) from {SCHEMA}.a
            union all select min(g), max(g), count(*) from {SCHEMA}.b
            union all select g, g, {rows} from {SCHEMA}.v
        """).fetchall()
    assert len(set(found)) == 1, found
    low, high, count = found[0]
    assert (low, count) == (high, rows)
    return int(low)


# many rows: the kill falls into a build; few: into a publish, every second or third time
@pytest.mark.parametrize("rows", [3_000_000, 10], ids=["build", "publish"])
def test_a_killed_run_leaves_one_whole_generation(tmp_path: Path, rows: int) -> None:
    dice = random.Random(rows)
    first = run_and_kill(tmp_path, 0, rows, 1.0)
    assert first > 0
    leftovers = 0
    for _ in range(KILLS):
        last = run_and_kill(tmp_path, first, rows, dice.uniform(0, 0.15))
        first = generation(tmp_path, rows)
        # what was told to be published is there; at most the one after it had just been committed
        assert first in (last, last + 1)
        leftovers += relations(tmp_path) > 3
    if rows > 10:
        assert leftovers > 0
    engine = connect(Target("dev", "shop", "duckdb", SCHEMA, config={"path": "shop.duckdb"}), str(tmp_path))
    engine.begin("ffffffffffffffff")
    engine.close()
    assert relations(tmp_path) == 3
    assert generation(tmp_path, rows) == first


def relations(folder: Path) -> int:
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        return len(connection.execute("select * from information_schema.tables").fetchall())
