"""Cases as a project on disk, run through the product's public API, and its relations read back."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from . import render
from .aggregation import Value
from .cases import Case, Relation, Table

FINE = ("success", "pass")
PROJECT_YML = "name: oracle\nprofile: oracle\ndialect: duckdb\n"
ARROW_TYPES: dict[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DECIMAL(10,2)": pa.decimal128(10, 2),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
    "TIMESTAMP_NS": pa.timestamp("ns"),
    "TIMESTAMPTZ_NS": pa.timestamp("ns", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What must never change a value (R28): the threads of a run and the clock of its machine."""

    threads: int = 2
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The relations that a run left, and what it said of those that it did not."""

    relations: dict[str, Relation]
    errors: dict[str, str]


def run(cases: list[Case], folder: Path, surroundings: Surroundings) -> Outcome:
    """Build a project of the cases in the folder, run it as of their time, read what is there."""
    write_project(cases, folder, surroundings)
    with _clock_of_the_machine(surroundings.timezone):
        errors = run_project(folder, cases[0].as_of_time)
        answers, refusals = ({}, {}) if "" in errors else retrieve_spines(cases, folder)
    names = [name for case in cases for name in relation_names(case)]
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, answer in answers.items():
            connection.register(name, answer)
        relations = {name: read_relation(connection, name) for name in [*_existing(connection, names), *answers]}
    return Outcome(relations, errors | refusals)


def relation_names(case: Case) -> list[str]:
    views = [case.view_name(strategy) for strategy in case.strategies]
    return [*views, *(f"{view}__online" for view in views), *(training.name for training in case.trainings)]


# --- writing


def write_project(cases: list[Case], folder: Path, surroundings: Surroundings) -> None:
    for path, text in (render.project_files(cases) | _settings(folder, surroundings)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"create schema {render.TABLES}")
        for case in cases:
            for name, table in render.tables_of(case):
                _store(case, name, table, folder, connection)


def _settings(folder: Path, surroundings: Surroundings) -> dict[str, str]:
    output = f"{{type: duckdb, path: {render.yaml(str(folder / 'warehouse.duckdb'))}, threads: {surroundings.threads}}}"
    return {
        "featsql.yml": PROJECT_YML,
        "profiles.yml": f"oracle:\n  target: dev\n  outputs:\n    dev: {output}\n",
    }


def _store(case: Case, name: str, table: Table, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    contents = arrow_table(table)
    if case.storage == "parquet":
        # no statistics: DuckDB 2.0 takes a column's largest value in them, which leaves out NaN, for a bound on all of it
        pq.write_table(contents, folder / render.data_path(name), write_statistics=False)
        return
    connection.register("contents", contents)
    connection.execute(f"create table {render.TABLES}.{name} as select * from contents")
    connection.unregister("contents")


def arrow_table(table: Table) -> pa.Table:
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.fields)
    arrays = [_array(list(values), kind) for values, (_, kind) in zip(columns, table.fields, strict=True)]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in table.fields])


def _array(values: list[Value], kind: str) -> pa.Array:
    if kind == "DATE":
        days = [None if value is None else value // 86_400_000_000 for value in values]
        return pa.array(days, pa.int32()).cast(pa.date32())
    if kind.startswith("TIMESTAMP"):
        return pa.array(values, pa.int64()).cast(ARROW_TYPES[kind])
    return pa.array(values, ARROW_TYPES[kind])


# --- running


def run_project(folder: Path, as_of_time: int) -> dict[str, str]:
    """Run it all through the public API; what failed, by name, or under "" when the project as a whole is refused."""
    from featsql import FeatsqlError, Project

    try:
        result = Project(folder).run(as_of=timestamp_text(as_of_time))
    except FeatsqlError as error:
        return {"": _diagnostics(error)}
    return {node.name: f"{node.status}: {node.message}" for node in result.results if node.status not in FINE}


def retrieve_spines(cases: list[Case], folder: Path) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """Ask for the features of some spines without a model: the answers, and the refusals."""
    from featsql import FeatsqlError, Project

    answers, refusals = {}, {}
    for case in cases:
        name = case.retrieved_name()
        if name is not None:
            spine, features = arrow_table(case.spine), [case.view_name(case.strategies[0])]
            try:
                answers[name] = Project(folder).retrieve(spine, timestamp=case.spine_time, features=features)
            except FeatsqlError as error:
                refusals[name] = _diagnostics(error)
    return answers, refusals


def _diagnostics(error: Exception) -> str:
    found = getattr(error, "diagnostics", ())
    return "\n".join(f"{each.code}: {each.message} {each.span}" for each in found) or repr(error)


def timestamp_text(instant: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


@contextmanager
def _clock_of_the_machine(timezone: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = timezone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


# --- reading


def _existing(connection: duckdb.DuckDBPyConnection, names: list[str]) -> list[str]:
    rows = connection.execute("select table_name from information_schema.tables where table_schema = 'main'").fetchall()
    there = {name for (name,) in rows}
    return [name for name in names if name in there]


def read_relation(connection: duckdb.DuckDBPyConnection, name: str) -> Relation:
    """A relation as the oracle speaks of it: times are integers, nanoseconds where the column has them."""
    described = connection.execute(f'describe "{name}"').fetchall()
    fields = tuple((str(column), str(kind)) for column, kind, *_ in described)
    columns = ", ".join(_readable(*field) for field in fields)
    rows = connection.execute(f'select {columns} from "{name}"').fetchall()
    return Relation(fields, tuple(rows), identity=0)


def _readable(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    match kind:
        case "TIMESTAMP_NS":
            return f"epoch_ns({quoted})"
        case "TIMESTAMPTZ_NS":
            return f"epoch_ns({quoted}::timestamp_ns)"
        case "DATE":
            return f"epoch_us({quoted}::timestamp)"
        case "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE":
            return f"epoch_us({quoted})"
    return quoted
