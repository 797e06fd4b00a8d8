"""Stage 1: a model file as header and template."""

from __future__ import annotations

import pytest

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.configs import COMMON_KEYS, KIND_KEYS
from featsql.front.header import read_template
from featsql.ir.header import Closed, ColumnDoc, FeatureViewConfig, Kind, ModelConfig, Name, Storage, Window
from featsql.ir.model import Template

from .reading import Told, header, header_findings, settings, told, training_set, view


def split(text: str, path: str = "models/spend.sql") -> tuple[Template | None, list[Told]]:
    found: list[Diagnostic] = []
    template = read_template(SourceFile(path, text), settings(), found)
    return template, [told(finding) for finding in found]


def words(names: tuple[Name, ...]) -> list[str]:
    return [name.text for name in names]


# --- where the header is


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("select 1", "select 1"),
        ("", ""),
        ("/*---\ntags: a\n---*/\nselect 1", "\nselect 1"),
        ("/*--- tags: a ---*/ select 1", " select 1"),
        ("\ufeff\n \r\n/*---\r\ntags: a\r\n---*/\r\nselect 1", "\r\nselect 1"),
        ("/*---\n---*/select 1", "select 1"),
        ("/*---\n# nothing said\n---*/select 1", "select 1"),
        ("/* a plain comment */ select 1", "/* a plain comment */ select 1"),
        ("/*--------- title --------*/ select 1", "/*--------- title --------*/ select 1"),
        ("/* --- title --- */ select 1", "/* --- title --- */ select 1"),
        ("select 1 /*--- aside ---*/", "select 1 /*--- aside ---*/"),
    ],
)
def test_a_file_is_header_and_body(text: str, body: str) -> None:
    template, found = split(text)
    assert found == []
    assert template is not None
    assert template.file.text[template.body_start :] == body
    assert template.name == "spend"


@pytest.mark.parametrize(
    ("text", "code", "place", "words_"),
    [
        ("/*---\nkind: model\nselect 1", "FS108", "1:1", "end it with `---*/`"),
        ("\n/*---\nkind: model\n*/\nselect 1", "FS108", "2:1", "the header is never closed"),
        ("/* ---\nkind: model\n---*/\nselect 1", "FS101", "1:1", "a header opens with `/*---`"),
        ("/*\nkind: model\n*/\nselect 1", "", "", ""),
        ("-- mine\n/*---\nkind: model\n---*/\nselect 1", "FS101", "2:1", "a header has to open the file"),
    ],
)
def test_what_was_meant_as_a_header(text: str, code: str, place: str, words_: str) -> None:
    _, found = split(text)
    if not code:
        assert found == []
        return
    [(found_code, found_place, said)] = found
    assert (found_code, found_place) == (code, place)
    assert words_ in said


@pytest.mark.parametrize(
    ("path", "words_"),
    [
        ("models/2nd_orders.sql", "rename the file, to `_2nd_orders`"),
        ("models/big-orders.v2.sql", "rename the file, to `big_orders_v2`"),
        ("models/größe.sql", "cannot name a model"),
        ("models/.sql", "cannot name a model"),
        ("models/spend__online.sql", "`__online` ends the names of online tables"),
        (f"models/{'a' * 101}.sql", "longer than 100 characters"),
    ],
)
def test_names_that_cannot_be_used(path: str, words_: str) -> None:
    template, [(code, _, said)] = split("select 1", path)
    assert (template, code) == (None, "FS109")
    assert words_ in said


# --- what it says


def test_the_keys_of_every_kind() -> None:
    read = header(
        """
description: >
  Money spent,
  by day.
owner: growth
tags: [money, daily]
enabled: false
schema: marts
alias: spend_by_day
dialect: duckdb
columns:
  day: {description: The day., type: date, tests: [unique, {range: {min: 0}}], meta: {pii: false}}
  spend:
tests: [{row_count: {min: 1}}]
unit_tests: [{name: t, given: [], expect: []}]
depends_on: orders
allow: {FS503: loaded within a minute}
meta: {team: 7}
"""
    )
    assert (read.kind, read.config) == (Kind.MODEL, ModelConfig())
    assert (read.description, read.owner, read.tags, read.enabled) == (
        "Money spent, by day.",
        "growth",
        ("money", "daily"),
        False,
    )
    assert (read.schema, str(read.alias), str(read.dialect)) == ("marts", "spend_by_day", "duckdb")
    assert [doc.name.text for doc in read.columns] == ["day", "spend"]
    day, spend = read.columns
    assert (str(day.type), day.description, [t.plain for t in day.tests], day.meta) == (
        "date",
        "The day.",
        ["unique", {"range": {"min": 0}}],
        {"pii": False},
    )
    assert spend == ColumnDoc(spend.name)
    assert ([t.plain for t in read.tests], [t.plain for t in read.unit_tests]) == (
        [{"row_count": {"min": 1}}],
        [{"name": "t", "given": [], "expect": []}],
    )
    assert (words(read.depends_on), read.allow, read.meta) == (
        ["orders"],
        {"FS503": "loaded within a minute"},
        {"team": 7},
    )
    assert str(read.columns[0].name.span) == "models/spend.sql:13:3"


