"""A project that is written in Snowflake's dialect, run on DuckDB; and a compilation that needs files alone."""

from __future__ import annotations

import socket
from pathlib import Path

import duckdb
import pytest
import yaml

from featsql import FeatsqlError, Project

VIEW = """/*---
kind: feature_view
entity: customer
timestamp: moment
windows: {w: 7d}
online: true
---*/
select
    customer_id,
    moment,
    amount as last_amount,
    sum(amount) over w as spent,
    max_by(merchant, amount) over w as dearest,
    booland_agg(amount > 1) over w as all_large,
    iff(amount > 5, 'large', 'small') as size,
    datediff(hour, moment, as_of_time) as hours
from {{ source('raw', 'orders') }}
where nvl(merchant, '') <> 'x'
"""
DECLARED = {
    "entities": [{"name": "customer", "keys": ["customer_id"]}],
    "sources": [
        {
            "name": "raw",
            "schema": "main",
            "tables": [
                {
                    "name": "orders",
                    "path": "orders.csv",
                    "columns": [
                        {"name": "customer_id", "type": "number(38, 0)"},
                        {"name": "moment", "type": "timestamp_ntz"},
                        {"name": "amount", "type": "number(38, 0)"},
                        {"name": "merchant", "type": "varchar"},
                    ],
                }
            ],
        }
    ],
}
ORDERS = "customer_id,moment,amount,merchant\n1,2024-03-01 00:00:00,5,a\n1,2024-03-02 00:00:00,9,b\n1,2024-03-03 00:00:00,9,x\n"


def lay_out(folder: Path, view: str = VIEW) -> None:
    (folder / "models").mkdir()
    (folder / "models" / "spend.sql").write_text(view, encoding="utf-8")
    (folder / "models" / "declared.yml").write_text(yaml.safe_dump(DECLARED), encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (folder / "featsql.yml").write_text("name: s\nprofile: s\ndialect: snowflake\n", encoding="utf-8")
    prod = {"type": "snowflake", "account": "{{ env_var('NOBODY_SET_THIS') }}", "user": "u", "database": "d", "schema": "f"}
    outputs = {"dev": {"type": "duckdb", "path": "s.duckdb"}, "prod": prod}
    (folder / "profiles.yml").write_text(yaml.safe_dump({"s": {"target": "dev", "outputs": outputs}}), encoding="utf-8")


def test_a_project_in_snowflakes_dialect_runs_on_duckdb(tmp_path: Path) -> None:
    lay_out(tmp_path)
    result = Project(tmp_path).run(as_of="2024-03-04")
    assert result.ok, [r.message for r in result.results]
    with duckdb.connect(str(tmp_path / "s.duckdb"), read_only=True) as connection:
        found = connection.execute("select last_amount, spent, dearest, all_large, size, hours from spend__online").fetchall()
    assert found == [(9, 14, "b", True, "large", 48)]


def test_it_is_its_own_text_in_snowflake(tmp_path: Path) -> None:
    lay_out(tmp_path)
    sql = Project(tmp_path, target="prod").compile().queries["spend"].sql
    assert "where nvl(merchant, '') <> 'x'" in sql
    assert "from main.orders as orders" in sql


def test_what_snowflake_alone_means_is_refused_on_duckdb(tmp_path: Path) -> None:
    lay_out(tmp_path, VIEW.replace("iff(amount > 5, 'large', 'small') as size", "amount / 3 as third"))
    with pytest.raises(FeatsqlError) as caught:
        Project(tmp_path).compile()
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.span and diagnostic.span.text) == ("FS602", "amount / 3")
    assert Project(tmp_path, target="prod").compile().queries


def test_compiling_needs_no_network_no_secrets_and_no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network is not to be touched")

    lay_out(tmp_path)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert Project(tmp_path, target="prod").compile().queries
