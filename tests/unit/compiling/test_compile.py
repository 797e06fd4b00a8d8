"""The stages put together: what `.yml` files add, which types are known, and what stands in place of a `ref`."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from featsql.base.diagnostics import FeatsqlError
from featsql.base.spans import SourceFile, Span
from featsql.compile import Compiler
from featsql.ir.graph import FeatureViewNode, ModelNode, TableName
from featsql.ir.header import FeatureRef, Name
from featsql.ir.model import Column
from featsql.ir.query import Reference
from tests.unit.compiling.memory import SPEND, compiler, node, sql

EPHEMERAL = "/*---\nmaterialized: ephemeral\n---*/\n"


def refused(files: Mapping[str, str]) -> list[tuple[str, str]]:
    with pytest.raises(FeatsqlError) as raised:
        compiler(files)
    return [(d.code, str(d.span)) for d in raised.value.diagnostics]


def types(made: Compiler, name: str) -> dict[str, str | None]:
    return {column.name: column.type for column in node(made.graph, name).columns or ()}


def features(*texts: str) -> list[FeatureRef]:
    nowhere = Span(SourceFile("--features", ""), 0, 0)
    parts = [text.partition(".") for text in texts]
    return [FeatureRef(Name(view, nowhere), (Name(one, nowhere),) if one else None) for view, _, one in parts]


# --- what .yml files say of models


PATCH = """
models:
  - name: spend
    description: From the file.
    columns:
      - {name: spend_7d, description: Money of a week.}
"""


def test_a_patch_describes_a_model() -> None:
    spend = node(compiler({"models/spend.sql": SPEND, "models/spend.yml": PATCH}).graph, "spend")
    assert isinstance(spend, FeatureViewNode)
    assert spend.header.description == "From the file."
    assert [(c.name.text, c.description) for c in spend.header.columns] == [("spend_7d", "Money of a week.")]


def test_the_headers_own_words_win() -> None:
    own = SPEND.replace("---*/", "description: Own.\ncolumns: {spend_7d: {description: Mine.}}\n---*/")
    spend = node(compiler({"models/spend.sql": own, "models/spend.yml": PATCH}).graph, "spend")
    assert isinstance(spend, FeatureViewNode)
    assert spend.header.description == "Own."
    assert [c.description for c in spend.header.columns] == ["Mine."]


def test_a_patch_of_no_model_is_an_error_at_its_name() -> None:
    assert refused({"models/spend.sql": SPEND, "models/x.yml": "models: [{name: spent}]\n"}) == [("FS401", "models/x.yml:1:17")]


# --- types


def test_declared_types_reach_the_features() -> None:
    made = compiler({"models/spend.sql": SPEND})
    assert types(made, "spend") == {
        "customer_id": "BIGINT",
        "ordered_at": "TIMESTAMP",
        "last_amount": "DECIMAL(10, 2)",
        "spend_7d": "DECIMAL(38, 2)",
    }


def test_what_the_catalog_tells_is_nearer_to_the_truth_than_what_is_declared() -> None:
    told = (Column("customer_id", "VARCHAR"), Column("ordered_at", "TIMESTAMP"), Column("amount", "DOUBLE"))
    made = compiler({"models/spend.sql": SPEND}, {"source.shop.raw.orders": told})
    assert types(made, "spend")["spend_7d"] == "DOUBLE"
    assert types(made, "spend")["customer_id"] == "VARCHAR"


def test_a_type_that_is_none_is_an_error_at_the_type() -> None:
    text = "sources: [{name: s, tables: [{name: t, columns: [{name: a, type: bigimt}]}]}]\n"
    assert refused({"models/m.sql": "select 1 as a", "models/s.yml": text}) == [("FS106", "models/s.yml:1:66")]


def test_types_pass_through_models() -> None:
    stg = "select customer_id as who, amount * 2 as doubled from {{ source('raw', 'orders') }}"
    made = compiler({"models/stg.sql": stg, "models/more.sql": "select who from {{ ref('stg') }}"})
    assert types(made, "more") == {"who": "BIGINT"}


# --- what stands in place of a ref


def test_a_ref_is_the_relation_of_its_node() -> None:
    made = compiler({"models/a.sql": "select 1 as x", "models/b.sql": "select x from {{ ref('a') }}"})
    assert sql(made, "b") == "select x from main.a as a"
    query = made.queries(node(made.graph, "b")).main
    assert query and [part.table for part in query.parts if isinstance(part, Reference)] == [TableName("main", "a")]


def test_a_source_of_a_path_is_a_scan_that_starts_at_the_project() -> None:
    made = compiler({"models/b.sql": "select * from {{ source('raw', 'labels') }}"})
    assert sql(made, "b") == "select * from read_parquet('/project/data/labels.parquet') as labels"


def test_an_ephemeral_model_is_written_into_its_readers() -> None:
    files = {
        "models/a.sql": EPHEMERAL + "select 1 as x",
        "models/b.sql": EPHEMERAL + "select x + 1 as y from {{ ref('a') }}",
        "models/c.sql": "select y from {{ ref('b') }}",
    }
    made = compiler(files)
    assert sql(made, "c") == ("select y from (\n    select x + 1 as y from (\n        select 1 as x\n    ) as a\n) as b")


def test_a_feature_view_can_stand_on_an_ephemeral_model() -> None:
    stg = EPHEMERAL + "select * from {{ source('raw', 'orders') }} where amount > 0"
    made = compiler({"models/stg.sql": stg, "models/spend.sql": SPEND.replace("source('raw', 'orders')", "ref('stg')")})
    body = sql(made, "spend").partition("),\nspend_rows")[0]
    assert "    from (\n        select * from raw.orders as orders where amount > 0\n    ) as stg" in body


def test_views_can_be_written_into_a_query() -> None:
    files = {"models/a.sql": "select 1 as x", "models/t.sql": "/*---\nmaterialized: table\n---*/\nselect x from {{ ref('a') }}"}
    made = compiler({**files, "models/b.sql": "select x from {{ ref('t') }} join {{ ref('a') }} using (x)"})
    query = made.queries(node(made.graph, "b")).main
    assert query
    inside = made.with_views_inside(query).sql
    assert "main.a" not in inside and "main.t" in inside


# --- retrieval


SPINE = (Column("customer_id", "BIGINT"), Column("at", "TIMESTAMP"))


def test_a_frame_is_a_spine() -> None:
    made = compiler({"models/spend.sql": SPEND})
    plan, query = made.retrieval("frame", SPINE, "at", features("spend.spend_7d"))
    assert plan.spine and plan.spine.columns == ("customer_id", "at")
    assert query.sql.startswith("with spine_query as (")
    assert "select * from frame" in query.sql
    assert query.sql.count("spend_7d") > 0 and "last_amount" not in query.sql.rpartition("\nselect\n")[2]


def test_a_frame_with_an_awkward_name_is_quoted() -> None:
    _, query = compiler({"models/spend.sql": SPEND}).retrieval('a "b"', SPINE, "at", features("spend"))
    assert 'select * from "a ""b"""' in query.sql


