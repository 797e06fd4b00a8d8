"""Lineage through a project: jinja, models, feature views, training sets, with the lines that the user wrote."""

from __future__ import annotations

import pytest

from featsql.compile import trace_graph
from featsql.ir.lineage import ColumnId, Lineage
from tests.unit.compiling.memory import SPEND, compiler

FILES = {
    "macros/money.sql": "{% macro cents(column) %}cast({{ column }} * 100 as bigint){% endmacro %}",
    "models/stg_orders.sql": """with raw as (
    select * from {{ source('raw', 'orders') }}
)
select
    customer_id,
    ordered_at,
    {{ cents('amount') }} as cents
from raw
where amount is not null
""",
    "models/wide.sql": "select *, {% for c in ['cents'] %}{{ c }} as {{ c }}_again{% endfor %} from {{ ref('stg_orders') }}",
    "models/spend.sql": """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d}
---*/
select
    customer_id,
    ordered_at,
    cents_again as last_cents,
    sum(cents_again) filter (where cents > 0) over last_7d as spend_7d,
    count(*) over last_7d as orders_7d,
    date_diff('hour', max(ordered_at) over last_7d, as_of_time) as hours
from {{ ref('wide') }}
""",
    "models/churn.sql": """/*---
kind: training_set
timestamp: decided_at
features: [{view: spend, prefix: c_, columns: [spend_7d, orders_7d]}]
---*/
select customer_id, ordered_at as decided_at from {{ source('raw', 'orders') }}
""",
}
ORDERS = "source.shop.raw.orders"
WIDE = "model.shop.wide"
STAGED = "model.shop.stg_orders"
VIEW = "feature_view.shop.spend"
SET = "training_set.shop.churn"


@pytest.fixture(scope="module")
def lineage() -> Lineage:
    return trace_graph(compiler(FILES).graph)


def into(lineage: Lineage, node: str, column: str) -> set[tuple[str, str, str]]:
    return {(e.source.node, e.source.column, e.how) for e in lineage.inputs(ColumnId(node, column))}


def test_a_macro_is_named_by_the_call_that_the_user_wrote(lineage: Lineage) -> None:
    (edge,) = lineage.inputs(ColumnId(STAGED, "cents"))
    assert (edge.source, edge.how) == (ColumnId(ORDERS, "amount"), "expression")
    assert edge.expression == "cast(amount * 100 as bigint)"
    assert [(step.of, str(step.span)) for step in edge.steps] == [
        ("", "models/stg_orders.sql:7:5"),
        ("raw", "models/stg_orders.sql:2:12"),
    ]
    assert edge.steps[0].span is not None
    assert edge.steps[0].span.text == "{{ cents('amount') }}"


def test_a_loop_and_a_star(lineage: Lineage) -> None:
    assert into(lineage, WIDE, "cents_again") == {(STAGED, "cents", "copy")}
    assert into(lineage, WIDE, "customer_id") == {(STAGED, "customer_id", "copy")}


def test_features(lineage: Lineage) -> None:
    assert into(lineage, VIEW, "last_cents") == {(WIDE, "cents_again", "copy")}
    assert into(lineage, VIEW, "spend_7d") == {(WIDE, "cents_again", "aggregate"), (WIDE, "cents", "condition")}
    assert into(lineage, VIEW, "orders_7d") == {(WIDE, "*", "aggregate")}
    assert into(lineage, VIEW, "hours") == {(WIDE, "ordered_at", "aggregate")}


def test_from_a_training_set_to_the_sources(lineage: Lineage) -> None:
    assert into(lineage, SET, "c_spend_7d") == {(VIEW, "spend_7d", "copy")}
    assert lineage.origins(ColumnId(SET, "c_spend_7d")) == (ColumnId(ORDERS, "amount"),)
    assert lineage.origins(ColumnId(SET, "c_orders_7d")) == (ColumnId(ORDERS, "*"),)


def test_from_a_source_to_what_uses_it(lineage: Lineage) -> None:
    reached = {(e.target.node, e.target.column) for e in lineage.downstream(ColumnId(ORDERS, "amount"))}
    assert {(SET, "c_spend_7d"), (VIEW, "last_cents"), (WIDE, "cents")} <= reached
    assert (SET, "decided_at") not in reached


def test_what_decides_the_rows(lineage: Lineage) -> None:
    assert {(e.source.column, e.role) for e in lineage.rows if e.target == STAGED} == {("amount", "filter")}
    assert {(e.source.column, e.role) for e in lineage.rows if e.target == VIEW} == {
        ("customer_id", "key"),
        ("ordered_at", "time"),
    }
    assert {(e.source.column, e.role) for e in lineage.rows if e.target == SET} == {
        ("customer_id", "join"),
        ("ordered_at", "time"),
    }


def test_a_known_time_that_is_no_projection() -> None:
    declared = SPEND.replace("timestamp: ordered_at", "timestamp: ordered_at\navailable_at: loaded_at")
    files = {
        "models/spend.sql": declared.replace("{{ source('raw', 'orders') }}", "{{ ref('stg') }}"),
        "models/stg.sql": "select *, ordered_at + interval 1 hour as loaded_at from {{ source('raw', 'orders') }}",
    }
    rows = trace_graph(compiler(files).graph).rows
    assert {(e.source.column, e.role) for e in rows} == {("customer_id", "key"), ("ordered_at", "time"), ("loaded_at", "time")}


def test_columns_that_only_readers_name() -> None:
    """Nobody declared the columns of the source, and stars pass them on."""
    files = {
        "models/a.sql": "select * from {{ source('raw', 'labels') }}",
        "models/b.sql": "select * from {{ ref('a') }}",
        "models/c.sql": "select churned + 1 as x, count(*) over () as n from {{ ref('b') }}",
    }
    lineage = trace_graph(compiler(files).graph)
    labels = "source.shop.raw.labels"
    assert lineage.origins(ColumnId("model.shop.c", "x")) == (ColumnId(labels, "churned"),)
    assert lineage.origins(ColumnId("model.shop.c", "n")) == (ColumnId(labels, "*"),)
    assert lineage.columns[labels] == ("churned",)


def test_a_long_union_and_a_long_sum_are_followed() -> None:
    union = " union all ".join(["select amount as a from {{ source('raw', 'orders') }}"] * 300)
    total = " + ".join(["a"] * 300)
    files = {"models/u.sql": union, "models/s.sql": f"select {total} as t from {{{{ ref('u') }}}}"}
    lineage = trace_graph(compiler(files).graph)
    assert lineage.origins(ColumnId("model.shop.s", "t")) == (ColumnId(ORDERS, "amount"),)
