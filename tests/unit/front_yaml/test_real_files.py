"""Headers and declarations that people and other tests write read cleanly."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.declarations import read_declarations
from featsql.front.header import read_template
from featsql.front.profiles import read_target
from featsql.front.settings import read_settings
from featsql.ir.header import Kind
from featsql.ir.project import Settings

from .reading import settings, told

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "project_template"
CASES = sorted((ROOT / "tests/pit").glob("*/*.yml"))


def source(path: Path) -> SourceFile:
    return SourceFile(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))


def read_model(file: SourceFile, project: Settings) -> tuple[Kind | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    template = read_template(file, project, found)
    return (template.header.kind if template else None), found


def test_the_project_template_reads_cleanly() -> None:
    found: list[Diagnostic] = []
    project = read_settings(source(TEMPLATE / "featsql.yml"), found)
    assert project is not None
    kinds = []
    for path in sorted((TEMPLATE / "models").rglob("*.sql")):
        kind, findings = read_model(source(path), project)
        kinds.append(kind)
        found += findings
    declared = [read_declarations(source(path), found) for path in sorted((TEMPLATE / "models").rglob("*.yml"))]
    assert [told(finding) for finding in found] == []
    assert {Kind.MODEL, Kind.FEATURE_VIEW, Kind.TRAINING_SET} == set(kinds)
    assert sum(len(d.sources) for d in declared) == 3
    assert sum(len(d.entities) for d in declared) == 5


def test_the_profile_of_the_template_needs_no_environment() -> None:
    assert read_target(source(TEMPLATE / "profiles.yml"), "flights", None, {}).name == "dev"


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_headers_of_the_point_in_time_cases(path: Path) -> None:
    """Each reads cleanly, but for those whose point is an error in the header: they say what the case expects."""
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    said = ""
    for name, text in case["models"].items():
        _, found = read_model(SourceFile(f"models/{name}.sql", text), settings())
        said += "".join(f"{told(finding)}\n" for finding in found)
    expected = case.get("error", {}).get("contains", []) if said else []
    assert bool(said) == bool(expected)
    assert all(word in said for word in expected)
