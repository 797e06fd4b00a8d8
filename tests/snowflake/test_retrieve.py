"""`retrieve` there: the spine's rows in their order, with their names, and features beside them (R18, R19)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from featsql import Project
from featsql.ir.model import Column

from .place import Place, fresh, load

VIEW = """/*---
kind: feature_view
entity: customer
timestamp: moment
windows: {w: 7d}
---*/
select customer_id, moment, amount as last_amount, sum(amount) over w as Spent_7d from {{ source('raw', 'orders') }}
"""


def test_rows_keep_their_order_and_names(warehouse: Place, connection: Any, tmp_path: Path) -> None:
    raw, schema = fresh("raw"), fresh("retrieve")
    for name in (raw, schema):
        connection.cursor().execute(f"create schema {name}")
    kinds = (("customer_id", "BIGINT"), ("moment", "TIMESTAMP"), ("amount", "BIGINT"))
    cells = [("1", "2024-03-01 00:00:00", "5"), ("1", "2024-03-03 00:00:00", "7"), ("2", "2024-03-02 00:00:00", "9")]
    load(connection, f"{raw}.orders", [Column(*kind) for kind in kinds], cells)
    columns = [{"name": name, "type": kind} for name, kind in kinds]
    declared = {
        "sources": [{"name": "raw", "schema": raw, "tables": [{"name": "orders", "columns": columns}]}],
        "entities": [{"name": "customer", "keys": ["customer_id"]}],
    }
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "spend.sql").write_text(VIEW)
    (tmp_path / "models" / "declared.yml").write_text(yaml.safe_dump(declared))
    (tmp_path / "featsql.yml").write_text("name: r\nprofile: r\n")
    profile = {"r": {"target": "there", "outputs": {"there": warehouse.profile(schema)}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    times = [datetime(2024, 3, 4), None, datetime(2024, 3, 2), datetime(2024, 3, 4), datetime(2024, 3, 4)]
    spine = pa.table({"Customer_Id": [2, 1, 1, 1, None], "decided": pa.array(times, pa.timestamp("us"))})
    found = Project(tmp_path).retrieve(spine, timestamp="decided", features=["spend"])
    assert found.column_names == ["Customer_Id", "decided", "last_amount", "Spent_7d"]
    assert found.column("Customer_Id").to_pylist() == [2, 1, 1, 1, None]
    assert found.column("last_amount").to_pylist() == [9, None, 5, 7, None]
    assert found.column("Spent_7d").to_pylist() == [9, None, 5, 12, None]
