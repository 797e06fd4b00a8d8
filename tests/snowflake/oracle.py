"""`python -m tests.snowflake.oracle --cases 1000`: random projects of `tests/oracle` in Snowflake, against the reference.

A thousand cases take a while: `nohup nice python -m tests.snowflake.oracle --cases 1000 --minutes 60 > oracle.log &` goes on
in the background, tells each project when it is done, and ends in time with the figure that it has by then.

Left out: tables in files and times in nanoseconds, which the emulator cuts, and the features that FS602 refuses.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import duckdb
import pyarrow as pa
import yaml

from featsql import FeatsqlError, Project
from featsql.dialects.snowflake import SNOWFLAKE
from tests.oracle import render
from tests.oracle.cases import ANY_TIME, NANOSECONDS, Case, Relation, expected_relations
from tests.oracle.compare import differences
from tests.oracle.draw import draw_case
from tests.oracle.lattice import CASES_PER_PROJECT
from tests.oracle.project import arrow_table, timestamp_text

from .place import Place, arrow, fresh, load_frame, named_account, place

SEED: Final = 1
STRATEGIES: Final = ("auto", "as_of", "running_totals", "frames", "range_join")


@dataclass(frozen=True, slots=True)
class Report:
    cases: int
    relations: int
    left_out: int
    """Features that cannot be said there."""
    wrong: tuple[str, ...]


def check_project(seed: int, number: int, warehouse: Place, connection: Any, most: int = CASES_PER_PROJECT) -> Report:
    """Run one project of random cases there and compare every relation with the reference."""
    first = number * CASES_PER_PROJECT
    drawn = [draw_case(seed, index) for index in range(first, first + most)]
    cases = [_suited(case) for case in drawn if not _in_nanoseconds(case)]
    kept, left_out = _expressible(cases, warehouse)
    schema, lake = fresh("oracle"), fresh("lake")
    cursor = connection.cursor()
    cursor.execute(f"create schema if not exists {lake}")
    for case in kept:
        for name, table in render.tables_of(case):
            load_frame(connection, f"{lake}.{name}", arrow_table(table))
    try:
        with tempfile.TemporaryDirectory(prefix="featsql-oracle-") as folder:
            _write(kept, warehouse.profile(schema), lake, Path(folder))
            wrong = tuple(_run(kept, schema, connection, Path(folder)))
    finally:
        for each in (schema, lake):
            cursor.execute(f"drop schema if exists {each}")
    return Report(len(kept), sum(len(expected_relations(case)) for case in kept), left_out, wrong)


def _suited(case: Case) -> Case:
    kept = tuple(strategy for strategy in case.strategies if strategy in STRATEGIES)
    trainings = tuple(replace(t, entries=tuple(e for e in t.entries if e.strategy in kept)) for t in case.trainings)
    return replace(case, storage="table", strategies=kept, trainings=tuple(t for t in trainings if t.entries))


def _in_nanoseconds(case: Case) -> bool:
    tables = [table for _, table in render.tables_of(case)]
    return any(kind in NANOSECONDS for table in tables for _, kind in table.fields)


def _expressible(cases: list[Case], warehouse: Place) -> tuple[list[Case], int]:
    """The cases with the features that have words there."""
    kept: list[Case] = []
    left_out = 0
    for case in cases:
        refused = _refused(case, warehouse)
        features = tuple((name, expression) for name, expression in case.view.features if name not in refused)
        left_out += len(case.view.features) - len(features)
        if features and not _refused(case.with_features(features), warehouse):
            kept.append(case.with_features(features))
    return kept, left_out


def _refused(case: Case, warehouse: Place) -> set[str]:
    """The names of features with an FS602; `*` where it is not in a feature."""
    with tempfile.TemporaryDirectory() as folder:
        _write([case], warehouse.profile("none"), "lake", Path(folder))
        try:
            _ = Project(folder).graph
        except FeatsqlError as error:
            assert {d.code for d in error.diagnostics} == {"FS602"}, error
            return {_feature(case, d.span) for d in error.diagnostics}
    return set()


def _feature(case: Case, span: Any) -> str:
    line = span.file.text[: span.file.text.find("\n", span.start)].rpartition("\n")[2] if span else ""
    written = line.rstrip(",").rpartition(" as ")[2].strip()
    return next((name for name, _ in case.view.features if render.output_name(name) == written), "*")


def _write(cases: list[Case], profile: dict[str, Any], lake: str, folder: Path) -> None:
    files = dict(render.project_files(cases))
    files["models/sources.yml"] = files["models/sources.yml"].replace(f"schema: {render.TABLES}", f"schema: {lake}")
    files["featsql.yml"] = "name: oracle\nprofile: oracle\ndialect: duckdb\n"
    files["profiles.yml"] = yaml.safe_dump({"oracle": {"target": "there", "outputs": {"there": profile}}})
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _run(cases: list[Case], schema: str, connection: Any, folder: Path) -> Iterator[str]:
    try:
        result = Project(folder).run(as_of=timestamp_text(cases[0].as_of_time))
    except FeatsqlError as error:
        yield f"cases {[case.index for case in cases]}: {error}"
        return
    errors = {node.name: node.message for node in result.results if node.status != "success"}
    for case in cases:
        for name, expected in expected_relations(case).items():
            if name == case.retrieved_name():
                continue
            if name.removesuffix("__online") in errors:
                yield f"case {case.index}, `{name}`: {errors[name.removesuffix('__online')]}"
                continue
            found = relation(arrow(connection, f"select * from {schema}.{SNOWFLAKE.quote(name)}"), expected)
            for difference in differences(expected, found):
                yield f"case {case.index}, `{name}`: {difference}"


def relation(table: pa.Table, expected: Relation) -> Relation:
    """As the oracle speaks of it, in the types that are expected; kinds of types that differ stay as they are."""
    if table.num_columns != len(expected.fields):
        kinds = map(str, table.schema.types)
        return Relation(tuple(zip(table.column_names, kinds, strict=True)), (), 0)
    names = [_spelled(found, name) for found, (name, _) in zip(table.column_names, expected.fields, strict=True)]
    pairs = zip(table.schema.types, expected.fields, strict=True)
    kinds = [kind if _fits(found, kind) else str(found) for found, (_, kind) in pairs]
    with duckdb.connect() as scratch:
        scratch.execute("set timezone = 'UTC'")
        scratch.register("found", table.rename_columns([f"c{i}" for i in range(table.num_columns)]))
        columns = ", ".join(_value(f"c{i}", kind) for i, kind in enumerate(kinds))
        rows = scratch.execute(f"select {columns} from found").fetchall()
    return Relation(tuple(zip(names, kinds, strict=True)), tuple(rows), identity=0)


def _spelled(found: str, expected: str) -> str:
    return expected if found.lower() == expected.lower() else found


def _fits(found: pa.DataType, kind: str) -> bool:
    if kind.endswith("[]"):
        return pa.types.is_string(found)
    if kind.startswith("DECIMAL"):
        return pa.types.is_decimal(found)
    if kind == ANY_TIME or kind.startswith("TIMESTAMP") or kind == "DATE":
        return pa.types.is_temporal(found)
    return {"BIGINT": pa.int64(), "INTEGER": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}.get(kind, found) == found


def _value(column: str, kind: str) -> str:
    if kind.endswith("[]"):
        return f"cast(cast({column} as json) as {kind})"
    if kind == ANY_TIME or kind.startswith("TIMESTAMP") or kind == "DATE":
        return f"epoch_us(cast({column} as timestamp))"
    return column if kind == "VARCHAR" else f"cast({column} as {kind})" if kind[0].isupper() and kind != '"NULL"' else column


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.snowflake.oracle", description=__doc__)
    parser.add_argument("--cases", type=int, default=100, help="end with the project that reaches them (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no project later (default: no limit)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first project (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s")
    options = parser.parse_args(arguments)
    cases = relations = left_out = wrong = 0
    number, began = options.first, perf_counter()
    with place() as found:
        # a machine with other work may keep a statement waiting for long
        warehouse = replace(found, keys={**found.keys, "network_timeout": 900})
        with warehouse.connection() as connection:
            while cases < options.cases and perf_counter() - began < options.minutes * 60:
                report = check_project(options.seed, number, warehouse, connection)
                cases, relations = cases + report.cases, relations + report.relations
                left_out, wrong = left_out + report.left_out, wrong + len(report.wrong)
                for text in report.wrong:
                    print(text, flush=True)
                told = f"{report.cases} cases, {len(report.wrong)} differences; {cases} of {options.cases}"
                print(f"project {number}: {told} in {perf_counter() - began:.0f} s", flush=True)
                number += 1
    where = "Snowflake account" if named_account() else "emulator"
    amounts = f"{cases} random cases, {relations} relations, seed {options.seed}, projects {options.first} to {number - 1}"
    print(f"{where}: {amounts}: {wrong} differences; {left_out} features refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
