"""A run killed at each of its statements: `python -m tests.changing.killing FOLDER [EVERY]` tries every EVERY-th.

Each try is a process of its own that copies the same database, does the run, and ends by SIGKILL just before or just after a
statement. Then the tables are looked at, and the next command has to bring all of them to the new generation.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from featsql.engines import duckdb_session

from .shop import Shop, shop

AS_OF = "2024-03-01"
FILES = {
    "s.yml": "sources: [{name: shop, schema: raw, tables: [{name: orders}]}]\nentities: [{name: buyer, keys: [buyer_id]}]\n",
    "whole.sql": "/*---\nmaterialized: table\n---*/\nselect order_id, generation from {{ source('shop', 'orders') }}",
    "kept.sql": "/*---\nmaterialized: incremental\nunique_key: order_id\n---*/\n"
    "select order_id, generation from {{ source('shop', 'orders') }}\n"
    "{% if is_incremental() %} where generation > (select max(generation) from {{ this }}) {% endif %}",
    "history.sql": "/*---\nkind: snapshot\nstrategy: check\nunique_key: order_id\ncheck_columns: all\n---*/\n"
    "select order_id, generation from {{ source('shop', 'orders') }}",
    "spend.sql": "/*---\nkind: feature_view\nentity: buyer\ntimestamp: ordered_at\nwindows: {ever: all}\nonline: true\n"
    "backfill: {every: 1d, from: 2024-02-28}\n---*/\n"
    "select buyer_id, ordered_at, max(generation) over ever as generation from {{ source('shop', 'orders') }}",
    "below.sql": "/*---\nmaterialized: view\n---*/\nselect max(generation) as generation from {{ ref('whole') }}",
}
TABLES = {
    "whole": "select max(generation), count(*) from whole",
    "kept": "select max(generation), count(*) from kept",
    "history": "select max(generation), count(*) filter (where valid_to is null) from history",
    "online": "select max(generation), 50 * count(*) * (1 + max(generation)) from spend__online",
    "below": "select generation, 50 * (1 + generation) from below",
}


def made(root: Path) -> Shop:
    """Generation 0 is published, and the orders of generation 1 are there."""
    project = shop(root, FILES)
    project.sql(
        "create schema raw",
        "create table raw.orders as select range as order_id, 1 as buyer_id, 0 as generation, "
        "timestamp '2024-02-01' as ordered_at from range(50)",
    )
    assert project.run(as_of="2024-02-29").ok
    project.sql("insert into raw.orders select range, 1, 1, timestamp '2024-02-29 12:00' from range(50, 100)")
    return project


def generations(project: Shop) -> dict[str, tuple[Any, ...]]:
    """Of each table the generation that it shows, and how many orders it holds."""
    return {name: project.sql(sql)[0] for name, sql in TABLES.items()}


def whole(number: int) -> dict[str, tuple[int, int]]:
    return dict.fromkeys(TABLES, (number, 50 * (number + 1)))


def apart(deed: Callable[[], Any]) -> int:
    """Do it in a process of its own: how that ended, 0 for well."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        deed()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def killed_at(number: int, moment: str) -> None:
    """From now on this process dies at its nth statement."""
    real, count = duckdb_session.Session._run, [0]

    def run(self: Any, *arguments: Any) -> Any:
        count[0] += 1
        if count[0] == number and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = real(self, *arguments)
        if count[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    duckdb_session.Session._run = run  # type: ignore[method-assign]


def attempt(project: Shop, pristine: Path, number: int, moment: str, verb: str) -> bool:
    """Kill a run there, look, and let `verb` finish it. False where the run ended before it came to that statement."""
    shutil.copy(pristine, project.root / "shop.duckdb")

    def run() -> None:
        killed_at(number, moment)
        assert project.run(as_of=AS_OF).ok

    ended = apart(run)
    assert ended in (0, -signal.SIGKILL), f"{number} {moment}: exit {ended}"

    def look() -> None:
        found = generations(project)
        assert found in (whole(0), whole(1)), f"{number} {moment}: {found}"

    def finish() -> None:
        once = project.project
        result = once.retry() if verb == "retry" else None
        assert (result or project.run(as_of=AS_OF)).ok
        found = generations(project)
        assert found == whole(1), f"{number} {moment}, {verb}: {found}"
        assert {r.status for r in project.run(as_of=AS_OF).results} == {"reused"}, f"{number} {moment}: the next run writes"
        left = project.sql("select count(*) from duckdb_tables() where table_name like '\\_featsql\\_%' escape '\\'")
        assert left == [(0,)], f"{number} {moment}: {left} tables of the run are left"
        assert not project.project.repair().forgotten

    assert apart(look) == 0, f"{number} {moment}: tables of two generations"
    assert apart(finish) == 0, f"{number} {moment}: the next command does not converge"
    return ended != 0


def main(folder: Path, every: int) -> int:
    """How many kills there were; an AssertionError at the first that leaves something wrong."""
    pristine = folder / "pristine.duckdb"
    assert apart(lambda: made(folder)) == 0
    shutil.copy(folder / "shop.duckdb", pristine)
    project, number, kills = Shop(folder), 1, 0
    while True:
        moment = "before" if kills % 2 or every == 1 else "after"
        if not attempt(project, pristine, number, moment, ("run", "retry")[kills % 2]):
            return kills
        kills += 1
        if every == 1:
            kills += attempt(project, pristine, number, "after", ("retry", "run")[number % 2])
        number += every


if __name__ == "__main__":
    print(f"duckdb {duckdb.__version__}: {main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 1)} kills")
