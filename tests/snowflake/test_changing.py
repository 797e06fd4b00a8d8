"""Tables that take in rows, over the vendor's driver: a history, an incremental model and a backfill in three runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from featsql.api import Project
from featsql.ir.model import Column

from .place import Place, fresh, load, rows

_MODELS = {
    "plans.sql": "/*---\nkind: snapshot\nstrategy: check\nunique_key: customer_id\ncheck_columns: all\n"
    "hard_deletes: new_record\n---*/\n"
    "select customer_id, amount as plan from {{ source('raw', 'orders') }}",
    "known.sql": "/*---\nkind: snapshot\nstrategy: timestamp\nunique_key: customer_id\nupdated_at: moment\n---*/\n"
    "select customer_id, amount as plan, moment from {{ source('raw', 'orders') }}",
    "taken.sql": "/*---\nmaterialized: incremental\nunique_key: customer_id\n---*/\n"
    "select customer_id, moment, amount from {{ source('raw', 'orders') }}\n"
    "{% if is_incremental() %}where moment > (select max(moment) from {{ this }}){% endif %}",
    "days.sql": "/*---\nmaterialized: incremental\ntimestamp: day\ninterval: 1d\n---*/\n"
    "select date_trunc('day', moment) as day, sum(amount) as spent from {{ source('raw', 'orders') }} group by 1",
    "spend.sql": "/*---\nkind: feature_view\nentity: customer\ntimestamp: moment\nwindows: {ever: all}\n"
    "backfill: {every: 1d}\n---*/\n"
    "select customer_id, moment, sum(amount) over ever as spend from {{ source('raw', 'orders') }}",
}


def _lay_out(folder: Path, profile: dict[str, Any], raw: str) -> None:
    (folder / "models").mkdir(exist_ok=True)
    (folder / "featsql.yml").write_text("name: shop\nprofile: shop\n")
    (folder / "profiles.yml").write_text(yaml.safe_dump({"shop": {"target": "it", "outputs": {"it": profile}}}))
    source = {"name": "raw", "schema": raw, "tables": [{"name": "orders"}]}
    entity = {"name": "customer", "keys": ["customer_id"]}
    (folder / "models" / "s.yml").write_text(yaml.safe_dump({"sources": [source], "entities": [entity]}))
    for name, text in _MODELS.items():
        (folder / "models" / name).write_text(text)


def _told(connection: Any, raw: str, cells: list[tuple[str, str, str]]) -> None:
    connection.cursor().execute(f"drop table if exists {raw}.orders")
    load(
        connection,
        f"{raw}.orders",
        [Column("customer_id", "BIGINT"), Column("moment", "TIMESTAMP"), Column("amount", "BIGINT")],
        cells,
    )


def test_three_runs(warehouse: Place, connection: Any, tmp_path: Path) -> None:
    raw, schema = fresh("raw"), fresh("grow")
    connection.cursor().execute(f"create schema {raw}")
    _lay_out(tmp_path, warehouse.profile(schema), raw)
    one, two, three = ("1", "2024-03-01 10:00:00", "5"), ("2", "2024-03-02 10:00:00", "7"), ("1", "2024-03-03 10:00:00", "9")
    for day, cells in ((3, [one, two]), (3, [one, two]), (5, [three])):
        _told(connection, raw, cells)
        result = Project(tmp_path).run(as_of=datetime(2024, 3, day))
        assert result.ok, [r.message for r in result.results]
    seen = {
        name: [tuple(row) for row in rows(connection, f"select {columns} from {schema}.{name} order by 1, 2, 3")]
        for name, columns in (
            ("plans", "customer_id, day(valid_from), plan, day(valid_to), is_deleted"),
            ("known", "customer_id, day(valid_from), plan, day(valid_to)"),
            ("taken", "customer_id, day(moment), amount"),
            ("days", "day(day), spent, 0"),
            ("spend__daily", "day(as_of_time), customer_id, spend"),
        )
    }
    assert seen == {
        "plans": [(1, 3, 5, 5, False), (1, 5, 9, None, False), (2, 3, 7, 5, False), (2, 5, 7, None, True)],
        "known": [(1, 1, 5, 3), (1, 3, 9, None), (2, 2, 7, None)],
        "taken": [(1, 3, 9), (2, 2, 7)],
        "days": [(1, 5, 0), (3, 9, 0)],
        # computed when they were due: the source has forgotten since what it said then
        "spend__daily": [(2, 1, 5), (3, 1, 5), (3, 2, 7), (4, 1, 9), (5, 1, 9)],
    }
