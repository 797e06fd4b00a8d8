"""`kind: snapshot`: random lives of a small table against the reference, and histories as sources of feature views."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from .history import History, Row
from .shop import Shop, notes, shop

_SOURCES = """
sources: [{name: shop, schema: raw, tables: [{name: customers}]}]
entities: [{name: customer, keys: [customer_id]}]
"""
_COLUMNS = "customer_id integer, plan varchar, city varchar, updated_at timestamp"
_DAY = timedelta(days=1)
_START = datetime(2024, 1, 1)


def _header(strategy: str, hard_deletes: str) -> str:
    said = "updated_at: updated_at" if strategy == "timestamp" else "check_columns: [plan]"
    return f"kind: snapshot\nstrategy: {strategy}\nunique_key: customer_id\n{said}\nhard_deletes: {hard_deletes}"


def _snapshot(header: str, select: str = "customer_id, plan, city, updated_at") -> str:
    return f"/*---\n{header}\n---*/\nselect {select} from {{{{ source('shop', 'customers') }}}}\n"


def _shop(root: Path, strategy: str = "check", hard_deletes: str = "invalidate") -> Shop:
    files = {"s.yml": _SOURCES, "customers_history.sql": _snapshot(_header(strategy, hard_deletes))}
    return shop(root, files)


@pytest.mark.parametrize("strategy", ["check", "timestamp"])
@pytest.mark.parametrize("hard_deletes", ["ignore", "invalidate", "new_record"])
def test_random_lives_against_the_reference(tmp_path: Path, strategy: str, hard_deletes: str) -> None:
    made = _shop(tmp_path, strategy, hard_deletes)
    dice = random.Random(f"{strategy} {hard_deletes}")
    reference = History(strategy, hard_deletes)
    rows: dict[int, Row] = {}
    at = _START
    for _ in range(9):
        at += dice.choice([timedelta(0), _DAY, 3 * _DAY]) if reference.versions else _DAY
        for key in dice.sample(range(6), 3):
            # clocks that run ahead, stand still, go back, or say nothing
            said = dice.choice([at, at, at - 2 * _DAY, at + _DAY, _START, None])
            match dice.choice(["set", "set", "touch", "delete"]):
                case "set":
                    rows[key] = Row(key, dice.choice(["free", "pro", None]), dice.choice(["Bonn", "Rome"]), said)
                case "touch" if key in rows:
                    rows[key] = Row(key, rows[key].plan, dice.choice(["Bonn", None]), rows[key].updated_at)
                case "delete":
                    rows.pop(key, None)
        made.fill("customers", _COLUMNS, [(r.key, r.plan, r.city, r.updated_at) for r in rows.values()])
        made.project.snapshot(as_of=at)
        reference.take(list(rows.values()), at)
        names = "customer_id, plan, city, updated_at, valid_from, valid_to"
        names += ", is_deleted" if hard_deletes == "new_record" else ", false"
        found = made.sql(f"select {names} from customers_history")
        wanted = [
            (v.row.key, v.row.plan, v.row.city, v.row.updated_at, v.valid_from, v.valid_to, v.is_deleted)
            for v in reference.versions
        ]
        assert sorted(found, key=str) == sorted(wanted, key=str)
        assert not made.sql(_OVERLAPS)


_OVERLAPS = """
select * from customers_history a join customers_history b
on a.customer_id = b.customer_id and a.valid_from < b.valid_from and (a.valid_to is null or a.valid_to > b.valid_from)
"""


def test_a_history_is_a_source_of_features_as_known_then(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.write(
        "customer_plan.sql",
        "/*---\nkind: feature_view\nentity: customer\ntimestamp: valid_from\nwindows: {ever: all}\n---*/\n"
        "select customer_id, valid_from, plan, count(*) over ever as plans from {{ ref('customers_history') }}\n",
    )
    made.write(
        "decisions.sql",
        "/*---\nkind: training_set\ntimestamp: decided_at\nfeatures: [customer_plan]\n---*/\n"
        "select 1 as customer_id, d::timestamp as decided_at "
        "from unnest([date '2024-01-02', date '2024-01-03', date '2024-01-05', date '2024-01-07']) as t(d)\n",
    )
    for day, plan in ((2, "free"), (4, "pro"), (6, "pro")):
        made.fill("customers", _COLUMNS, [(1, plan, "Bonn", _START)])
        result = made.run(as_of=datetime(2024, 1, day))
        assert result.ok
        assert not made.project.warnings
    found = made.sql("select decided_at, plan, plans from decisions order by 1")
    assert found == [
        # a version that begins at t is not seen at t (R5)
        (datetime(2024, 1, 2), None, 0),
        (datetime(2024, 1, 3), "free", 1),
        (datetime(2024, 1, 5), "pro", 2),
        (datetime(2024, 1, 7), "pro", 2),
    ]


def test_what_did_not_change_writes_nothing(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.fill("customers", _COLUMNS, [(1, "free", "Bonn", _START), (2, "pro", "Rome", _START)])
    made.run(as_of=_START)
    again = made.run(as_of=_START + _DAY, full_refresh=True)
    assert notes(again) == {"customers_history": "nothing changed"}
    made.fill("customers", _COLUMNS, [(1, "pro", "Bonn", _START)])
    assert notes(made.run(as_of=_START + _DAY)) == {"customers_history": "1 new, 2 ended"}
    assert made.sql("select count(*) from customers_history") == [(3,)]


def test_new_columns_come_and_old_ones_stay(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.fill("customers", _COLUMNS, [(1, "free", "Bonn", _START)])
    made.run(as_of=_START)
    made.write("customers_history.sql", _snapshot(_header("check", "new_record"), 'upper(plan) as "The Plan", plan, customer_id'))
    made.fill("customers", _COLUMNS, [(1, "pro", "Bonn", _START)])
    assert made.run(as_of=_START + _DAY).ok
    found = made.sql('select customer_id, plan, city, "The Plan", is_deleted from customers_history order by valid_from')
    assert found == [(1, "free", "Bonn", None, False), (1, "pro", None, "PRO", False)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(1, "free", "Bonn", None), (1, "pro", "Bonn", None)], "FS705"),
        ([(None, "free", "Bonn", None)], "FS705"),
    ],
)
def test_keys_that_are_none(tmp_path: Path, rows: list[tuple[object, ...]], code: str) -> None:
    made = _shop(tmp_path)
    made.fill("customers", _COLUMNS, [(1, "free", "Bonn", _START)])
    made.run(as_of=_START)
    made.fill("customers", _COLUMNS, rows)
    result = made.run(as_of=_START + _DAY)
    assert [d.code for r in result.results for d in r.diagnostics] == [code]
    assert made.sql("select count(*) from customers_history") == [(1,)]


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.fill("customers", _COLUMNS, [(1, "free", "Bonn", _START)])
    made.run(as_of=_START)
    result = made.run(as_of=_START - timedelta(hours=1), force=True)
    assert [d.code for r in result.results for d in r.diagnostics] == ["FS707"]


def test_what_a_view_must_not_take_from_a_history(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.write(
        "late.sql",
        "/*---\nkind: feature_view\nentity: customer\ntimestamp: updated_at\n---*/\n"
        "select customer_id, updated_at, plan, date_diff('day', valid_from, valid_to) as lasted "
        "from {{ ref('customers_history') }}\n",
    )
    made.fill("customers", _COLUMNS, [])
    assert sorted(d.code for d in made.project.warnings) == ["FS503", "FS513"]


def test_a_table_that_is_no_history_stays(tmp_path: Path) -> None:
    made = _shop(tmp_path)
    made.fill("customers", _COLUMNS, [(1, "free", "Bonn", _START)])
    made.sql("create table customers_history as select 1 as customer_id, 'mine' as plan")
    result = made.run(as_of=_START)
    assert [d.code for r in result.results for d in r.diagnostics] == ["FS706"]
    assert made.sql("from customers_history") == [(1, "mine")]
