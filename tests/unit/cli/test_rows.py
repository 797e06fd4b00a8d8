"""Rows as text: what each type looks like in a table, in csv and in JSON."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pytest

from featsql.cli.grid import grid
from featsql.cli.rows import cells, csv_chunks, json_chunks

NOON = dt.datetime(2026, 1, 31, 12)
UTC = pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    "values, kind, text, as_json",
    [
        ([1], pa.int64(), "1", "1"),
        ([0.1], pa.float64(), "0.1", "0.1"),
        ([0.1], pa.float32(), "0.1", "0.1"),
        ([float("nan")], pa.float64(), "nan", '"nan"'),
        ([float("-inf")], pa.float64(), "-inf", '"-inf"'),
        ([Decimal("12.30")], pa.decimal128(10, 2), "12.30", "12.30"),
        ([Decimal("0.0000001")], pa.decimal128(10, 7), "0.0000001", "0.0000001"),
        ([10**37], pa.decimal128(38, 0), str(10**37), str(10**37)),
        ([True], pa.bool_(), "true", "true"),
        (["x"], pa.string(), "x", '"x"'),
        (["é"], pa.dictionary(pa.int8(), pa.string()), "é", '"é"'),
        ([NOON], pa.timestamp("us"), "2026-01-31 12:00:00", '"2026-01-31 12:00:00"'),
        ([NOON.replace(microsecond=120_000)], pa.timestamp("us"), "2026-01-31 12:00:00.12", '"2026-01-31 12:00:00.12"'),
        ([NOON.replace(tzinfo=dt.UTC)], UTC, "2026-01-31 12:00:00Z", '"2026-01-31 12:00:00Z"'),
        ([NOON], pa.timestamp("s"), "2026-01-31 12:00:00", '"2026-01-31 12:00:00"'),
        ([NOON.date()], pa.date32(), "2026-01-31", '"2026-01-31"'),
        ([dt.time(10, 30)], pa.time64("us"), "10:30:00", '"10:30:00"'),
        ([dt.timedelta(days=1)], pa.duration("us"), "1 day, 0:00:00", '"1 day, 0:00:00"'),
        ([(1, 2, 1_500_000_000)], pa.month_day_nano_interval(), "1 months 2 days 1.5 seconds", '"1 months 2 days 1.5 seconds"'),
        ([b"\x00\xff"], pa.binary(), "00ff", '"00ff"'),
        ([[1, None]], pa.list_(pa.int64()), "[1, null]", "[1, null]"),
        ([[NOON]], pa.list_(pa.timestamp("us")), '["2026-01-31 12:00:00"]', '["2026-01-31 12:00:00"]'),
        ([{"a": Decimal("1.50")}], pa.struct({"a": pa.decimal128(4, 2)}), '{"a": 1.50}', '{"a": 1.50}'),
        ([[("k", 1)]], pa.map_(pa.string(), pa.int64()), '[["k", 1]]', '[["k", 1]]'),
    ],
)
def test_a_value_in_every_form(values: list[object], kind: pa.DataType, text: str, as_json: str) -> None:
    table = pa.table({"a": pa.array([*values, None], kind)})
    assert cells(table.column("a")) == [text, None]
    (value, null) = "".join(json_chunks(table)).removeprefix("[").removesuffix("]\n").split(",\n ")
    assert (value, null) == (f'{{"a": {as_json}}}', '{"a": null}')
    json.loads(value)


def test_csv_tells_null_from_empty_text_and_quotes_what_needs_it() -> None:
    table = pa.table({"a,b": ["", None, 'say "hi"', "two\nlines", " x", "plain"], "n": [1, 2, 3, 4, 5, 6]})
    assert "".join(csv_chunks(table)) == '"a,b",n\n"",1\n,2\n"say ""hi""",3\n"two\nlines",4\n" x",5\nplain,6\n'


def test_many_rows_are_all_there() -> None:
    table = pa.table({"n": list(range(45_000))})
    assert "".join(csv_chunks(table)).splitlines() == ["n", *map(str, range(45_000))]
    assert [row["n"] for row in json.loads("".join(json_chunks(table)))] == list(range(45_000))


def test_no_rows_in_every_form() -> None:
    table = pa.table({"a": pa.array([], pa.int64()), "bcd": pa.array([], pa.string())})
    assert "".join(csv_chunks(table)) == "a,bcd\n"
    assert "".join(json_chunks(table)) == "[]\n"
    assert grid(table, 80) == "a  bcd\n-  ---"


def test_numbers_stand_right_and_wide_characters_take_two_columns() -> None:
    table = pa.table({"city": ["東京", "Rome"], "n": [1, 100]})
    assert grid(table).splitlines() == ["city    n", "----  ---", "東京    1", "Rome  100"]


def test_control_characters_are_written_out() -> None:
    table = pa.table({"a\tb": ["x\x1b[2Jy", "two\nlines"]})
    assert grid(table).splitlines()[2:] == ["x\\x1b[2Jy", "two\\nlines"]


def test_long_values_are_cut_off() -> None:
    table = pa.table({"a": ["x" * 500]})
    assert grid(table).splitlines()[2] == "x" * 57 + "..."


def test_a_table_wider_than_the_terminal_becomes_records() -> None:
    table = pa.table({"short": [1, None], "much_longer_name": ["x", "y"]})
    assert grid(table, fits=23).splitlines()[0] == "short  much_longer_name"
    assert grid(table, fits=22).splitlines() == [
        "-- row 1 ----------------",
        "short             1",
        "much_longer_name  x",
        "-- row 2 ----------------",
        "short             NULL",
        "much_longer_name  y",
    ]


def test_null_is_set_back_and_the_text_null_is_not() -> None:
    table = pa.table({"a": ["NULL", None]})
    assert grid(table, dim=lambda text: f"<{text}>").splitlines() == ["a", "<---->", "NULL", "<NULL>"]
