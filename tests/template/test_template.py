"""The template teaches: its README is true, its tables are what it says, and none of its features sees the future."""

from __future__ import annotations

import math
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from featsql import Project
from tests.docs.pages import differences

from .conftest import Played

ONLINE = {
    "airport_weather__online": 3,
    "carrier_airport_delays__online": 35,
    "carrier_departures__online": 16,
    "hour_history__online": 57,
    "plane_delays__online": 2_613,
    "route_history__online": 224,
    "system_delays__online": 1,
}
TABLES = {
    "arrival_hours": 124_818,
    "bad_days": 4_972,
    "carriers": 16,
    "departure_hours": 66_042,
    "hour_days": 19_486,
    "late_arrivals": 309_772,
    "route_days": 63_832,
    **ONLINE,
}
AS_OF = "2013-12-31"


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


def test_the_readme_is_true(played: Played) -> None:
    if found := differences(played.page, played.runs):
        pytest.fail(found, pytrace=False)


def test_init_says_what_it_made(played: Played) -> None:
    assert played.made.startswith("made flights: 33 files\n")


def test_every_relation_is_there_with_its_rows(built: duckdb.DuckDBPyConnection) -> None:
    names = [name for (name,) in rows(built, "select table_name from duckdb_tables() where schema_name = 'main' order by 1")]
    assert {name: rows(built, f"select count(*) from {name}")[0][0] for name in names} == TABLES
    assert rows(built, "select count(*), count(arrived_at) from stg_flights") == [(336_776, 327_346)]


def test_no_arrival_to_come_is_seen(built: duckdb.DuckDBPyConnection) -> None:
    assert rows(built, "select min(minutes_since_arrival) from late_arrivals") == [(1,)]


def test_a_leak_is_found_by_unit_tests_alone(played: Played, tmp_path: Path) -> None:
    """As the README says: without the lines that say when something is known, and without a warehouse."""
    leaky = tmp_path / "leaky"
    shutil.copytree(played.project, leaky, ignore=shutil.ignore_patterns("target"))
    for view in (leaky / "models/features").glob("*.sql"):
        lines = view.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(("available_at: arrived_at", "delay: 1h"))]
        view.write_text("".join(kept), encoding="utf-8")
    result = Project(leaky).test(only=("unit",))
    found = {test.test.name: test.failures for test in result.tests if test.status == "fail"}
    assert found == {"plane_delays.a_flight_in_the_air_is_not_seen": 3, "late_arrivals.only_what_was_known_two_hours_before": 5}
    assert "~  N1       2013-06-01 18:40:00  10 -> 40" in played.page.text
    assert not list(leaky.rglob("*.duckdb"))


def test_what_ci_and_the_hook_do_works(played: Played) -> None:
    """The commands of the workflow and of the pre-commit hook, as they are written; all but the build, which the README does."""
    workflow = (played.project / ".github/workflows/featsql.yml").read_text(encoding="utf-8")
    hook = (played.project / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    commands = re.findall(r"(?:run|entry): (featsql [^#\n]*)", workflow + hook)
    assert [words.split()[1] for words in commands] == ["compile", "test", "build", "test"]
    for command in (words for words in commands if " build " not in words):
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(command)], cwd=played.project, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
    assert (played.project / "target/unit.xml").read_text(encoding="utf-8").count("<testcase ") == 5


LAST_DELAYS = """
with flights as (
    select
        *,
        date_diff('minute', scheduled_arrival_at, arrived_at) as delay,
        {known_at} as known_at,
        struct_pack(at := scheduled_departure_at, known := known_at, id := flight_id, delay := delay) as in_order
    from '{project}/data/flights.parquet'
    where tailnum is not null
),
latest as (
    select
        tailnum,
        known_at,
        max(max(in_order)) over (partition by tailnum order by known_at) as last
    from flights
    where known_at is not null
    group by tailnum, known_at
),
asked as (
    select
        spine.flight_id,
        case when last.at >= decided_at - interval 336 hours then last.delay end as last_delay
    from late_arrivals as spine
    asof left join latest on spine.tailnum = latest.tailnum and spine.decided_at > latest.known_at
)
select
    count(*),
    count(*) filter (where last_delay is distinct from last_arrival_delay),
    count(*) filter (where last_delay is distinct from last_arrival_delay and last_delay is null)
from asked join late_arrivals using (flight_id)
"""
"""Another way to the plane's last known delay: a running maximum of its flights, and one ASOF join over that. The result: rows,
those in which `late_arrivals` says something else, and of these the ones that are NULL here."""


def test_last_delays_are_those_of_a_query_written_by_hand(built: duckdb.DuckDBPyConnection, played: Played) -> None:
    known_at = "case when arrived_at is not null then greatest(scheduled_departure_at, arrived_at) end"
    assert rows(built, LAST_DELAYS.format(known_at=known_at, project=played.project)) == [(309_772, 0, 0)]


def test_the_leak_is_what_the_readme_says(built: duckdb.DuckDBPyConnection, played: Played) -> None:
    """`plane_delays` without `available_at`: a flight is known when it was to leave."""
    leaky = rows(built, LAST_DELAYS.format(known_at="scheduled_departure_at", project=played.project))
    assert leaky == [(309_772, 8_982, 5_302)]
    assert "8,982 (2.9 %)" in played.page.text and "In the other 5,302" in played.page.text


def test_retrieve_gives_what_the_training_set_has(built: duckdb.DuckDBPyConnection, played: Played) -> None:
    spine_columns = "flight_id, decided_at, carrier, tailnum, origin, dest, scheduled_hour"
    sample = "from (from late_arrivals order by hash(flight_id) limit 100) order by flight_id"
    expected = built.sql(f"select * exclude (distance_miles, plane_seats, plane_age, arrived_late) {sample}").to_arrow_table()
    spine = built.sql(f"select {spine_columns}, origin as airport {sample}").to_arrow_table()
    views = ("plane_delays", "carrier_airport_delays", "route_history", "hour_history", "airport_weather", "system_delays")
    built.close()
    found = Project(played.project).retrieve(spine, timestamp="decided_at", features=views).drop_columns(["airport"])
    assert found.num_rows == 100
    names = [name.removeprefix("origin_") for name in expected.column_names]
    assert found.column_names == names
    for name, told, wanted in zip(names, found.columns, expected.columns, strict=True):
        assert same(told, wanted), name


def same(found: pa.ChunkedArray, expected: pa.ChunkedArray) -> bool:
    """Equal to the last bit, but for sums of floating point numbers (R27)."""
    if pa.types.is_floating(expected.type):
        return all(
            a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12))
            for a, b in zip(found.to_pylist(), expected.to_pylist(), strict=True)
        )
    return bool(found.equals(expected))


def test_a_second_build_leaves_the_same(played: Played) -> None:
    before = contents(played)
    kept = Project(played.project).build(as_of=AS_OF)
    assert {r.status for r in kept.results} == {"reused"} and {t.status for t in kept.tests} == {"pass"}
    result = Project(played.project).build(as_of=AS_OF, force=True)
    assert {r.status for r in result.results} == {"success"} and len(result.results) == 17
    assert {t.status for t in result.tests} == {"pass"}, "no false alarms"
    assert contents(played) == before


def contents(played: Played) -> dict[str, list[tuple[object, ...]]]:
    """Of each table, its rows and a sum that depends on every value and on no order."""
    with duckdb.connect(played.database, read_only=True) as connection:
        return {name: rows(connection, f"select count(*), sum(hash({name})) from {name}") for name in TABLES}
