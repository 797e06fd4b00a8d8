"""Runs that are killed at any moment: tables that take in rows hold one whole generation, and the next run goes on from there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from .shop import Shop, shop

_KILLS = int(os.environ.get("FEATSQL_TEST_KILLS", "5"))
_FILES = {
    "s.yml": "sources: [{name: shop, schema: raw, tables: [{name: orders}]}]\n",
    "kept.sql": "/*---\nmaterialized: incremental\nunique_key: order_id\n---*/\n"
    "select order_id, generation from {{ source('shop', 'orders') }}\n"
    "{% if is_incremental() %} where generation > (select max(generation) from {{ this }}) {% endif %}",
    "history.sql": "/*---\nkind: snapshot\nstrategy: check\nunique_key: order_id\ncheck_columns: all\n---*/\n"
    "select order_id, generation from {{ source('shop', 'orders') }} where order_id < 50",
    "below.sql": "/*---\nmaterialized: table\n---*/\n"
    "select (select max(generation) from {{ ref('kept') }}) as kept,\n"
    "    (select max(generation) from {{ ref('history') }}) as history",
}
# each generation is 200 new orders, and every order before 50 anew
_LOOP = """
import sys
from pathlib import Path
import duckdb
from featsql.api import Project
root = Path(sys.argv[1])
while True:
    with duckdb.connect(str(root / "shop.duckdb")) as c:
        g = c.execute("select max(generation) + 1 from raw.orders").fetchone()[0]
        c.execute("begin")
        c.execute(f"update raw.orders set generation = {g} where order_id < 50")
        c.execute(f"insert into raw.orders select range, {g} from range({g} * 200, {g} * 200 + 200)")
        c.execute("commit")
    print("running", flush=True)
    assert Project(root).run().ok
"""


def _check(made: Shop) -> int:
    """All three tables are of one generation, whole."""
    kept, history, below = (
        made.sql("select max(generation) from kept"),
        made.sql("select max(generation) from history"),
        made.sql("from below"),
    )
    generation = int(kept[0][0])
    assert (generation, int(history[0][0])) == (int(below[0][0]), int(below[0][1])) == (generation, generation)
    assert made.sql("select count(*), count(distinct order_id) from kept") == [(200 * generation + 200, 200 * generation + 200)]
    assert made.sql("select count(*), count(*) filter (where valid_to is null) from history")[0][1] == 50
    left = made.sql("select count(*) from duckdb_tables() where table_name like '%featsql%'")
    return int(left[0][0])


def test_a_run_that_is_killed(tmp_path: Path) -> None:
    made = shop(tmp_path, _FILES)
    made.fill("orders", "order_id integer, generation integer", [(i, 0) for i in range(200)])
    assert made.run().ok
    dice = random.Random(7)
    for _ in range(_KILLS):
        with subprocess.Popen([sys.executable, "-c", _LOOP, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout
            for _ in range(dice.choice([1, 2])):
                assert child.stdout.readline() == "running\n"
            time.sleep(dice.random() * 0.5)
            child.send_signal(signal.SIGKILL)
        _check(made)
    assert made.run().ok
    assert _check(made) == 0
