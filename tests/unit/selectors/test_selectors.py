"""Selectors: tables of cases, and random graphs against a brute-force reading of the grammar."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featsql.base.dag import Dag
from featsql.base.diagnostics import FeatsqlError
from featsql.base.spans import SourceFile, Span, Text
from featsql.ir.graph import (
    Feature,
    FeatureGraph,
    FeatureViewNode,
    KeyColumn,
    ModelNode,
    Node,
    SeedNode,
    SourceNode,
    TableName,
)
from featsql.ir.header import Entity, FeatureViewConfig, Header, Kind, ModelConfig, Name, SourceTable
from featsql.ir.model import Expr, Parsed, ViewSql
from featsql.resolve.selectors import named_selector, resolve_selection, select


def span(path: str = "models/x.sql") -> Span:
    return Span(SourceFile(path, ""), 0, 0)


def name(text: str, path: str = "models/x.sql") -> Name:
    return Name(text, span(path))


def model(stem: str, *parents: str, folder: str = "models", tags: tuple[str, ...] = (), owner: str = "") -> ModelNode:
    path = f"{folder}/{stem}.sql"
    header = Header(Kind.MODEL, ModelConfig(), span(path), tags=tags, owner=owner)
    return ModelNode(
        id=f"model.shop.{stem}",
        name=stem,
        header=header,
        file=SourceFile(path, ""),
        parsed=Parsed(stem, Text(""), (), None),
        relation=TableName("main", stem),
        columns=(),
        parents=tuple(sorted(parents)),
    )


def view(stem: str, entity: str, features: tuple[str, ...], *parents: str) -> FeatureViewNode:
    plain = model(stem, *parents)
    config = FeatureViewConfig(timestamp=name("at"), entities=(name(entity),))
    return FeatureViewNode(
        id=f"feature_view.shop.{stem}",
        name=stem,
        header=replace(plain.header, kind=Kind.FEATURE_VIEW, config=config, tags=("daily",)),
        file=plain.file,
        parsed=plain.parsed,
        relation=plain.relation,
        columns=(),
        parents=plain.parents,
        config=config,
        sql=ViewSql(Text(""), (), Text("")),
        keys=(),
        timestamp=KeyColumn("at", Text("at"), None),
        known_time=None,
        tie_break=(),
        features=tuple(Feature(stem, feature, span(), Expr(()), None) for feature in features),
    )


def source(group: str, table: str, tags: tuple[str, ...] = ()) -> SourceNode:
    path = f"models/{group}.yml"
    declared = SourceTable(group, name(table, path), group, table, tags=tags, owner="ops")
    return SourceNode(f"source.shop.{group}.{table}", declared, None)


def seed(stem: str) -> SeedNode:
    return SeedNode(f"seed.shop.{stem}", stem, SourceFile(f"seeds/{stem}.csv", ""), TableName("main", stem), ())


def parents_of(node: Node) -> tuple[str, ...]:
    return () if isinstance(node, SourceNode | SeedNode) else node.parents


def graph_of(*nodes: Node) -> FeatureGraph:
    dag = Dag({node.id: parents_of(node) for node in nodes})
    by_id = {node.id: node for node in nodes}
    entities = {"customer": Entity(name("customer"), (name("customer_id"),))}
    return FeatureGraph("shop", {node_id: by_id[node_id] for node_id in dag.order()}, entities, dag)


SHOP = graph_of(
    source("raw", "orders"),
    source("raw", "clicks", tags=("big",)),
    source("crm", "people"),
    seed("regions"),
    model("stg_orders", "source.shop.raw.orders", folder="models/staging", tags=("daily", "core"), owner="growth"),
    model("stg_clicks", "source.shop.raw.clicks", folder="models/staging/web", tags=("daily",)),
    model("people", "source.shop.crm.people", "seed.shop.regions", owner="growth"),
    view("spend", "customer", ("spend_7d", "spend_30d"), "model.shop.stg_orders"),
    view("visits", "visitor", ("visits_7d",), "model.shop.stg_clicks", "model.shop.people"),
    model("report", "feature_view.shop.spend", "feature_view.shop.visits", folder="models/marts"),
)


def short(ids: frozenset[str]) -> set[str]:
    return {node_id.split(".", 2)[2] for node_id in ids}


ALL = {"regions", "stg_orders", "stg_clicks", "people", "spend", "visits", "report"}

CASES: list[tuple[str, str, set[str]]] = [
    # what it shows, selector, nodes
    ("a name", "stg_orders", {"stg_orders"}),
    ("names with a star", "stg_*", {"stg_orders", "stg_clicks"}),
    ("names with a question mark", "s?end", {"spend"}),
    ("names with a set", "[pr]e*", {"people", "report", "regions"}),
    ("everything", "*", ALL),
    ("all that it reads", "+spend", {"stg_orders", "spend"}),
    ("all that reads it", "stg_orders+", {"stg_orders", "spend", "report"}),
    ("both ways", "+visits+", {"stg_clicks", "people", "regions", "visits", "report"}),
    ("one level up", "1+report", {"spend", "visits", "report"}),
    ("two levels up", "2+report", {"spend", "visits", "report", "stg_orders", "stg_clicks", "people"}),
    ("one level down", "people+1", {"people", "visits"}),
    ("no level at all", "0+report", {"report"}),
    ("@: readers and all their needs", "@stg_orders", ALL),
    ("@ of a leaf is what it needs", "@report", ALL),
    ("a path of a folder", "path:models/staging", {"stg_orders", "stg_clicks"}),
    ("a slash makes it a path", "models/staging/", {"stg_orders", "stg_clicks"}),
    ("a path as a shell completes it", "./models/staging/stg_orders.sql", {"stg_orders"}),
    ("a path of Windows", "models\\staging\\web", {"stg_clicks"}),
    ("a star stays in its folder", "models/*.sql", {"people", "spend", "visits"}),
    ("two stars do not", "models/**/stg_*.sql", {"stg_orders", "stg_clicks"}),
    ("two stars may stand for no folder", "models/**/people.sql", {"people"}),
    ("a path with a plus", "models/staging/web+", {"stg_clicks", "visits", "report"}),
    ("a file", "stg_orders.sql", {"stg_orders"}),
    ("a file by method", "file:regions.csv", {"regions"}),
    ("a folder as in dbt", "staging", {"stg_orders", "stg_clicks"}),
    ("folder.folder", "staging.web", {"stg_clicks"}),
    ("folder.name", "staging.stg_orders", {"stg_orders"}),
    ("project.folder", "shop.staging", {"stg_orders", "stg_clicks"}),
    ("project.*", "shop.*", ALL),
    ("fqn by method", "fqn:staging.*", {"stg_orders", "stg_clicks"}),
    ("a tag", "tag:daily", {"stg_orders", "stg_clicks", "spend", "visits"}),
    ("a tag with a star", "tag:c*", {"stg_orders"}),
    ("a kind", "kind:feature_view", {"spend", "visits"}),
    ("dbt's word for kind", "resource_type:seed", {"regions"}),
    ("a kind with a star", "kind:s*+", {"regions", "people", "stg_orders", "stg_clicks", "spend", "visits", "report"}),
    ("an entity", "entity:customer", {"spend"}),
    ("an owner", "owner:growth", {"stg_orders", "people"}),
    ("a feature is its view", "spend.spend_7d", {"spend"}),
    ("features with stars", "*.*_7d", {"spend", "visits"}),
    ("a feature with a plus", "spend.spend_30d+", {"spend", "report"}),
    ("a source's readers", "source:raw+", {"stg_orders", "stg_clicks", "spend", "visits", "report"}),
    ("one table's direct readers", "source:raw.orders+1", {"stg_orders"}),
    ("a source by its tag", "tag:big+1", {"stg_clicks"}),
    ("a source by its owner", "owner:ops+1", {"stg_orders", "stg_clicks", "people"}),
    ("space is union", "spend people", {"spend", "people"}),
    ("comma is intersection", "tag:daily,kind:model", {"stg_orders", "stg_clicks"}),
    ("comma binds closer than space", "tag:daily,kind:model people", {"stg_orders", "stg_clicks", "people"}),
    ("intersection of neighbourhoods", "stg_orders+,visits+", {"report"}),
    ("result of the run before", "result:error", {"spend"}),
    ("result with a plus", "result:error+ result:skipped", {"spend", "report", "visits"}),
    ("modified", "state:modified+", {"people", "visits", "report"}),
]

RESULTS = {"feature_view.shop.spend": "error", "feature_view.shop.visits": "skipped", "model.shop.people": "success"}
MODIFIED = frozenset({"model.shop.people"})


@pytest.mark.parametrize(("text", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_selects(text: str, wanted: set[str]) -> None:
    assert short(select(SHOP, [text], [], RESULTS, MODIFIED)) == wanted


def test_no_selector_is_everything_but_sources() -> None:
    assert short(select(SHOP, [], [])) == ALL


def test_repeated_selects_are_a_union() -> None:
    assert short(select(SHOP, ["spend", "people regions"], [])) == {"spend", "people", "regions"}


def test_exclude_is_a_difference() -> None:
    assert short(select(SHOP, ["+report"], ["tag:daily,kind:model", "regions"])) == {
        "people",
        "spend",
        "visits",
        "report",
    }


def test_exclude_alone_takes_from_everything() -> None:
    assert short(select(SHOP, [], ["+visits"])) == ALL - {"regions", "people", "stg_clicks", "visits"}


def test_sources_are_seen_by_those_who_ask_for_them() -> None:
    assert resolve_selection(SHOP, ["+spend"], []).nodes == {
        "source.shop.raw.orders",
        "model.shop.stg_orders",
        "feature_view.shop.spend",
    }


def test_a_model_of_the_projects_name_is_not_the_whole_project() -> None:
    graph = graph_of(model("shop"), model("other"))
    assert short(select(graph, ["shop"], [])) == {"shop"}


ERRORS: list[tuple[str, str, str]] = [
    # selector, message, first hint or note
    ("stg_ordrs", "the selector `stg_ordrs` matches nothing", "did you mean `stg_orders`?"),
    ("STG_ORDERS", "the selector `STG_ORDERS` matches nothing", "did you mean `stg_orders`?"),
    ("+spnd+", "the selector `+spnd+` matches nothing", "did you mean `spend`?"),
    ("spend.spend_8d", "the selector `spend.spend_8d` matches nothing", "did you mean `spend.spend_7d`?"),
    ("tag:dialy", "the selector `tag:dialy` matches nothing", "did you mean `daily`?"),
    ("entity:custmer", "the selector `entity:custmer` matches nothing", "did you mean `customer`?"),
    ("owner:grwth", "the selector `owner:grwth` matches nothing", "did you mean `growth`?"),
    ("source:raw.order+", "the selector `source:raw.order+` matches nothing", "did you mean `raw.orders`?"),
    ("models/stging", "the selector `models/stging` matches nothing", "did you mean `models/staging`?"),
    ("stg_order.sql", "the selector `stg_order.sql` matches nothing", "did you mean `stg_orders.sql`?"),
    ("tag:daily,peple", "the selector `peple` in `tag:daily,peple` matches nothing", "did you mean `people`?"),
    ("spend,people", "no node is in every part of the selector `spend,people`", ""),
    ("tga:daily", "unknown method `tga:` in the selector `tga:daily`", "did you mean `tag`?"),
    ("kind:view", "`view` is not a value of `kind:`", ""),
    ("kind:feature_veiw", "`feature_veiw` is not a value of `kind:`", "did you mean `feature_view`?"),
    ("result:eror", "`eror` is not a value of `result:`", "did you mean `error`?"),
    ("state:new", "`new` is not a value of `state:`", ""),
    ("tag:", "nothing to look for in the selector `tag:`", "write a value after `tag:`, or `tag:*`"),
    ("+", "nothing to look for in the selector `+`", ""),
    ("@", "nothing to look for in the selector `@`", ""),
    (
        "a,,b",
        "nothing to look for in the selector `a,,b`",
        "spaces stand for `or`, commas for `and`, with no space around a comma",
    ),
    (
        "spend ,people",
        "nothing to look for in the selector `,people`",
        "spaces stand for `or`, commas for `and`, with no space around a comma",
    ),
    ("spend++", "misplaced `+` or `@` in the selector `spend++`", ""),
    ("sp+end", "misplaced `+` or `@` in the selector `sp+end`", ""),
    ("@@spend", "misplaced `+` or `@` in the selector `@@spend`", ""),
    ("99999999999999999999+spend", "misplaced `+` or `@` in the selector `99999999999999999999+spend`", ""),
    ("@spend+", "`@` cannot stand beside `+` in the selector `@spend+`", ""),
    ("", "a selector is empty", "leave it out to select everything"),
    ("  ", "a selector is empty", "leave it out to select everything"),
    (
        "source:raw",
        "`source:raw` selects only sources, which are read and never built",
        "put `+` behind a source to select what reads it",
    ),
    ("state:modified", "`state:modified` compares with an earlier manifest, and none is given", ""),
    (
        "result:error",
        "`result:error` looks at the results of the run before, and there are none",
        "run `featsql run` or `featsql build` first",
    ),
]


@pytest.mark.parametrize(("text", "message", "hint"), ERRORS, ids=[case[0] or "(empty)" for case in ERRORS])
def test_errors(text: str, message: str, hint: str) -> None:
    with pytest.raises(FeatsqlError) as caught:
        select(SHOP, [text], [])
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("FS007", message)
    assert diagnostic.hints[:1] == ((hint,) if hint else ())


def test_all_errors_of_all_selectors_are_shown_at_once() -> None:
    with pytest.raises(FeatsqlError) as caught:
        select(SHOP, ["tga:x spend", "a++"], ["kind:nothing"])
    assert len(caught.value.diagnostics) == 3


def test_one_word_that_matches_nothing_is_not_hidden_by_another_that_does() -> None:
    with pytest.raises(FeatsqlError, match="`stg_ordrs` matches nothing"):
        select(SHOP, ["spend stg_ordrs"], [])


def test_an_exclusion_that_matches_nothing_is_an_error_too() -> None:
    with pytest.raises(FeatsqlError, match="`repport` matches nothing"):
        select(SHOP, [], ["repport"])


def test_excluding_all_that_is_selected() -> None:
    with pytest.raises(FeatsqlError, match="nothing is left to do"):
        select(SHOP, ["spend"], ["+report"])


def test_an_empty_selection_can_be_allowed() -> None:
    assert select(SHOP, ["nobody"], [], allow_empty=True) == frozenset()
    assert short(select(SHOP, ["nobody spend"], ["noone"], allow_empty=True)) == {"spend"}
    with pytest.raises(FeatsqlError, match="unknown method"):
        select(SHOP, ["tga:x"], [], allow_empty=True)


def test_an_empty_project_has_nothing_to_select_and_says_nothing() -> None:
    assert select(graph_of(), [], []) == frozenset()


def test_named_selectors() -> None:
    assert named_selector({"nightly": "tag:daily+"}, "nightly") == "tag:daily+"
    with pytest.raises(FeatsqlError) as caught:
        named_selector({"nightly": "tag:daily+"}, "nigthly")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.notes == ("featsql.yml names `nightly`",)
    assert diagnostic.hints == ("did you mean `nightly`?",)


# The grammar by brute force: plain sets, one edge at a time, no regular expression.


def edges(graph: FeatureGraph) -> set[tuple[str, str]]:
    return {(parent, node.id) for node in graph.nodes.values() for parent in parents_of(node)}


def reach(start: set[str], pairs: set[tuple[str, str]], depth: int) -> set[str]:
    reached = set(start)
    for _ in range(depth):
        reached = reached | {to for (origin, to) in pairs if origin in reached}
    return reached


def brute_item(graph: FeatureGraph, prefix: str, stem: str, suffix: str) -> set[str]:
    start = {n.id for n in graph.nodes.values() if n.name == stem or (stem.endswith("*") and n.name.startswith(stem[:-1]))}
    down = edges(graph)
    up = {(b, a) for (a, b) in down}
    far = len(graph.nodes)
    if prefix == "@":
        return reach(reach(start, down, far), up, far)
    found = set(start)
    if prefix:
        found |= reach(start, up, int(prefix[:-1]) if prefix[:-1] else far)
    if suffix:
        found |= reach(start, down, int(suffix[1:]) if suffix[1:] else far)
    return found


@st.composite
def graphs(draw: st.DrawFn) -> FeatureGraph:
    size = draw(st.integers(1, 12))
    seed_of_edges = draw(st.integers(0, 10**6))
    chance = random.Random(seed_of_edges)
    stems = [f"{chance.choice('ab')}{index}" for index in range(size)]
    nodes = []
    for index, stem in enumerate(stems):
        parents = [f"model.shop.{stems[p]}" for p in range(index) if chance.random() < 0.3]
        nodes.append(model(stem, *parents))
    return graph_of(*nodes)


@st.composite
def items(draw: st.DrawFn, stems: list[str]) -> tuple[str, str, str]:
    stem = draw(st.sampled_from([*stems, "a*", "b*", "*"]))
    prefix = draw(st.sampled_from(["", "", "+", "1+", "2+", "@"]))
    suffix = "" if prefix == "@" else draw(st.sampled_from(["", "", "+", "+1", "+3"]))
    return prefix, stem, suffix


@settings(max_examples=300, deadline=None)
@given(data=st.data(), graph=graphs())
def test_any_selection_of_any_graph(data: st.DataObject, graph: FeatureGraph) -> None:
    stems = [node.name for node in graph.nodes.values()]
    draw_criteria = st.lists(st.lists(items(stems), min_size=1, max_size=3), max_size=3)
    wanted, unwanted = data.draw(draw_criteria), data.draw(draw_criteria)

    def union(criteria: list[list[tuple[str, str, str]]]) -> set[str]:
        return {i for parts in criteria for i in graph.nodes if all(i in brute_item(graph, *part) for part in parts)}

    def texts(criteria: list[list[tuple[str, str, str]]]) -> list[str]:
        return [",".join("".join(part) for part in parts) for parts in criteria]

    expected = (union(wanted) if wanted else set(graph.nodes)) - union(unwanted)
    one_flag, many_flags = [" ".join(texts(wanted))] if wanted else [], texts(unwanted)
    assert select(graph, one_flag, many_flags, allow_empty=True) == expected
