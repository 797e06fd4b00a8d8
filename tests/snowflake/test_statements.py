"""Every statement of a run, not only its SELECTs, is read by two parsers that know nothing of each other."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
import sqlglot
from sqlfluff.core import FluffConfig, Linter

from featsql.engines.snowflake_session import Session

from .place import Place, fresh
from .test_storage import ORDERS, SPEND, written

DECISIONS: Final = """\
/*---
kind: training_set
timestamp: decided_at
features: [spend]
---*/
select customer_id, day + interval 3 day as decided_at from {{ ref('orders') }}
"""
GAPS: Final = {
    # it keeps a statement as it stands where it ends otherwise than it expects
    "sqlglot": (r" clone \S+ copy grants$",),
    "sqlfluff": (),
}
"""By parser: what of the statements it cannot read, and Snowflake can."""


def test_both_parsers_read_them(warehouse: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    once = Session._once

    def heard(self: Session, statement: Any, fetch: Any) -> Any:
        said.append(statement.value)
        return once(self, statement, fetch)

    monkeypatch.setattr(Session, "_once", heard)
    files = {"orders": ORDERS, "spend": SPEND, "decisions": DECISIONS}
    project = written(tmp_path, {"there": warehouse.profile(fresh("said"))}, **files)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/plans.csv").write_text("id,name\n1,it's\n")
    for _ in range(2):
        assert project.build(as_of="2026-02-01").ok
    spine = pa.table({"customer_id": [10], "moment": [datetime(2026, 2, 1)]})
    assert project.retrieve(spine, timestamp="moment", features=["spend"]).num_rows == 1
    begins = {" ".join(sql.split()[:2]) for sql in said}
    assert begins >= {"create or", "create schema", "create table", "alter session", "alter table", "comment on", "drop table"}
    linter = Linter(config=FluffConfig(overrides={"dialect": "snowflake"}))
    unread = {"sqlglot": [], "sqlfluff": []}  # type: dict[str, list[str]]
    for sql in dict.fromkeys(said):
        if isinstance(sqlglot.parse_one(sql, dialect="snowflake"), sqlglot.exp.Command):
            unread["sqlglot"].append(sql)
        if linter.parse_string(sql).violations:
            unread["sqlfluff"].append(sql)
    for parser, gaps in GAPS.items():
        assert [sql for sql in unread[parser] if not any(re.search(gap, sql) for gap in gaps)] == [], parser
        assert [gap for gap in gaps if not any(re.search(gap, sql) for sql in unread[parser])] == [], f"{parser} reads it now"
