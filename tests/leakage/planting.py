"""The template on some days of its data, leaks put into copies of it, and which tests find them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import duckdb
import yaml

from featsql import Project
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.run.suites.reading import OF_TRAINING_SETS, OF_VIEWS
from tests.docs.shell import ROOT

FOLDER: Final = Path(__file__).parent / "defects"
KIND_OF: Final = {**OF_VIEWS, **OF_TRAINING_SETS}
"""Code -> the kind of its test."""
_TIMES: Final = {"flights": "scheduled_departure_at", "weather": "observed_at"}
_FIRST, _ASKED, _LAST = "2013-05-26", "2013-06-01", "2013-06-08"
_SORTS: Final = ("unit", "leakage", "lateness")


@dataclass(frozen=True, slots=True)
class Defect:
    """A leak. `edit` replaces words of the template's files, `files` are new, `data` are queries over the data that is there.

    `sources` are further tables of the source `nyc`. `found_by`: kinds of tests, each of which has to find it. `by_reading`:
    the static checks alone are asked, for a snapshot has no rows before it has seen some. `select`: whose tests are run;
    where it is not said, those of the feature views and training sets that are changed, or read a bucket that is.
    """

    name: str
    found_by: Sequence[str]
    edit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[Mapping[str, Any]] = ()
    by_reading: bool = False
    select: Sequence[str] = ()

    def plant(self, project: Path) -> None:
        for path, words in self.edit.items():
            text = (project / path).read_text(encoding="utf-8")
            for old, new in words.items():
                assert old in text, f"{self.name}: `{old}` does not stand in {path}"
                text = text.replace(old, new)
            (project / path).write_text(text, encoding="utf-8")
        for path, text in self.files.items():
            (project / path).write_text(text, encoding="utf-8")
        if self.sources:
            declared = project / "models/more_sources.yml"
            declared.write_text(yaml.safe_dump({"sources": [{"name": "nyc", "tables": list(self.sources)}]}), encoding="utf-8")
        with _tables(project) as connection:
            for name, query in self.data.items():
                connection.execute(f"create or replace table made as {query}")
                connection.execute(f"copy made to '{project}/data/{name}.parquet'")


@dataclass(frozen=True, slots=True)
class Found:
    """By which kinds of tests a defect was found, how many tests that were, and which could not be run."""

    kinds: frozenset[str]
    tests: int
    seconds: float
    errors: tuple[str, ...] = ()


def read_defects() -> tuple[Defect, ...]:
    files = sorted(FOLDER.glob("*.yml"))
    found = tuple(Defect(**entry) for path in files for entry in yaml.safe_load(path.read_text(encoding="utf-8")))
    assert len({defect.name for defect in found}) == len(found), "two defects of one name"
    return found


def make_sample(folder: Path) -> Path:
    """A copy of the template with the flights and the weather of some days."""
    shutil.copytree(ROOT / "project_template", folder, ignore=shutil.ignore_patterns("target"))
    with _tables(folder) as connection:
        for name, time in _TIMES.items():
            connection.execute(
                f"copy (from {name} where {time} >= '{_FIRST}' and {time} < '{_LAST}' order by all) to '{folder}/data/{name}.cut'"
                " (format parquet)"
            )
    for name in _TIMES:
        (folder / f"data/{name}.cut").replace(folder / f"data/{name}.parquet")
    settings = folder / "featsql.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("2013-02-01", _ASKED).replace("2014-01-01", _LAST), encoding="utf-8")
    return folder


def examine(project: Path, defect: Defect | None = None) -> Found:
    """What the tests say of nodes that the defect touches; without one, of all."""
    began = perf_counter()
    select: list[str] = []
    if defect:
        defect.plant(project)
        select = _touched(Project(project), defect)
    sorts = ("leakage",) if defect and defect.by_reading else _SORTS
    tests = list(Project(project).test(only=sorts, select=select, allow_empty=True).tests)
    if defect and defect.by_reading:
        tests = [r for r in tests if r.test.kind in KIND_OF.values()]
    bad = [r for r in tests if r.status in ("warn", "fail")]
    # unit tests of the template say nothing of tables that a defect brings along
    errors = tuple(dict.fromkeys(f"{r.test.kind}: {r.message}" for r in tests if r.status == "error" and r.test.kind != "unit"))
    return Found(frozenset(r.test.kind for r in bad), len(bad), perf_counter() - began, errors)


def _touched(project: Project, defect: Defect) -> list[str]:
    if defect.select:
        return list(defect.select)
    graph = project.workspace.graph
    changed = {n.id: n for n in graph.nodes.values() if n.kind != "source" and n.file.path in {*defect.edit, *defect.files}}
    chosen = {n.name for n in changed.values() if isinstance(n, FeatureViewNode | TrainingSetNode)}
    views = [n for n in graph.nodes.values() if isinstance(n, FeatureViewNode)]
    chosen |= {v.name for v in views if changed.keys() & graph.dag.ancestors(v.id)}
    assert chosen, f"{defect.name}: say what to `select`"
    return sorted(chosen)


def _tables(project: Path) -> duckdb.DuckDBPyConnection:
    """The project's data as views."""
    connection = duckdb.connect()
    for path in (project / "data").glob("*.parquet"):
        connection.execute(f"create view {path.stem} as from '{path}'")
    return connection
