"""`materialized: incremental`: after any run, the table is what a full refresh would make of the same rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .shop import Shop, notes, shop

_SOURCES = "sources: [{name: shop, schema: raw, tables: [{name: orders}]}]\n"
_COLUMNS = "order_id integer, customer_id integer, ordered_at timestamp, loaded_at timestamp, amount integer"
_START = datetime(2024, 1, 1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_NEW = "{% if is_incremental() %} where loaded_at > (select max(loaded_at) from {{ this }}) {% endif %}"

_BY_KEY = f"""/*---
materialized: incremental
unique_key: order_id
---*/
select order_id, customer_id, ordered_at, loaded_at, amount * 2 as amount
from (
    select *, row_number() over (partition by order_id order by loaded_at desc) as nth
    from {{{{ source('shop', 'orders') }}}} {_NEW}
)
where nth = 1
"""
_APPENDED = f"""/*---
materialized: incremental
---*/
select * from {{{{ source('shop', 'orders') }}}} {_NEW}
"""
_GROUPS = """/*---
materialized: incremental
strategy: delete+insert
unique_key: customer_id
---*/
select customer_id, order_id, amount, max(loaded_at) over (partition by customer_id) as loaded_at
from {{ source('shop', 'orders') }}
{% if is_incremental() %}
where customer_id in (
    select customer_id from {{ source('shop', 'orders') }} where loaded_at > (select max(loaded_at) from {{ this }})
)
{% endif %}
"""
_DAILY = """/*---
materialized: incremental
timestamp: day
interval: 1d
lookback: 2
---*/
select customer_id, date_trunc('day', ordered_at)::TYPE as day, count(*) as orders, sum(amount)::bigint as spent
from {{ source('shop', 'orders') }}
group by all
"""


def _tell(made: Shop, rows: list[tuple[Any, ...]]) -> None:
    made.fill("orders", _COLUMNS, rows)


def _late(dice: random.Random, now: datetime, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """New orders and late ones, none of them later than two days."""
    first = max((r[0] for r in rows), default=0) + 1
    return [
        (first + i, dice.choice([1, 2, 3]), now - dice.randrange(40) * _HOUR, now, dice.randrange(100))
        for i in range(dice.randrange(4))
    ]


def _corrected(dice: random.Random, now: datetime, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same, and new versions of old orders."""
    old = dice.sample(rows, min(len(rows), dice.randrange(3)))
    return [*_late(dice, now, rows), *((r[0], r[1], r[2], now, dice.randrange(100)) for r in {r[0]: r for r in old}.values())]


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (_BY_KEY, _corrected),
        (_APPENDED, _corrected),
        (_GROUPS, _late),
        (_DAILY.replace("TYPE", "timestamp"), _late),
        (_DAILY.replace("TYPE", "date"), _late),
        (_DAILY.replace("TYPE", "timestamptz"), _late),
    ],
    ids=["merge", "append", "delete+insert", "timestamps", "dates", "timestamps with zone"],
)
def test_incremental_equals_full_refresh(
    tmp_path: Path, model: str, more: Callable[[random.Random, datetime, list[tuple[Any, ...]]], list[tuple[Any, ...]]]
) -> None:
    made = shop(tmp_path / "a", {"s.yml": _SOURCES, "kept.sql": model})
    made.write("below.sql", "/*---\nmaterialized: table\n---*/\nselect count(*) as n from {{ ref('kept') }}")
    full = shop(tmp_path / "b", {"s.yml": _SOURCES, "kept.sql": model})
    dice = random.Random(model)
    rows: list[tuple[Any, ...]] = []
    for step in range(8):
        now = _START + step * 12 * _HOUR
        rows += more(dice, now, rows)
        for each in (made, full):
            _tell(each, rows)
        assert made.run().ok
        assert full.run(full_refresh=True).ok
        found, wanted = (sorted(each.sql("from kept"), key=str) for each in (made, full))
        assert found == wanted
        assert made.sql("from below") == [(len(wanted),)]
    assert len(wanted) > 3


def test_only_new_rows_are_taken_in(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "kept.sql": _BY_KEY, "daily.sql": _DAILY.replace("TYPE", "date")})
    rows = [(i, 1, _START + i * _DAY, _START + i * _DAY, 1) for i in range(10)]
    _tell(made, rows)
    assert notes(made.run()) == {"kept": "", "daily": ""}
    _tell(made, [*rows, (10, 1, _START + 9 * _DAY, _START + 10 * _DAY, 1)])
    assert notes(made.run()) == {"kept": "1 taken in", "daily": "3 taken in, from 2024-01-08T00:00:00"}
    assert notes(made.run())["kept"] == "current"
    assert notes(made.run(force=True))["kept"] == "nothing new"
    assert made.sql("select count(*), sum(orders) from daily") == [(10, 11)]


