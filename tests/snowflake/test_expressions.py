"""Expressions of DuckDB's and their translations give the same values, each run on its own side; the rest is FS602."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from featsql import FeatsqlError, Project
from featsql.ir.model import Column

from .place import Place, arrow, fresh, load

COLUMNS = (
    *(Column("i", "BIGINT"), Column("j", "BIGINT"), Column("x", "DOUBLE"), Column("d", "DECIMAL(10, 2)"), Column("s", "VARCHAR")),
    *(Column("b", "BOOLEAN"), Column("t", "TIMESTAMP"), Column("day", "DATE")),
)
ROWS = (
    ("7", "2", "2.5", "12.34", "Ab c", "true", "2024-03-31 01:30:00.123456", "2024-02-29"),
    ("-7", "0", "0.5", "-0.05", "e", "false", "1969-12-31 23:59:59.500000", "2023-12-31"),
    (None,) * len(COLUMNS),
)
SAME = (
    *("i + j * 2", "i - j", "-i", "i / nullif(j, 0)", "i / 2", "i / j", "x / 0", "d / 3", "i % 3", "i % nullif(j, 0)"),
    *("i > j and not b", "i = 7 or b is true", "b is not true", "b is false", "i is null", "i between -7 and 0", "i in (7, 8)"),
    *(
        "i is distinct from j",
        "s like 'A%'",
        "s ilike 'a%'",
        "s || '!'",
        "lower(s)",
        "upper(s)",
        "length(s)",
        "substring(s, 2, 2)",
    ),
    *(
        "coalesce(i, j, 1)",
        "nullif(i, 7)",
        "greatest(i, j)",
        "least(i, j, 3)",
        "case when i > 0 then 'p' when i < 0 then 'n' end",
    ),
    *(
        "case j when 2 then s else 'z' end",
        "abs(i)",
        "round(x)",
        "round(d, 1)",
        "floor(x)",
        "ceil(x)",
        "cast(round(x) as bigint)",
    ),
    *("cast(i as double)", "cast(i as varchar)", "cast(s as varchar)", "cast(day as timestamp)", "cast(t as date)", "b::int"),
    *("year(t)", "month(t)", "day(t)", "hour(t)", "extract(minute from t)", "extract(dow from t)", "extract(isodow from t)"),
    *(
        "date_part('quarter', t)",
        "extract(doy from t)",
        "date_trunc('hour', t)",
        "date_trunc('month', t)",
        "date_trunc('week', t)",
    ),
    *("t + interval 1 day", "t - interval '90 minutes'", "t - interval 1 month", "t + interval 3 microsecond"),
    *(
        "date_diff('day', t, cast(day as timestamp))",
        "date_diff('hour', cast(day as timestamp), t)",
        "date_diff('month', day, t)",
    ),
    *(
        "t > timestamp '2024-01-01'",
        "day = date '2024-02-29'",
        "isnan(x)",
        "sqrt(abs(x))",
        "exp(x)",
        "if(b, 1, 0)",
        "'it''s \\ here'",
    ),
)
REFUSED = (
    *("i // 2", "i % j", "cast(x as int)", "cast(x as varchar)", "cast(t as varchar)", "t - cast(day as timestamp)", "hash(s)"),
    *(
        "time_bucket(interval 1 day, t)",
        "[1, 2, 3][1:2]",
        "list_contains([1, 2], i)",
        "regexp_matches(s, 'b')",
        "strftime(t, '%Y')",
    ),
    *(
        "date_diff('week', day, t)",
        "try_cast(s as int)",
        "epoch(t)",
        "substring(s, 0, 2)",
        "now()",
        "random()",
        "struct_pack(a := i)",
    ),
)


def lay_out(folder: Path, profile: dict[str, Any], projections: dict[str, str], raw: str = "raw") -> None:
    (folder / "models").mkdir(exist_ok=True)
    listed = ",\n    ".join(f"{expression} as {name}" for name, expression in projections.items())
    (folder / "models" / "m.sql").write_text(f"select\n    {listed}\nfrom {{{{ source('raw', 'v') }}}}\n", encoding="utf-8")
    (folder / "featsql.yml").write_text("name: e\nprofile: e\n", encoding="utf-8")
    outputs = {"there": profile, "here": {"type": "duckdb", "path": "e.duckdb"}}
    (folder / "profiles.yml").write_text(yaml.safe_dump({"e": {"target": "there", "outputs": outputs}}), encoding="utf-8")
    columns = [{"name": column.name, "type": column.type} for column in COLUMNS]
    source = {"name": "raw", "schema": raw, "tables": [{"name": "v", "columns": columns}]}
    (folder / "models" / "declared.yml").write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")


def compiled(folder: Path, target: str) -> str:
    return Project(folder, target=target).compile().queries["m"].sql


def test_what_is_translated_has_the_same_values(warehouse: Place, connection: Any, tmp_path: Path) -> None:
    raw = fresh("raw")
    connection.cursor().execute(f"create schema {raw}")
    load(connection, f"{raw}.v", COLUMNS, ROWS)
    lay_out(tmp_path, warehouse.profile("e"), {f"e{i}": expression for i, expression in enumerate(SAME)}, raw)
    there = arrow(connection, compiled(tmp_path, "there"))
    with duckdb.connect() as local:
        local.execute("set timezone = 'UTC'")
        local.execute(f"create schema {raw}; create table {raw}.v ({', '.join(f'{c.name} {c.type}' for c in COLUMNS)})")
        local.executemany(f"insert into {raw}.v values ({', '.join('?' for _ in COLUMNS)})", ROWS)
        here = local.execute(compiled(tmp_path, "here")).to_arrow_table()
    wrong = {}
    for i, expression in enumerate(SAME):
        one, other = (sorted(map(shown, table.column(f"e{i}").to_pylist())) for table in (here, there))
        if one != other:
            wrong[expression] = (one, other)
    assert wrong == {}


def shown(value: Any) -> str:
    """A value without the type that it travels in: 7, 7.0 and Decimal('7.00') are one, and so are a date and its midnight."""
    if value is None or isinstance(value, str):
        return repr(value)
    if isinstance(value, bool):
        return str(value)
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return text if "T" in text else f"{text}T00:00:00"
    number = float(value)
    return str(number) if not math.isfinite(number) else f"{number:.12g}"


@pytest.mark.parametrize("expression", REFUSED)
def test_what_has_no_words_is_refused_at_its_place(expression: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {"type": "snowflake", "account": "a", "user": "u", "database": "d", "schema": "s"}, {"e": expression})
    with pytest.raises(FeatsqlError) as caught:
        compiled(tmp_path, "there")
    assert {d.code for d in caught.value.diagnostics} == {"FS602"}
    assert all(d.span is not None and d.span.position.line <= 2 for d in caught.value.diagnostics)
