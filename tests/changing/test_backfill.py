"""`backfill`: every point of the grid is what an online table at that time, and a training set there, would hold."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from featsql.base.diagnostics import FeatsqlError
from featsql.run.events import ChunkPublished, Event

from .shop import Shop, notes, shop

_SOURCES = """
sources: [{name: shop, schema: raw, tables: [{name: orders}]}]
entities: [{name: customer, keys: [customer_id]}]
"""
_COLUMNS = "customer_id integer, ordered_at timestamp, loaded_at timestamp, amount integer"
_START = datetime(2024, 1, 1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def _view(*keys: str, every: str = "{every: 1d}") -> str:
    header = "\n".join((*keys, f"backfill: {every}"))
    return (
        f"/*---\nkind: feature_view\nentity: customer\ntimestamp: ordered_at\nwindows: {{last_2d: 2d, ever: all}}\n"
        f"online: true\n{header}\n---*/\n"
        "select customer_id, ordered_at, amount as last_amount, sum(amount) over last_2d as spend_2d,\n"
        "    count(*) over ever as orders, max(amount) filter (where amount > 20) over ever as most,\n"
        "    date_diff('hour', ordered_at, as_of_time) as hours\n"
        "from {{ source('shop', 'orders') }}\n"
    )


def _orders(seed: str, count: int) -> list[tuple[Any, ...]]:
    dice = random.Random(seed)
    rows: list[tuple[Any, ...]] = [(3, None, _START, 1), (None, _START, _START, 1)]
    for _ in range(count):
        at = _START + dice.randrange(0, 24 * 9, 6) * _HOUR
        rows.append((dice.choice([1, 2, 3]), at, at + dice.choice([0, 6, 30]) * _HOUR, dice.randrange(50)))
    return rows


_NAMES = "customer_id, last_amount, spend_2d, orders, most, hours, event_time, as_of_time"


@pytest.mark.parametrize(
    "keys",
    [(), ("available_at: loaded_at", "ttl: 2d"), ("delay: 6h", "closed: right"), ("available_at: loaded_at", "closed: both")],
    ids=lambda keys: ", ".join(keys),
)
def test_every_point_is_the_online_table_of_that_time_and_the_training_set(tmp_path: Path, keys: tuple[str, ...]) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "spend.sql": _view(*keys)})
    made.write(
        "grid.sql",
        "/*---\nkind: training_set\ntimestamp: t\nfeatures: [spend]\n---*/\nselect customer_id, t "
        "from range(1, 4) as c(customer_id), range(timestamp '2023-12-30', timestamp '2024-01-13', interval 1 day) as d(t)\n",
    )
    made.fill("orders", _COLUMNS, _orders(str(keys), 30))
    online: list[tuple[Any, ...]] = []
    for day in range(12):
        made.run(select=["spend", "grid"] if day == 11 else ["spend"], as_of=_START + day * _DAY)
        online += made.sql(f"select {_NAMES} from spend__online")
    found = made.sql(f"select {_NAMES} from spend__daily")
    assert len(found) > 15
    assert sorted(found, key=str) == sorted(online, key=str)
    there = "last_amount is not null" if "ttl: 2d" in keys else "orders > 0"
    features = "customer_id, t, last_amount, spend_2d, orders, most, hours"
    training = made.sql(f"select {features} from grid where {there} order by all")
    assert made.sql(f"select {features.replace(' t,', ' as_of_time,')} from spend__daily order by all") == training


def _grown(made: Shop) -> list[tuple[Any, ...]]:
    return made.sql(f"select {_NAMES} from spend__daily order by all")


def test_runs_add_the_points_since_the_last_one(tmp_path: Path) -> None:
    made = shop(tmp_path / "a", {"s.yml": _SOURCES, "spend.sql": _view("available_at: loaded_at")})
    whole = shop(tmp_path / "b", {"s.yml": _SOURCES, "spend.sql": _view("available_at: loaded_at")})
    rows = _orders("grow", 40)
    told = []
    for hours in (30, 30, 80, 200):
        now = _START + hours * _HOUR
        known = [r for r in rows if r[2] <= now]
        for each in (made, whole):
            each.fill("orders", _COLUMNS, known)
        told.append(notes(made.run(as_of=now))["spend"])
        whole.run(as_of=now, full_refresh=True)
        assert _grown(made) == _grown(whole)
    assert told[1] == "current"
    assert told[3] == "5 points from 2024-01-05T00:00:00"


def test_times_can_be_named(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "spend.sql": _view()})
    made.fill("orders", _COLUMNS, [(1, _START, _START, 1)])
    made.run(as_of=_START + 6 * _DAY)
    made.fill("orders", _COLUMNS, [(1, _START, _START, 1), (2, _START, _START, 5)])
    result = made.run(as_of=_START + 8 * _DAY, start="2024-01-03", end="2024-01-05")
    assert notes(result)["spend"] == "2 points from 2024-01-03T00:00:00"
    days = made.sql("select day(as_of_time) from spend__daily where customer_id = 2 order by 1")
    assert days == [(3,), (4,)]
    with pytest.raises(FeatsqlError, match="FS008"):
        made.run(start="2024-01-05", end="2024-01-05")
    gap = made.run(as_of=_START + 30 * _DAY, start="2024-01-20")
    assert [d.code for r in gap.results for d in r.diagnostics] == ["FS008"]


def test_late_rows_reopen_what_lookback_says(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "spend.sql": _view(every="{every: 12h, from: 2024-01-02, lookback: 1d}")})
    made.fill("orders", _COLUMNS, [(1, _START, _START, 1)])
    made.run(as_of=_START + 3 * _DAY)
    assert made.sql("select count(*), min(as_of_time) from spend__every_12h") == [(5, _START + _DAY)]
    made.fill("orders", _COLUMNS, [(1, _START, _START, 1), (2, _START, _START, 1)])
    made.run(as_of=_START + 3 * _DAY + 12 * _HOUR)
    assert made.sql("select min(as_of_time) from spend__every_12h where customer_id = 2") == [(_START + 2 * _DAY + 12 * _HOUR,)]


def test_a_feature_that_was_not_there(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "spend.sql": _view()})
    made.fill("orders", _COLUMNS, [(1, _START, _START, 1)])
    made.run(as_of=_START + 2 * _DAY)
    made.write("spend.sql", _view().replace("as most,", "as most, amount + 1 as more,"))
    result = made.run(as_of=_START + 3 * _DAY)
    assert [d.code for r in result.results for d in r.diagnostics] == ["FS706"]
    assert made.run(as_of=_START + 3 * _DAY, full_refresh=True).ok


def test_intervals_that_the_command_names(tmp_path: Path) -> None:
    model = (
        "/*---\nmaterialized: incremental\ntimestamp: day\ninterval: 1d\n---*/\n"
        "select date_trunc('day', ordered_at) as day, count(*) as n from {{ source('shop', 'orders') }} group by 1"
    )
    made = shop(tmp_path, {"s.yml": _SOURCES, "daily.sql": model})
    made.fill("orders", _COLUMNS, [(1, _START + i * _DAY, _START, 1) for i in range(5)])
    made.run()
    made.fill("orders", _COLUMNS, [(1, _START + i * _DAY, _START, 1) for i in range(5) for _ in range(2)])
    # a part of an interval is the whole of it
    result = made.run(start="2024-01-02T12:00:00", end="2024-01-03T01:00:00")
    assert notes(result)["daily"] == "2 taken in, from 2024-01-02T00:00:00 to 2024-01-04T00:00:00"
    assert made.sql("select n from daily order by day") == [(1,), (2,), (2,), (1,), (1,)]


def test_a_long_time_in_parts(tmp_path: Path) -> None:
    """Parts of any length end in the same table, each is there for others before the next begins, and a later run goes on."""
    rows = _orders("parts", 40)
    model = (
        "/*---\nmaterialized: incremental\ntimestamp: day\ninterval: 1d\n---*/\n"
        "select date_trunc('day', ordered_at) as day, count(*) as n from {{ source('shop', 'orders') }} group by 1"
    )
    whole = shop(tmp_path / "a", {"s.yml": _SOURCES, "spend.sql": _view("available_at: loaded_at"), "daily.sql": model})
    parts = shop(tmp_path / "b", {"s.yml": _SOURCES, "spend.sql": _view("available_at: loaded_at"), "daily.sql": model})
    for each in (whole, parts):
        each.fill("orders", _COLUMNS, rows)
    now = _START + 12 * _DAY
    whole.run(as_of=now)
    seen: list[ChunkPublished] = []

    def stop(event: Event) -> None:
        if isinstance(event, ChunkPublished):
            seen.append(event)
            if event.index == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts.run(as_of=now, chunk="3d", listener=stop)
    assert [(e.index, e.total) for e in seen] == [(1, 4), (2, 4)]
    half = parts.sql("select max(as_of_time) from spend__daily")[0][0]
    assert _START + 5 * _DAY < half < now
    assert parts.run(as_of=now, chunk="5d").ok
    assert _grown(parts) == _grown(whole)
    assert parts.sql("from daily order by 1") == whole.sql("from daily order by 1")
    assert len(_grown(whole)) > 20
    assert parts.run(as_of=now, chunk="2d", start="2024-01-02", end="2024-01-09").ok
    assert _grown(parts) == _grown(whole)
    with pytest.raises(FeatsqlError, match="FS008"):
        parts.run(chunk="soon")