def test_columns_may_be_a_list_as_in_sources() -> None:
    read = header("columns: [{name: day, type: date}, {name: spend}]")
    assert [(doc.name.text, str(doc.type)) for doc in read.columns] == [("day", "date"), ("spend", "None")]


def test_a_model_without_a_header() -> None:
    template, _ = split("select 1")
    assert template is not None
    assert (template.header.kind, template.header.config, template.header.enabled) == (Kind.MODEL, ModelConfig("view"), True)


def test_how_snowflake_keeps_it() -> None:
    found = header(
        "materialized: table\ntransient: false\ncluster_by: [day, id]\ncopy_grants: false\nquery_tag: nightly\ncomment: true"
    )
    kept = found.storage
    assert (kept.transient, words(kept.cluster_by), kept.copy_grants) == (False, ["day", "id"], False)
    assert (kept.query_tag, kept.comment) == ("nightly", True)
    assert header("materialized: table").storage == Storage(True, (), True, None, False)


@pytest.mark.parametrize("materialized", ["view", "table", "ephemeral"])
def test_materialized(materialized: str) -> None:
    config = header(f"materialized: {materialized}").config
    assert isinstance(config, ModelConfig)
    assert config.materialized == materialized


def test_a_feature_view() -> None:
    read = view(
        """
entity: customer
timestamp: ordered_at
available_at: loaded_at
ttl: 90d
closed: right
tie_break: [batch, line]
windows: {lifetime: all}
online: true
strategy: range_join
"""
    )
    assert (str(read.timestamp), str(read.available_at), str(read.strategy)) == ("ordered_at", "loaded_at", "range_join")
    assert (words(read.entities), words(read.tie_break)) == (["customer"], ["batch", "line"])
    assert (read.ttl_us, read.delay_us, read.closed, read.online) == (90 * 86_400_000_000, 0, Closed.RIGHT, True)
    assert isinstance(read.windows[0], Window)


def test_a_feature_view_of_a_pair_and_of_nobody() -> None:
    assert words(view("timestamp: t\nentities: [customer, merchant]").entities) == ["customer", "merchant"]
    plain = view("timestamp: t")
    assert plain == FeatureViewConfig(plain.timestamp)


def test_a_training_set() -> None:
    read = training_set(
        """
timestamp: decided_at
label: churned
features:
  - customer_spend
  - customer_support.tickets_7d
  - "customer_support.Days open"
  - {view: airport_weather, on: {airport: origin}, prefix: origin_, columns: [temp, wind_speed]}
"""
    )
    assert (str(read.timestamp), words(read.label)) == ("decided_at", ["churned"])
    every, one, spaced, bound = read.features
    assert (str(every.view), every.columns, every.on, every.prefix) == ("customer_spend", None, (), "")
    assert (str(one.view), words(one.columns or ())) == ("customer_support", ["tickets_7d"])
    assert [str(n.span).rpartition("sql:")[2] for n in (one.view, (one.columns or ())[0])] == ["8:5", "8:22"]
    assert words(spaced.columns or ()) == ["Days open"]
    assert [(k.text, c.text) for k, c in bound.on] == [("airport", "origin")]
    assert (bound.prefix, words(bound.columns or ())) == ("origin_", ["temp", "wind_speed"])


def test_a_training_set_with_several_labels_and_one_view() -> None:
    read = training_set("timestamp: t\nlabel: [churned, spent]\nfeatures: customer_spend")
    assert (words(read.label), len(read.features)) == (["churned", "spent"], 1)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SNAPSHOT])
