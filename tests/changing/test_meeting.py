"""Runs that meet: each waits for its turn, or is refused and changes nothing. Whatever comes of them came one after the other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from featsql.api import Project

from .meeting import FILES
from .shop import shop

_PROCESSES = int(os.environ.get("FEATSQL_TEST_PROCESSES", "4"))
_ROUNDS = int(os.environ.get("FEATSQL_TEST_ROUNDS", "4"))


def test_runs_of_many_processes_come_one_after_the_other(tmp_path: Path) -> None:
    made = shop(tmp_path, FILES)
    assert Project(tmp_path, variables={"who": "first"}).run().ok
    arguments = [[str(tmp_path), f"p{number}", str(_ROUNDS), str(number)] for number in range(_PROCESSES)]
    children = [
        subprocess.Popen([sys.executable, "-m", "tests.changing.meeting", *each], stdout=subprocess.PIPE, text=True)
        for each in arguments
    ]
    told = [line.split() for child in children for line in child.communicate()[0].splitlines()]
    assert len(told) == _PROCESSES * _ROUNDS
    assert {ended for _, _, ended in told} <= {"ok", "FS703"}
    for table in ("left", "right"):
        came = {who for who, chosen, ended in told if ended == "ok" and table in chosen} | {"first"}
        rows = made.sql(f'select turn, who from "{table}" order by turn')
        assert [turn for turn, _ in rows] == list(range(1, len(came) + 1))
        assert {who for _, who in rows} == came
    # the state has the same story
    ok = sum(ended == "ok" for *_, ended in told) + 1
    assert made.sql("select count(*), count(distinct number) from _featsql.runs where status = 'success'") == [(ok, ok)]
