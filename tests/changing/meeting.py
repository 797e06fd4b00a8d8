"""One of several processes that run on the same tables: `python -m tests.changing.meeting FOLDER NAME ROUNDS SEED`.

Each line that it prints is a round: what it selected, and how it ended (`ok` or the code of the refusal).
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from featsql.api import Project
from featsql.base.diagnostics import FeatsqlError

_TURN = """/*---
materialized: incremental
---*/
{% if is_incremental() %}
select max(turn) + 1 as turn, '{{ var("who") }}' as who from {{ this }}
{% else %}
select 1 as turn, '{{ var("who") }}' as who
{% endif %}
"""
FILES = {"left.sql": _TURN, "right.sql": _TURN}
"""Tables that take in one row a run: the next number, and who came."""


def rounds(folder: Path, name: str, count: int, seed: int) -> None:
    dice = random.Random(seed)
    for number in range(count):
        chosen = dice.choice([["left"], ["right"], ["left", "right"]])
        wait = dice.choice([None, "5m"])
        try:
            result = Project(folder, variables={"who": f"{name}.{number}"}).run(select=chosen, wait=wait)
            ended = "ok" if result.ok else result.results[0].message
        except FeatsqlError as refused:
            ended = refused.diagnostics[0].code
        print(f"{name}.{number} {'+'.join(chosen)} {ended}", flush=True)


if __name__ == "__main__":
    rounds(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