def test_every_key_belongs_to_its_kind_alone(kind: Kind) -> None:
    for other in Kind:
        for key in set(KIND_KEYS[other]) - set(KIND_KEYS[kind]):
            said = [f for f in header_findings(f"kind: {kind}\n{key}: x") if f[0] == "FS102"]
            assert len(said) == 1
            assert f"`{key}` is a key of kind" in said[0][2]
            assert f"`{other}`" in said[0][2]


def test_every_common_key_is_known_to_every_kind() -> None:
    for kind in Kind:
        for key in COMMON_KEYS:
            text = f"kind: {kind}" if key == "kind" else f"kind: {kind}\n{key}: ~"
            found: list[Diagnostic] = []
            read_template(SourceFile("m.sql", f"/*---\n{text}\n---*/"), settings(), found)
            assert "FS102" not in [finding.code for finding in found]


# --- what is wrong

FV = "kind: feature_view\ntimestamp: t\n"
TS = "kind: training_set\ntimestamp: t\n"


@pytest.mark.parametrize(
    ("yaml", "code", "place", "said"),
    [
        ("- a", "FS104", "2:1", "a header is a mapping, not a list"),
        ("kind:model", "FS101", "2:1", "a space is missing after `kind:`"),
        ("description: a: b", "FS101", "2:15", "in quotes"),
        ("description: '{{ x }}'", "FS101", "2:14", "never in its header"),
        ("owner: a\nowner: b", "FS103", "3:1", "key `owner` is given twice"),
        ("kind: feature_vew", "FS106", "2:7", "did you mean `feature_view`?"),
        ("materialzed: table", "FS102", "2:1", "did you mean `materialized`?"),
        ("data_tests: [unique]", "FS102", "2:1", "it is called `tests` here"),
        ("owner:", "FS104", "2:1", "`owner` has no value"),
        ("owner: 7", "FS104", "2:8", "put it in quotes"),
        ("owner: ''", "FS109", "2:8", "empty"),
        ('schema: "a\\nb"', "FS109", "2:9", "line break"),
        ("alias: my table", "FS109", "2:8", "write `my_table`"),
        ("alias: spend__online", "FS109", "2:8", "`__online` ends the names of online tables"),
        ("enabled: no", "FS104", "2:10", "write `false`"),
        ("dialect: duckbd", "FS601", "2:10", "did you mean `duckdb`?"),
        ("tags: {a: b}", "FS104", "2:7", "a name or a list of names"),
        ("tags: [a, b, A]", "FS106", "2:14", "`A` is there twice"),
        ("meta: [a]", "FS104", "2:7", "`meta` is a mapping, not a list"),
        ("tests: unique", "FS104", "2:8", "a list of tests"),
        ("tests: [[unique]]", "FS104", "2:9", "a test is a name, or a mapping"),
        ("unit_tests: {a: b}", "FS104", "2:13", "a list of unit tests"),
        ("columns: spend", "FS104", "2:10", "a mapping of columns"),
        ("columns: {a: text}", "FS104", "2:14", "column `a` is a mapping"),
        ("columns: {a: {desc: x}}", "FS102", "2:15", "`desc`"),
        ("columns: {a: {}, A: {}}", "FS103", "2:18", "`A` is there twice"),
        ("columns: [{type: x}]", "FS105", "2:11", "a column needs `name`"),
        ("materialized: tabel", "FS106", "2:15", "did you mean `table`?"),
        ("materialized: table\ntransient: maybe", "FS104", "3:12", "`true` or `false`"),
        ("cluster_by: day", "FS106", "2:1", "add `materialized: table`, or leave it out"),
        ("materialized: ephemeral\ntransient: false", "FS106", "3:1", "`transient` is about tables, and this leaves none"),
        ("clustered_by: day", "FS102", "2:1", "did you mean `cluster_by`?"),
        (FV + "cluster_by: user_id", "FS106", "4:1", "add `online: true`, or leave it out"),
        ("materialized: incremental\nstrategy: merge", "FS105", "3:11", "needs `unique_key`"),
        ("unique_key: a", "FS106", "2:1", "a key of incremental models"),
        ("kind: snapshot\nstrategy: check\nunique_key: a", "FS105", "3:11", "kind `snapshot` needs `check_columns`"),
        ("entity: a\ntimestamp: t\nttl: 3d", "FS102", "2:1", "add `kind: feature_view`"),
        ("timestamp: t\nlabel: x\nfeatures: [a]", "FS102", "3:1", "add `kind: training_set`"),
        ("kind: feature_view", "FS105", "2:7", "kind `feature_view` needs `timestamp`"),
        ("kind: feature_view\ntimestamp: ~", "FS105", "2:7", "needs `timestamp`"),
        (FV + "materialized: table", "FS102", "4:1", "a key of kind `model`, and this is of kind `feature_view`"),
        (FV + "entity: a\nentities: [b, c]", "FS106", "5:1", "`entity` and `entities` cannot stand together"),
        (FV + "delay: 2h\navailable_at: a", "FS106", "4:1", "`available_at` and `delay` cannot stand together"),
        (FV + "closed: lft", "FS106", "4:9", "did you mean `left`?"),
        (FV + "online: 1", "FS104", "4:9", "`true` or `false`"),
        (FV + "tie_break: [a, A]", "FS106", "4:16", "there twice"),
        (FV + "backfill: {every: 1d, from: soon}", "FS106", "4:29", "`soon` is not a time"),
        (TS[:-1], "FS105", "2:7", "needs `features`"),
        (TS + "features: []", "FS106", "4:11", "an empty list"),
        (TS + "features: [3]", "FS104", "4:12", "`view.feature`"),
        (TS + "features: [a-b]", "FS109", "4:12", "write `a_b`"),
        (TS + "features: [a.]", "FS106", "4:12", "no view and no feature"),
        (TS + "features: [{on: {a: b}}]", "FS105", "4:12", "needs `view`"),
        (TS + "features: [{view: a.b}]", "FS106", "4:19", "write `view: a, columns: [b]`"),
        (TS + "features: [{view: a, prefx: b}]", "FS102", "4:22", "did you mean `prefix`?"),
        (TS + "features: [{view: a, on: b}]", "FS104", "4:26", "write `on: {key: column}`"),
        (TS + "features: [{view: a, on: {k: x, K: y}}]", "FS103", "4:33", "`K` is there twice"),
        (TS + "features: [{view: a, on: {k: 3}}]", "FS104", "4:30", "the column for `k`"),
        (TS + "features: [{view: a, columns: []}]", "FS106", "4:31", "for every feature of the view"),
    ],
)
def test_what_is_wrong(yaml: str, code: str, place: str, said: str) -> None:
    [(found_code, found_place, found_said)] = header_findings(yaml)
    assert (found_code, found_place) == (code, place)
    assert said in found_said


