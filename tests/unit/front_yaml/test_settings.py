"""`featsql.yml` and `--vars`."""

from __future__ import annotations

import pytest

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.settings import read_vars
from featsql.ir.project import Settings

from .reading import settings, settings_findings, told


def test_a_name_is_enough() -> None:
    assert settings("name: shop\n") == Settings(SourceFile("featsql.yml", ""), name="shop", profile="shop")


def test_every_key() -> None:
    read = settings(
        """
name: shop
version: 1.0.0
profile: warehouse
dialect: duckdb
model_paths: [models, "./more/models/"]
macro_paths: macros
seed_paths: []
test_paths: [checks]
target_path: build/out
vars: {start: "2013-01-01", late: 15, of: [1, 2], none: ~, Late: 16}
selectors: {nightly: "tag:nightly +training"}
defaults: {feature_view: {closed: left}, training_set: {}}
"""
    )
    assert (read.profile, read.dialect, read.target_path) == ("warehouse", "duckdb", "build/out")
    assert (read.model_paths, read.macro_paths, read.seed_paths, read.test_paths) == (
        ("models", "more/models"),
        ("macros",),
        (),
        ("checks",),
    )
    assert read.variables == {"start": "2013-01-01", "late": 15, "of": [1, 2], "none": None, "Late": 16}
    assert read.selectors == {"nightly": "tag:nightly +training"}
    assert set(read.defaults) == {"feature_view", "training_set"}


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("", "FS003", "", "`featsql.yml` is empty"),
        ("- a", "FS104", "1:1", "is a mapping, not a list"),
        ("profile: shop", "FS105", "1:1", "`featsql.yml` needs `name`"),
        ("name: my shop", "FS109", "1:7", "write `my_shop`"),
        ("name: s\nmodel-paths: [a]", "FS102", "2:1", "did you mean `model_paths`?"),
        ("name: s\nmodel_paths: [/etc]", "FS106", "2:15", "not inside the project"),
        ("name: s\nmodel_paths: ../shared", "FS106", "2:14", "not inside the project"),
        ('name: s\nmodel_paths: "C:\\\\x"', "FS106", "2:14", "not inside the project"),
        ("name: s\nmodel_paths: .", "FS106", "2:14", "the project's own folder"),
        ("name: s\ntarget_path: ..", "FS106", "2:14", "use `target`"),
        ("name: s\ndialect: duckbd", "FS601", "2:10", "did you mean `duckdb`?"),
        ("name: s\nvars: [a]", "FS104", "2:7", "`vars` is a mapping"),
        ("name: s\nvars: {a:1}", "FS101", "2:8", "a space is missing after `a:`"),
        ("name: s\nvars: {a: 1, a: 2}", "FS103", "2:14", "key `a` is given twice"),
        ("name: s\nselectors: {a: [b]}", "FS104", "2:16", "selector `a` is text"),
        ("name: s\ndefaults: {feature_vew: {}}", "FS102", "2:12", "did you mean `feature_view`?"),
        ("name: s\ndefaults: {model: table}", "FS104", "2:19", "a mapping of header keys"),
        ("name: s\ndefaults: {model: {alias: a}}", "FS106", "2:20", "`alias` cannot have a default"),
        ("name: s\ndefaults: {model: {materialized: tabel}}", "FS106", "2:34", "did you mean `table`?"),
        ("name: s\ndefaults: {model: {ttl: 3d}}", "FS102", "2:20", "a key of kind `feature_view`, and this is of kind `model`"),
        ("name: s\ndefaults: {feature_view: {ttl: 1y}}", "FS107", "2:32", "not an exact length"),
        ("name: s\ndefaults: {feature_view: {closd: left}}", "FS102", "2:27", "did you mean `closed`?"),
    ],
)
def test_what_is_wrong(text: str, code: str, place: str, said: str) -> None:
    [(found_code, found_place, found_said)] = settings_findings(text)
    assert (found_code, found_place) == (code, place)
    assert said in found_said


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("{start: 2024-01-31, late: 15}", {"start": "2024-01-31", "late": 15}),
        ("start: '2024-01-31'", {"start": "2024-01-31"}),
        ('{"start":"2024-01-31","of":[1,null]}', {"start": "2024-01-31", "of": [1, None]}),
    ],
)
def test_variables_of_the_command_line(text: str, variables: dict[str, object]) -> None:
    found: list[Diagnostic] = []
    assert (read_vars(text, found), found) == (variables, [])


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("start", "FS104", "`--vars` is a mapping, not text"),
        ("start:2024", "FS101", "a space is missing after `start:`"),
        ("{start: 1", "FS101", "never closed"),
        ("{a: 1, a: 2}", "FS103", "given twice"),
    ],
)
def test_variables_that_cannot_be_read(text: str, code: str, said: str) -> None:
    found: list[Diagnostic] = []
    read_vars(text, found)
    [(found_code, _, found_said)] = [told(finding) for finding in found]
    assert found_code == code
    assert said in found_said
    assert str(found[0].span).startswith("--vars:1:")
