"""Seeds: csv files as tables, strictly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from featsql.engines.base import Engine, EngineError
from featsql.ir.model import Column
from featsql.ir.query import LoadSeed

from .warehouses import RUN, SCHEMA, Rows, name


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Callable[..., int | None]:
    """Load and publish a seed of that text; keywords give columns and their types."""

    def load(text: str | bytes, file: str = "plans.csv", **columns: str | None) -> int | None:
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        step = LoadSeed(name("plans"), str(path), tuple(columns.items()))
        engine.begin(RUN)
        rows = engine.build(step)
        engine.publish((step,))
        return rows

    return load


Load = Callable[..., "int | None"]
Read = Callable[[str], Rows]


def test_a_seed_is_a_table_typed_as_declared_else_as_found(engine: Engine, load: Load, read: Read) -> None:
    rows = load("id,code,price,day\n1,007,1.5,2024-01-31\n2,,,\n", id=None, code="VARCHAR", price="DECIMAL(10,2)", day=None)
    assert rows == 2
    assert engine.columns(name("plans")) == (
        Column("id", "BIGINT"),
        Column("code", "VARCHAR"),
        Column("price", "DECIMAL(10,2)"),
        Column("day", "DATE"),
    )
    assert read(f"select code, cast(price as varchar), cast(day as varchar) from {SCHEMA}.plans order by id") == [
        ("007", "1.50", "2024-01-31"),
        (None, None, None),
    ]


def test_types_are_found_from_the_whole_file(engine: Engine, load: Load) -> None:
    load("id\n" + "1\n" * 50_000 + "x\n", id=None)
    assert engine.columns(name("plans")) == (Column("id", "VARCHAR"),)


def test_rows_keep_their_order_and_quoted_text(load: Load, read: Read) -> None:
    load('note,n\n"a, ""b""\nc",3\n"#x",1\nNULL,2\n', note=None, n=None)
    assert read(f"select note, n from {SCHEMA}.plans") == [('a, "b"\nc', 3), ("#x", 1), ("NULL", 2)]


def test_a_seed_without_rows(engine: Engine, load: Load) -> None:
    assert load("id,name\n", id="INTEGER", name=None) == 0
    assert engine.columns(name("plans")) == (Column("id", "INTEGER"), Column("name", "VARCHAR"))


def test_names_and_paths_with_special_characters(load: Load, read: Read) -> None:
    assert load("it's,b\n1,2\n", file="a[b]'*?/c d.csv", **{"it's": "VARCHAR", "b": None}) == 1
    assert read(f'select "it\'s" from {SCHEMA}.plans') == [("1",)]


def test_a_byte_order_mark_is_not_part_of_a_name(load: Load, read: Read) -> None:
    load("\ufeffid\n1\n".encode(), id="INTEGER")
    assert read(f"select id from {SCHEMA}.plans") == [(1,)]


@pytest.mark.parametrize(
    ("text", "columns", "line", "said"),
    [
        ("id,price\n1,1.5\n2,dear\n", {"id": None, "price": "DOUBLE"}, 3, "dear"),
        ("id,name\n1,a\n2,b,c\n3,d\n", {"id": None, "name": None}, 3, "columns"),
        ("id,name\n1,a\n2\n3,d\n", {"id": None, "name": None}, 3, "columns"),
        ('id,name\n1,a\n2,"b"x\n', {"id": None, "name": None}, 3, "quote"),
        (b"id,name\n1,a\n2,\xff\xfe\n", {"id": None, "name": None}, 3, "utf-8"),
    ],
    ids=["value", "too many", "too few", "quote", "encoding"],
)
def test_a_line_that_cannot_be_read(load: Load, text: str | bytes, columns: dict[str, str | None], line: int, said: str) -> None:
    with pytest.raises(EngineError) as caught:
        load(text, **columns)
    assert caught.value.line == line
    assert said in caught.value.message
    assert "\n" not in caught.value.message and "null_padding" not in caught.value.message


def test_a_column_that_the_file_does_not_have(load: Load) -> None:
    for type_ in (None, "INTEGER"):
        with pytest.raises(EngineError, match="nope"):
            load("id\n1\n", id=None, nope=type_)


def test_a_type_that_does_not_exist(load: Load) -> None:
    with pytest.raises(EngineError, match="nosuchtype"):
        load("id\n1\n", id="nosuchtype")


def test_a_file_that_is_gone(engine: Engine, tmp_path: Path) -> None:
    engine.begin(RUN)
    with pytest.raises(EngineError, match=r"gone\.csv"):
        engine.build(LoadSeed(name("plans"), str(tmp_path / "gone.csv"), (("id", None),)))
