"""The relations of one query: whatever views and columns are called, no two of ours have one name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from featsql.plan.names import OURS
from featsql.plan.rewrite import rewrite
from tests.unit.compiling.memory import SPEND, compiler, node

LABELS = """/*---
kind: training_set
timestamp: at
features: [{features}]
---*/
select 1 as customer_id, timestamp '2026-01-01' as at{more}
"""
WORDS = st.sampled_from(["a", "a2", "latest", "rows", "windows", "asks", "body", "spine", "query", "changes", "spine2", "row"])
NAMES = st.lists(WORDS, min_size=1, max_size=3).map("_".join)


def relations(views: list[str], features: str = "", more: str = "") -> list[str]:
    """The names of the CTEs of a training set over these views, lower case."""
    listed = features or ", ".join(f"{{view: {view}, prefix: p{i}_}}" for i, view in enumerate(views))
    files = {f"models/{view}.sql": SPEND for view in views}
    made = compiler({**files, "models/training_set_.sql": LABELS.format(features=listed, more=more)})
    (plan,) = made.plans(node(made.graph, "training_set_"))
    return [relation.name.lower() for relation in rewrite(plan)]


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
@settings(max_examples=40, deadline=None)
def test_no_two_relations_have_one_name(views: list[str]) -> None:
    found = relations(views)
    assert len(set(found)) == len(found)


def test_a_view_keeps_its_name_where_nothing_is_in_its_way() -> None:
    assert "spend_rows" in relations(["spend"])


def test_a_view_whose_name_begins_another_gives_way() -> None:
    found = relations(["a", "a_latest"])
    assert "a2_latest" in found and "a_latest_latest" in found


def test_a_view_named_as_the_spine() -> None:
    found = relations(["spine"])
    assert found[:2] == ["spine_query", "spine"]
    assert "spine2_rows" in found


def test_one_view_in_two_roles_shares_its_rows() -> None:
    roles = "{view: a, prefix: x_}, {view: a, prefix: y_}"
    found = relations(["a"], features=roles)
    assert len([name for name in found if name.endswith("_rows")]) == 1
    assert len([name for name in found if name.endswith("_asks")]) == 2


def test_columns_of_the_spine_never_meet_ours() -> None:
    """A spine that has columns of our names keeps them, and ours are called otherwise."""
    more = "".join(f", 0 as {name}" for name in OURS)
    files = {"models/spend.sql": SPEND, "models/t.sql": LABELS.format(features="spend", more=more)}
    made = compiler(files)
    (plan,) = made.plans(node(made.graph, "t"))
    assert plan.spine and plan.spine.columns
    assert not {plan.spine.row, plan.spine.as_of} & set(plan.spine.columns)
    assert set(OURS) <= set(plan.spine.columns)
