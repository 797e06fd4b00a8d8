"""Markers become relations, subqueries or scans, and keep the place of the `ref` that they came from."""

from __future__ import annotations

from featsql.base.spans import SourceFile, Span, Text
from featsql.emit.binding import bind
from featsql.ir.graph import TableName
from featsql.ir.query import Query, Reference

ORDERS = TableName("main", "orders")
FILE = SourceFile("models/a.sql", "select * from {{ ref('orders') }} as o")


def rendered(before: str = "select * from ", after: str = " as o") -> Text:
    """What a template gives for FILE, with other text around the marker if that is asked for."""
    marker = Text.standing_for('"ref:orders"', Span(FILE, 14, 33))
    return Text.join([before, marker, after])


def test_a_marker_becomes_a_reference() -> None:
    query = bind(rendered(), {"ref:orders": Reference(ORDERS, Text("main.orders"))}, "duckdb")
    assert query.sql == "select * from main.orders as o"
    assert [part.table for part in query.parts if isinstance(part, Reference)] == [ORDERS]


def test_a_reference_points_at_the_ref() -> None:
    query = bind(rendered(), {"ref:orders": Reference(ORDERS, Text("main.orders"))}, "duckdb")
    span = query.text.locate(query.sql.index("main.orders"))
    assert span and (str(span), span.text) == ("models/a.sql:1:15", "{{ ref('orders') }}")


def test_a_run_can_put_another_name_in_place_of_a_reference() -> None:
    query = bind(rendered(), {"ref:orders": Reference(ORDERS, Text("main.orders"))}, "duckdb")
    assert query.renamed({ORDERS: "aside.orders"}).value == "select * from aside.orders as o"
    assert query.renamed({TableName("main", "other"): "x"}).value == query.sql


def test_an_ephemeral_model_stands_in_parentheses_deeper_than_its_line() -> None:
    inner = Query((Text("select 1\nfrom "), Reference(ORDERS, Text("main.orders")), Text("\nwhere true")), "duckdb")
    query = bind(rendered("with a as (\n    select *\n    from ", "\n)"), {"ref:orders": inner}, "duckdb")
    assert query.sql == (
        "with a as (\n    select *\n    from (\n        select 1\n        from main.orders\n        where true\n    )\n)"
    )
    assert any(isinstance(part, Reference) for part in query.parts)


def test_an_ephemeral_model_that_ends_in_a_comment_does_not_swallow_the_rest() -> None:
    query = bind(rendered(), {"ref:orders": Query((Text("select 1 -- one"),), "duckdb")}, "duckdb")
    assert query.sql == "select * from (\n    select 1 -- one\n) as o"


def test_files_are_scans_of_ours() -> None:
    assert bind(rendered(), {"ref:orders": Text("read_csv('a.csv')")}, "duckdb").sql == "select * from read_csv('a.csv') as o"


def test_an_unknown_marker_stays() -> None:
    """It stands in a comment: anything else was refused when names were resolved."""
    assert bind(Text('select 1 -- "ref:gone"'), {}, "duckdb").sql == 'select 1 -- "ref:gone"'


def test_empty_lines_around_a_model_are_no_part_of_its_query() -> None:
    assert bind(Text("\n\nselect 1\n"), {}, "duckdb").sql == "select 1"
