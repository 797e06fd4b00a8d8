"""The executed cases of `tests/pit` in Snowflake: the same files, the same rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import yaml

from featsql import FeatsqlError, Project
from featsql.dialects.snowflake import SNOWFLAKE
from featsql.ir.model import Column
from tests.pit.case import Case
from tests.pit.text_table import Column as TextColumn
from tests.pit.text_table import TextTable, same_rows, side_by_side
from tests.pit.workbench import _declarations, machine_time_zone, spelled, with_strategy

from .place import Place, arrow, fresh, load

REFUSED: Final = "refused"
_NATIVE: Final = re.compile(
    r"(?!timestamp_ns|u?hugeint|ubigint|decimal\((?:19|[23]\d)(?:, ?0)?\))[a-z ]+(\([\d, ]+\))?|timestamptz", re.IGNORECASE
)
"""Types that columns can have there too; the emulator cuts off nanoseconds, and its whole numbers have 64 bits."""
STRATEGIES: Final = (None, "as_of", "running_totals", "last_rows", "frames", "range_join")


def outcome(case: Case, strategy: str | None, warehouse: Place, connection: Any, folder: Path) -> str:
    """Nothing when the case has its rows there (or its error); `REFUSED: ...` when FS602 says that it cannot be said."""
    lists = [c.name for _, table in case.tables for c in table.columns if not _NATIVE.fullmatch(str(c.type))]
    if lists:
        return f"{REFUSED}: no columns there have the types of {lists}"
    raw, schema = fresh("raw"), fresh("pit")
    for name, table in case.tables:
        _load(connection, f"{warehouse.keys['database']}.{raw}", name, table)
    _lay_out(case, strategy, warehouse.profile(schema), raw, folder)
    try:
        with machine_time_zone(case.session_time_zone):
            return _run(case, warehouse, connection, schema, folder)
    except FeatsqlError as error:
        codes = {d.code for d in error.diagnostics}
        said = "; ".join(d.message for d in error.diagnostics)
        if case.error is not None and case.error.stage == "project":
            return "" if all(words.lower() in f"{error} {said}".lower() for words in case.error.contains) else said
        return f"{REFUSED}: {said}" if codes == {"FS602"} else f"raised: {said}"
    finally:
        for each in (raw, schema):
            connection.cursor().execute(f"drop schema if exists {warehouse.keys['database']}.{each}")


def _run(case: Case, warehouse: Place, connection: Any, schema: str, folder: Path) -> str:
    result = Project(folder).run(as_of=case.as_of)
    failed = {node.name: node.message for node in result.results if node.status == "error"}
    if case.error is not None:
        said = " ".join(failed.values()).lower()
        is_right = set(failed) == {case.error.of} and all(words.lower() in said for words in case.error.contains)
        return "" if is_right else f"failed: {failed}"
    if failed:
        return f"failed: {failed}"
    for relation, expected in case.expect:
        name = f"{warehouse.keys['database']}.{schema}.{SNOWFLAKE.quote(relation)}"
        actual = as_text(arrow(connection, f"select * from {name}"), expected)
        if actual.names != tuple(column.name for column in expected.columns):
            return f"`{relation}`: columns {actual.names}"
        if not same_rows(expected, actual, in_order=case.ordered):
            return f"`{relation}`:\n{side_by_side(expected, actual, in_order=case.ordered)}"
    return ""


def as_text(found: pa.Table, expected: TextTable) -> TextTable:
    """Each value as DuckDB writes it, in the type that is expected of its column; arrays come as JSON."""
    names = [_as_expected(name, expected) for name in found.column_names]
    found = found.rename_columns(names)
    kinds = {column.name: column.type for column in expected.columns}
    with duckdb.connect() as scratch:
        scratch.execute("set TimeZone = 'UTC'")
        scratch.register("found", found)
        arrays = {name for name in names if _is_array(found.column(name))}
        texts = ", ".join(_text(name, kinds.get(name) or ("varchar[]" if name in arrays else None), scratch) for name in names)
        rows = scratch.execute(f"select {texts} from found").fetchall()
    return TextTable(tuple(TextColumn(name, None) for name in names), tuple(tuple(row) for row in rows))


def _is_array(column: pa.ChunkedArray) -> bool:
    told = [value for value in column.to_pylist() if value is not None] if pa.types.is_string(column.type) else []
    return bool(told) and all(value.startswith("[") for value in told)


def _as_expected(name: str, expected: TextTable) -> str:
    """Names that are not quoted have lost their capitals."""
    return next((c.name for c in expected.columns if c.name.lower() == name.lower()), name)


def _text(name: str, kind: str | None, scratch: duckdb.DuckDBPyConnection) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind is None:
        return f"cast({quoted} as varchar)"
    if kind.endswith("[]"):
        quoted = f"cast({quoted} as json)"
    return f"cast(cast({quoted} as {spelled(scratch, kind)}) as varchar)"


def _load(connection: Any, schema: str, name: str, table: TextTable) -> None:
    connection.cursor().execute(f"create schema if not exists {schema}")
    with duckdb.connect() as scratch:
        scratch.execute("set TimeZone = 'UTC'")
        columns = tuple(Column(c.name, _canonical(spelled(scratch, str(c.type)))) for c in table.columns)
    load(connection, f"{schema}.{SNOWFLAKE.quote(name)}", columns, table.rows)


def _canonical(spelling: str) -> str:
    return {"VARCHAR": "TEXT"}.get(spelling, spelling)


def _lay_out(case: Case, strategy: str | None, profile: dict[str, Any], raw: str, folder: Path) -> None:
    declared = _declarations(case)
    for source in declared["sources"]:
        source["schema"] = raw
    contents = {
        "featsql.yml": {"name": "pit", "profile": "pit", "dialect": "duckdb"},
        "profiles.yml": {"pit": {"target": "there", "outputs": {"there": profile}}},
        "models/declarations.yml": declared,
    }
    (folder / "models").mkdir()
    for path, content in contents.items():
        (folder / path).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    for name, text in case.models:
        (folder / "models" / f"{name}.sql").write_text(with_strategy(text, strategy), encoding="utf-8")