@pytest.mark.parametrize(
    ("columns", "asked", "code"),
    [
        ((Column("at", "TIMESTAMP"),), "spend", "FS411"),
        ((*SPINE, Column("spend_7d", "BIGINT")), "spend", "FS311"),
        (SPINE, "spend.spend_8d", "FS404"),
        (SPINE, "spent", "FS401"),
    ],
)
def test_a_retrieval_that_cannot_be(columns: tuple[Column, ...], asked: str, code: str) -> None:
    made = compiler({"models/spend.sql": SPEND})
    with pytest.raises(FeatsqlError) as raised:
        made.retrieval("frame", columns, "at", features(asked))
    assert {d.code for d in raised.value.diagnostics} == {code}


# --- all errors of a stage


def test_all_errors_of_a_stage_come_at_once() -> None:
    files = {
        "models/a.sql": "select 1 as x from {{ ref('nope') }}",
        "models/b.sql": "select 1 as x from {{ source('raw', 'no') }}",
    }
    assert sorted(refused(files)) == [("FS401", "models/a.sql:1:20"), ("FS402", "models/b.sql:1:20")]


def test_the_same_files_give_the_same_sql() -> None:
    assert sql(compiler({"models/spend.sql": SPEND}), "spend") == sql(compiler({"models/spend.sql": SPEND}), "spend")


def test_a_model_without_a_header_is_a_view() -> None:
    found = node(compiler({"models/a.sql": "select 1 as x"}).graph, "a")
    assert isinstance(found, ModelNode) and found.config.materialized == "view"
