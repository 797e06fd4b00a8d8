"""What a target remembers: nodes that are current are kept and no others, and a run is taken up where it ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from featsql.api import Project
from featsql.base.diagnostics import FeatsqlError
from featsql.run.events import ChunkPublished, Event

from .shop import Shop, shop

_SOURCES = "sources: [{name: shop, schema: raw, tables: [{name: orders}]}]\nentities: [{name: buyer, keys: [buyer_id]}]\n"
_COPY = "/*---\nmaterialized: table\n---*/\nselect * from {{ source('shop', 'orders') }}\n"
_BELOW = "/*---\nmaterialized: table\n---*/\nselect count(*) as n from {{ ref('copied') }}\n"
_GRID = """/*---
kind: feature_view
entity: buyer
timestamp: ordered_at
windows: {ever: all}
backfill: {every: 1d, from: 2024-01-02}
---*/
select buyer_id, ordered_at, count(*) over ever as orders from {{ source('shop', 'orders') }}
"""


def _made(root: Path, **models: str) -> Shop:
    made = shop(root, {"s.yml": _SOURCES, **{f"{name}.sql": text for name, text in models.items()}})
    # a column may have any name, that of an alias too
    made.fill("orders", "t integer, amount integer", [(1, 10), (2, None), (None, None)])
    return made


def _told(made: Shop, **options: object) -> dict[str, str]:
    return {r.name: r.status for r in made.run(**options).results}


def test_what_is_current_is_kept(tmp_path: Path) -> None:
    made = _made(tmp_path, copied=_COPY, below=_BELOW)
    assert set(_told(made).values()) == {"success"}
    assert _told(made) == {"copied": "reused", "below": "reused"}
    assert set(_told(made, force=True).values()) == {"success"}


@pytest.mark.parametrize(
    "change",
    [
        "update raw.orders set amount = 11 where t = 1",
        "update raw.orders set amount = 0 where t is null",
        "update raw.orders set t = amount, amount = t where t = 1",
        "insert into raw.orders values (null, null)",
        "delete from raw.orders where t = 2",
        "alter table raw.orders rename amount to price",
        "alter table raw.orders alter amount type bigint",
        "alter table raw.orders add column note text",
    ],
)
def test_a_source_that_changed(change: str, tmp_path: Path) -> None:
    made = _made(tmp_path, copied=_COPY)
    assert _told(made) == {"copied": "success"}
    made.sql(change)
    assert _told(made) == {"copied": "success"}
    kept, now = made.sql("describe copied"), made.sql("describe raw.orders")
    assert [c[:2] for c in kept] == [c[:2] for c in now]
    assert made.sql("select * from copied order by all") == made.sql("select * from raw.orders order by all")
    assert _told(made) == {"copied": "reused"}


def test_the_same_rows_build_nothing_below(tmp_path: Path) -> None:
    made = _made(tmp_path, copied=_COPY, below=_BELOW)
    made.run()
    made.write("copied.sql", _COPY.replace("select *", "select  *  -- all of it\n"))
    assert _told(made) == {"copied": "reused", "below": "reused"}
    made.write("copied.sql", _COPY.replace("select *", "select t, amount"))
    assert _told(made)["copied"] == "success"


@pytest.mark.parametrize(
    "sql", ["select random() as r", "select now() as r", "select t from raw.orders", "select current_date as r"]
)
def test_what_cannot_be_known_is_built(sql: str, tmp_path: Path) -> None:
    made = _made(tmp_path, chance=f"/*---\nmaterialized: table\n---*/\nselect ({sql} limit 1) as r\n")
    assert [_told(made)["chance"] for _ in range(2)] == ["success", "success"]


@pytest.mark.parametrize("harm", ["drop table copied", "delete from copied where t = 1"])
def test_a_table_that_others_changed(harm: str, tmp_path: Path) -> None:
    made = _made(tmp_path, copied=_COPY)
    made.run()
    made.sql(harm)
    assert made.project.repair().forgotten == ("main.copied",)
    assert made.project.repair().forgotten == ()
    assert _told(made) == {"copied": "success"}
    made.sql(harm)
    assert _told(made) == {"copied": "success"}, "without a repair, too"


def test_retry_does_what_was_not_done(tmp_path: Path) -> None:
    wrong = "/*---\nmaterialized: table\n---*/\nselect n::date as day from {{ ref('below') }}\n"
    made = _made(tmp_path, copied=_COPY, below=_BELOW, last=wrong)
    assert not made.run(as_of="2024-02-01").ok
    made.write("last.sql", wrong.replace("n::date as day", "n"))
    result = made.project.retry()
    assert result and [(r.name, r.status) for r in result.results] == [("last", "success")]
    assert made.project.retry() is None
    as_of = made.sql("select json_extract_string(options, 'as_of') from _featsql.runs order by number")
    assert as_of == [("2024-02-01T00:00:00+00:00",)] * 2


def test_retry_wants_the_same_vars(tmp_path: Path) -> None:
    made = _made(tmp_path, one="/*---\nmaterialized: table\n---*/\nselect '{{ var('word') }}'::int as n\n")
    assert not Project(tmp_path, variables={"word": "s3cret"}).run().ok
    with pytest.raises(FeatsqlError, match="other `--vars`"):
        Project(tmp_path, variables={"word": "4"}).retry()
    assert "s3cret" not in json.dumps(made.sql("select options, nodes from _featsql.runs"))


def test_a_run_in_parts_is_taken_up(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "spend.sql": _GRID})
    made.sql(
        "create schema raw",
        "create table raw.orders as select range % 3 as buyer_id, timestamp '2024-01-01' + to_hours(range) as ordered_at "
        "from range(200)",
    )

    def stop(event: Event) -> None:
        if isinstance(event, ChunkPublished) and event.index == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.run(as_of="2024-01-10", chunk="2d", listener=stop)
    assert made.sql("select max(as_of_time)::date::text from spend__daily") < [("2024-01-10",)]
    result = made.project.retry()
    assert result and result.ok and made.project.retry() is None
    parts = made.sql("from spend__daily order by all")
    made.run(as_of="2024-01-10", full_refresh=True)
    assert parts == made.sql("from spend__daily order by all")


def test_results_that_tell_otherwise_are_corrected(tmp_path: Path) -> None:
    made = _made(tmp_path, copied=_COPY)
    made.run()
    path = tmp_path / "target/run_results.json"
    told = json.loads(path.read_text())
    told["results"][0]["status"] = "interrupted"
    path.write_text(json.dumps(told))
    assert made.project.repair().results and not made.project.repair().results
    assert json.loads(path.read_text())["results"][0]["status"] == "success"
