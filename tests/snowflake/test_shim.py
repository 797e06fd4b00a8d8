"""Each addition to the emulator is needed: without it the emulator refuses what Snowflake does, or says something else."""

from __future__ import annotations

from typing import Any

import pytest

from featsql.base.diagnostics import FeatsqlError
from featsql.engines import connect
from featsql.ir.project import Target

from .place import emulated, emulator, rows

TIMES = "select cast(null as timestamp_ntz) as t union all select cast('2024-01-01' as timestamp_ntz)"
VALUES = "(select 1 as k, 5 as t, 2 as n, null as v union all select 1, 9, 3, 7)"
CASES: dict[str, tuple[str, Any]] = {
    "asof": (
        f"select count(r.t) from (select 1 as k, 7 as t) as a asof join {VALUES} as r match_condition (a.t >= r.t) on a.k = r.k",
        1,
    ),
    "max_by": (f"select coalesce(min_by(v, t), -1) from {VALUES}", -1),
    "sums": ("select sum(n) from (select 9007199254740993 as n union all select 2)", 9007199254740995),
    "array_agg": (f"select array_size(array_agg(v) within group (order by t)) from {VALUES}", 1),
    "session": ("alter session set query_tag = 'x'", "Statement executed successfully."),
    "clone": ("create or replace transient table d.s.copied clone d.s.kept copy grants", "Table COPIED successfully created."),
    "comment": ("comment on table d.s.kept is 'it''s'", ""),
    "null_times": (f"select count(*) from ({TIMES})", 2),
}


def all_of_them(port: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with emulated(port, "d").connection() as connection:
        connection.cursor().execute("create schema if not exists d.s")
        connection.cursor().execute("create table if not exists d.s.kept as select 1 as x")
        for name, (sql, _) in CASES.items():
            try:
                found[name] = rows(connection, sql)[0][0]
                if name == "null_times":
                    nulls = connection.cursor().execute(TIMES).fetch_arrow_all().column(0).null_count
                    found[name] = found[name] if nulls == 1 else nulls
            except Exception as error:
                found[name] = type(error).__name__
    return found


def test_with_the_additions_it_does_what_snowflake_does() -> None:
    with emulator() as port:
        found = all_of_them(port)
    assert found == {name: expected for name, (_, expected) in CASES.items()}


def test_without_them_it_does_not() -> None:
    with emulator(" ".join(CASES)) as port:
        found = all_of_them(port)
    needless = [name for name, (_, expected) in CASES.items() if found[name] == expected]
    assert needless == []


@pytest.mark.parametrize("without", ["login", "password"])
def test_logins(without: str) -> None:
    """Newer drivers ask for more than the emulator answers; and it lets everyone in."""
    wrong = {"password": "wrong"} if without == "password" else {}
    with emulator(without) as port:
        keys = {**emulated(port).keys, **wrong}
        target = Target("dev", "shop", "snowflake", "s", "d", config=keys)
        if without == "password":
            connect(target, ".").close()
            return
        with pytest.raises(FeatsqlError):
            connect(target, ".")
