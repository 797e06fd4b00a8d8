"""How late rows arrive, measured, against the delay that a view declares."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from featsql import Project
from featsql.ir.testing import TestResult
from tests.unit.testing.shop import write_shop

VIEW = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
{header}
---*/
select customer_id, ordered_at, order_id as last_order from {{{{ source('raw', 'arrivals') }}}}
"""
HAPPENED = datetime(2024, 1, 1)


def arrivals(*lags: timedelta) -> str:
    rows = [f"{i},10,{HAPPENED},{HAPPENED + lag}" for i, lag in enumerate(lags)]
    return "\n".join(["order_id,customer_id,ordered_at,loaded_at", *rows, ""])


def measured(folder: Path, header: str, rows: str, source: str = "") -> tuple[TestResult, ...]:
    declared = f"sources:\n  - name: raw\n    tables:\n      - {{name: arrivals, path: data/arrivals.csv{source}}}\n"
    declared += "entities: [{name: customer, keys: [customer_id]}]\n"
    files = {"models/shop.yml": declared, "models/latest.sql": VIEW.format(header=header), "data/arrivals.csv": rows}
    write_shop(folder, files=files)
    (folder / "models/orders.sql").unlink()
    return Project(folder).test(only=("lateness",)).tests


MOSTLY_QUICK = (*[timedelta(minutes=5)] * 990, *[timedelta(days=3)] * 10)


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        ("delay: 10m", "pass", "99% of 1,000 rows arrive within 5m, the last after 3d"),
        ("delay: 5m", "pass", "99% of 1,000 rows arrive within 5m, the last after 3d"),
        ("delay: 2m", "fail", "99% of 1,000 rows arrive within 5m, the last after 3d; the view sees them after 2m"),
        ("", "warn", "99% of 1,000 rows arrive within 5m, the last after 3d; the view sees them at once"),
        (
            "available_at: loaded_at",
            "pass",
            "99% of 1,000 rows arrive within 5m, the last after 3d; the view waits for `loaded_at`",
        ),
        (
            "allow: {FS509: of the last reload}",
            "pass",
            "99% of 1,000 rows arrive within 5m, the last after 3d; allowed: of the last reload",
        ),
    ],
)
def test_a_delay_has_to_last_for_99_in_100(tmp_path: Path, header: str, status: str, message: str) -> None:
    (result,) = measured(tmp_path, header, arrivals(*MOSTLY_QUICK))
    assert (result.test.name, result.status, result.message) == ("lateness_latest", status, message)


def test_rows_that_arrive_at_once_are_not_late(tmp_path: Path) -> None:
    (result,) = measured(tmp_path, "", arrivals(timedelta(0), timedelta(0)))
    assert (result.status, result.message) == ("pass", "99% of 2 rows arrive within no time, the last after no time")


def test_a_declared_known_time_goes_before_names(tmp_path: Path) -> None:
    rows = arrivals(timedelta(minutes=1)).replace("loaded_at", "seen_by_us")
    (result,) = measured(tmp_path, "delay: 30s", rows, ", available_at: seen_by_us")
    assert result.status == "fail"


def test_a_source_that_tells_of_no_arrival_has_no_test(tmp_path: Path) -> None:
    assert measured(tmp_path, "", arrivals(timedelta(0)).replace("loaded_at", "weight")) == ()