def test_everything_is_told_at_once() -> None:
    found = header_findings("kind: feature_view\nttl: 1mo\nonlin: true\nwindows: {a: 7, b: 8}\nclosed: up")
    assert sorted(code for code, _, _ in found) == ["FS102", "FS105", "FS106", "FS107", "FS107", "FS107"]


# --- defaults of featsql.yml

PROJECT = settings(
    "name: shop\ndefaults:\n  feature_view: {closed: both, delay: 1h, owner: growth, ttl: 3d}\n  model: {materialized: table}\n"
)


def test_defaults_stand_in_for_what_a_header_leaves_out() -> None:
    read = header("kind: feature_view\ntimestamp: t\nclosed: left", PROJECT)
    assert isinstance(read.config, FeatureViewConfig)
    assert (read.owner, read.config.closed, read.config.delay_us) == ("growth", Closed.LEFT, 3_600_000_000)
    assert header("owner: a", PROJECT).config == ModelConfig("table")


def test_a_default_of_tables_may_meet_views() -> None:
    project = settings("name: shop\ndefaults: {model: {transient: false, cluster_by: id}}\n")
    assert header("owner: a", project).storage.transient is False


def test_null_keeps_a_default_out() -> None:
    assert view("timestamp: t\nttl: ~", PROJECT).ttl_us is None


def test_the_other_way_to_say_it_takes_a_default_out() -> None:
    read = view("timestamp: t\navailable_at: loaded_at", PROJECT)
    assert (str(read.available_at), read.delay_us) == ("loaded_at", 0)


def test_defaults_are_of_their_kind_and_point_into_their_file() -> None:
    project = settings("name: shop\ndefaults:\n  feature_view: {timestamp: happened_at, entity: customer}\n")
    read = view("online: false", project)
    assert [str(name.span) for name in (read.timestamp, *read.entities)] == ["featsql.yml:3:29", "featsql.yml:3:50"]
    assert header("owner: a", project).config == ModelConfig()