def test_what_is_there_and_not_in_the_intervals_stays(tmp_path: Path) -> None:
    """An incremental model keeps what its source forgets, but for the intervals that it takes anew."""
    made = shop(tmp_path, {"s.yml": _SOURCES, "daily.sql": _DAILY.replace("TYPE", "date")})
    _tell(made, [(i, 1, _START + i * _DAY, _START, 1) for i in range(10)])
    made.run()
    _tell(made, [(8, 1, _START + 8 * _DAY, _START, 5)])
    made.run()
    assert made.sql("select day::varchar, spent from daily order by 1")[-2:] == [("2024-01-07", 1), ("2024-01-09", 5)]
    assert made.sql("select count(*) from daily") == [(8,)]


def test_a_row_of_a_time_to_come_keeps_nothing_out(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "daily.sql": _DAILY.replace("TYPE", "date")})
    first = [(1, 1, _START, _START, 1), (2, 1, datetime(2999, 1, 1), _START, 1)]
    _tell(made, first)
    made.run(as_of=_START + _HOUR)
    _tell(made, [*first, (3, 1, _START + _DAY, _START, 1)])
    made.run(as_of=_START + _DAY + _HOUR)
    assert made.sql("select count(*) from daily") == [(3,)]


@pytest.mark.parametrize("policy", ["fail", "append", "sync"])
def test_columns_that_change(tmp_path: Path, policy: str) -> None:
    header = f"/*---\nmaterialized: incremental\nunique_key: order_id\non_schema_change: {policy}\n---*/\n"
    source = "from {{ source('shop', 'orders') }}"
    made = shop(tmp_path, {"s.yml": _SOURCES, "kept.sql": f"{header}select order_id, customer_id, amount {source}"})
    _tell(made, [(1, 1, _START, _START, 10), (2, 1, _START, _START, 20)])
    made.run()
    # the same columns in another order meet by name
    made.write("kept.sql", f"{header}select amount + 1 as amount, customer_id, order_id {source} where order_id = 2")
    made.run()
    assert made.sql("from kept order by 1") == [(1, 1, 10), (2, 1, 21)]
    made.write("kept.sql", f"{header}select order_id, amount::varchar as note, amount {source} where order_id = 2")
    result = made.run()
    found = made.sql("from kept order by 1")
    match policy:
        case "fail":
            assert [d.code for r in result.results for d in r.diagnostics] == ["FS706"]
            assert found == [(1, 1, 10), (2, 1, 21)]
        case "append":
            assert found == [(1, 1, 10, None), (2, None, 20, "20")]
        case "sync":
            assert found == [(1, 10, None), (2, 20, "20")]


@pytest.mark.parametrize("policy", ["append", "sync"])
def test_types_that_change(tmp_path: Path, policy: str) -> None:
    header = f"/*---\nmaterialized: incremental\nunique_key: order_id\non_schema_change: {policy}\n---*/\n"
    made = shop(
        tmp_path, {"s.yml": _SOURCES, "kept.sql": f"{header}select order_id, amount from {{{{ source('shop', 'orders') }}}}"}
    )
    _tell(made, [(1, 1, _START, _START, 10)])
    made.run()
    made.write("kept.sql", f"{header}select order_id, amount + 0.5 as amount from {{{{ source('shop', 'orders') }}}} where false")
    codes = [d.code for r in made.run().results for d in r.diagnostics]
    assert codes == (["FS706"] if policy == "append" else [])
    assert str(made.sql("from kept")[0][1]) == ("10" if policy == "append" else "10.0")


def test_keys_of_several_new_rows(tmp_path: Path) -> None:
    model = "/*---\nmaterialized: incremental\nunique_key: customer_id\n---*/\nselect * from {{ source('shop', 'orders') }}"
    made = shop(tmp_path, {"s.yml": _SOURCES, "kept.sql": model})
    _tell(made, [(1, 1, _START, _START, 10)])
    made.run()
    _tell(made, [(1, 1, _START, _START, 10), (2, 1, _START, _START, 10)])
    assert [d.code for r in made.run().results for d in r.diagnostics] == ["FS705"]
    assert made.sql("select count(*) from kept") == [(1,)]


def test_a_null_key_is_replaced_and_not_doubled(tmp_path: Path) -> None:
    header = "/*---\nmaterialized: incremental\nunique_key: [customer_id, order_id]\n---*/\n"
    model = header + "select * from {{ source('shop', 'orders') }}"
    made = shop(tmp_path, {"s.yml": _SOURCES, "kept.sql": model})
    _tell(made, [(1, None, _START, _START, 10), (None, 1, _START, _START, 10)])
    made.run()
    made.run()
    assert made.sql("select count(*) from kept") == [(2,)]


def test_what_reads_itself_is_no_cycle_and_compiles_twice(tmp_path: Path) -> None:
    made = shop(tmp_path, {"s.yml": _SOURCES, "kept.sql": _APPENDED})
    compiled = made.project.compile()
    assert "where" not in compiled.queries["kept"].sql
    assert "select max(loaded_at) from main.kept as kept" in compiled.queries["kept__changes"].sql
