"""Plans that stream over a sorted subquery need its order to be kept, whatever the session that runs them has set (R28)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from featsql import Project

FILES = {
    "featsql.yml": "name: crowd\nprofile: crowd\n",
    "profiles.yml": "crowd:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: crowd.duckdb}\n",
    "models/sources.yml": """
sources:
  - name: raw
    schema: main
    tables:
      - {name: orders, columns: [{name: customer, type: bigint}, {name: at_time, type: timestamp}, {name: amount, type: bigint}]}
      - {name: asked, columns: [{name: customer, type: bigint}, {name: t, type: timestamp}]}
entities: [{name: customer, keys: [customer]}]
""",
    "models/spend.sql": """/*---
kind: feature_view
entity: customer
timestamp: at_time
windows: {last_30d: 30d}
---*/
select customer, at_time, sum(amount) over last_30d as spent, max(amount) over last_30d as largest
from {{ source('raw', 'orders') }}
""",
}
ROWS = """
create table orders as select hash(i) % 40 as customer, make_timestamp((hash(i + 7) % 31536000)::bigint * 1000000) as at_time,
    (hash(i * 3 + 1) % 1000)::bigint as amount from range(300000) as numbers(i);
create table asked as select hash(i + 5) % 40 as customer, make_timestamp((hash(i + 9) % 31536000)::bigint * 1000000) as t
    from range(300) as numbers(i);
"""
TRAINING = """/*---
kind: training_set
timestamp: t
features: [spend]
strategy: {}
---*/
select customer, t from {{{{ source('raw', 'asked') }}}}
"""


@pytest.mark.parametrize("strategy", ["running_union", "tiles"])
@pytest.mark.parametrize("threads", [1, 8])
def test_a_session_that_does_not_keep_insertion_order_gets_the_same(tmp_path: Path, strategy: str, threads: int) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "models" / "streamed.sql").write_text(TRAINING.format(strategy))
    (tmp_path / "models" / "joined.sql").write_text(TRAINING.format("range_join"))
    queries = Project(tmp_path).compile().queries
    assert "over (rows between" in queries["streamed"].sql or "over ()" in queries["streamed"].sql
    with duckdb.connect(config={"threads": threads, "preserve_insertion_order": False}) as connection:
        connection.execute(ROWS)
        streamed, joined = (f"select * from ({queries[name].sql})" for name in ("streamed", "joined"))
        different = connection.execute(f"select count(*) from (({streamed}) except all ({joined}))").fetchone()
        assert different == (0,)
        assert connection.execute(f"select count(spent) > 200 from ({joined})").fetchone() == (True,)
