"""Text in, findings out: what the tests of this folder share."""

from __future__ import annotations

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.declarations import read_declarations
from featsql.front.header import read_template
from featsql.front.settings import read_settings
from featsql.ir.header import Declarations, FeatureViewConfig, Header, TrainingSetConfig
from featsql.ir.project import Settings

Told = tuple[str, str, str]
"""A finding as a reader meets it: code, `line:column`, and everything that it says."""


def told(finding: Diagnostic) -> Told:
    place = str(finding.span).partition(":")[2] if finding.span else ""
    return finding.code, place, "\n".join([finding.message, *finding.notes, *finding.hints])


def settings(text: str = "name: shop\n") -> Settings:
    found: list[Diagnostic] = []
    read = read_settings(SourceFile("featsql.yml", text), found)
    assert read is not None, [told(finding) for finding in found]
    return read


def settings_findings(text: str) -> list[Told]:
    found: list[Diagnostic] = []
    assert read_settings(SourceFile("featsql.yml", text), found) is None
    return [told(finding) for finding in found]


def header(yaml: str, project: Settings | None = None) -> Header:
    """The header of a model; `yaml` begins in line 2 of its file."""
    found: list[Diagnostic] = []
    template = read_template(SourceFile("models/spend.sql", f"/*---\n{yaml}\n---*/\nselect 1\n"), project or settings(), found)
    assert template is not None, [told(finding) for finding in found]
    assert found == []
    return template.header


def header_findings(yaml: str, project: Settings | None = None) -> list[Told]:
    found: list[Diagnostic] = []
    file = SourceFile("models/spend.sql", f"/*---\n{yaml}\n---*/\nselect 1\n")
    assert read_template(file, project or settings(), found) is None
    return [told(finding) for finding in found]


def view(yaml: str, project: Settings | None = None) -> FeatureViewConfig:
    config = header(f"kind: feature_view\n{yaml}", project).config
    assert isinstance(config, FeatureViewConfig)
    return config


def training_set(yaml: str) -> TrainingSetConfig:
    config = header(f"kind: training_set\n{yaml}").config
    assert isinstance(config, TrainingSetConfig)
    return config


def declared(text: str) -> Declarations:
    found: list[Diagnostic] = []
    read = read_declarations(SourceFile("models/shop.yml", text), found)
    assert found == [], [told(finding) for finding in found]
    return read


def declared_findings(text: str) -> list[Told]:
    found: list[Diagnostic] = []
    read_declarations(SourceFile("models/shop.yml", text), found)
    return [told(finding) for finding in found]
