"""A project's own data tests: SQL files under tests/, and kinds that its macros define."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, Label, nearest, raise_errors
from featsql.base.spans import SourceFile, Span
from featsql.datatests import KINDS
from featsql.datatests.base import TESTED
from featsql.front.jinja import render_all
from featsql.front.sql import parse_model, read_sql
from featsql.front.testfiles import TestFile, read_test_file
from featsql.ir.header import Header, Kind, ModelConfig
from featsql.ir.model import MacroFile, Parsed, Template
from featsql.ir.testing import Test
from featsql.run.suites.base import Bench

OWN: Final = "featsql: its own SQL"
"""The argument that holds the SELECT of a test's failing rows, as `Text` with markers."""


def singular(bench: Bench) -> Iterator[Test]:
    """A test for each file: it judges every node that it reads, and waits for the last of them."""
    findings: list[Diagnostic] = []
    files = [read_test_file(file, findings) for file in bench.project.files.tests]
    raise_errors(findings)
    known = [file for file in files if file and file.is_enabled]
    parsed = _rendered(bench, [Template(f.name, _header(f), f.file, f.body_start) for f in known])
    order = {node_id: i for i, node_id in enumerate(bench.compiler.graph.nodes)}
    by_name = {(n.kind == "source", n.name.lower()): n.id for n in bench.compiler.graph.nodes.values()}
    for file, sql in zip(known, parsed, strict=True):
        reads = [read for read in sql.reads if read.kind != "table"]
        for read in reads:
            if (read.kind == "source", read.target.lower()) not in by_name:
                names = [name for is_source, name in by_name if is_source == (read.kind == "source")]
                code, what = ("FS402", "source") if read.kind == "source" else ("FS401", "model")
                findings.append(
                    Diagnostic(code, f"there is no {what} `{read.target}`", read.span, hints=nearest(read.target, names))
                )
        nodes = {by_name[key] for r in reads if (key := (r.kind == "source", r.target.lower())) in by_name}
        if not nodes and not findings:
            hints = ("read what it is to test by `ref` or `source`",)
            findings.append(
                Diagnostic(
                    "FS106",
                    f"test `{file.name}` reads no node",
                    Span(file.file, file.body_start, len(file.file.text)),
                    hints=hints,
                )
            )
        if nodes:
            last, *others = sorted(nodes, key=order.__getitem__, reverse=True)
            yield Test(
                f"test.{bench.compiler.graph.project}.{file.name}",
                file.name,
                "singular",
                last,
                tuple(sorted(others)),
                arguments={OWN: sql.text},
                config=file.config,
                description=file.description,
                span=Span(file.file, file.body_start, file.body_start),
            )
    raise_errors(findings)


def generic(bench: Bench, tests: Sequence[Test]) -> list[Test]:
    """The tests, those of the project's own kinds with their SQL: the macro `test_KIND`, called as dbt calls it."""
    mine = [(i, test) for i, test in enumerate(tests) if test.kind not in KINDS and test.kind != "grain"]
    if not mine:
        return list(tests)
    templates = []
    for _, test in mine:
        file = SourceFile(f"test {test.name}", _call(test))
        templates.append(Template(test.name, Header(Kind.MODEL, ModelConfig(), test.span or Span(file, 0, 0)), file, 0))
    made = dict(zip((i for i, _ in mine), _rendered(bench, templates, [test.span for _, test in mine]), strict=True))
    return [replace(t, arguments={OWN: made[i].text}) if i in made else t for i, t in enumerate(tests)]


def _call(test: Test) -> str:
    where = test.config.where
    model = f"(select * from {TESTED} where {where}) as tested" if where else TESTED
    arguments: dict[str, Any] = {"model": model}
    if test.column is not None:
        arguments["column_name"] = test.column
    arguments |= test.arguments
    return f"{{{{ test_{test.kind}({', '.join(f'{name}={_jinja(value)}' for name, value in arguments.items())}) }}}}"


def _jinja(value: object) -> str:
    """Plain data as Jinja writes it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_jinja, value))}]"
        case dict():
            return "{" + ", ".join(f"{_jinja(str(k))}: {_jinja(v)}" for k, v in value.items()) + "}"
        case _:
            escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{escaped}"'


def _rendered(bench: Bench, templates: Sequence[Template], places: Sequence[Span | None] = ()) -> list[Parsed]:
    """Stages 2 and 3 of SQL that is no model. Errors in SQL that a macro made are told at `places`, where the test is written."""
    if not templates:
        return []
    macros = tuple(MacroFile(file) for file in bench.project.files.macros)
    rendered, problems = render_all(tuple(templates), replace(bench.context, macros=macros))
    raise_errors(_placed(problems, templates, places))
    findings: list[Diagnostic] = []
    parsed: list[Parsed] = []
    for made in rendered:
        assert made, "what cannot be rendered has an error"
        try:
            parsed.append(parse_model(read_sql(made, bench.project.files.settings.dialect)))
        except FeatsqlError as error:
            findings += error.diagnostics
    raise_errors(_placed(findings, templates, places))
    return parsed


def _placed(found: Sequence[Diagnostic], templates: Sequence[Template], places: Sequence[Span | None]) -> list[Diagnostic]:
    where: Mapping[str, Span | None] = {t.file.path: at for t, at in zip(templates, places, strict=True)} if places else {}

    def at(span: Span | None) -> Span | None:
        return where[span.file.path] if span and span.file.path in where else span

    def labels(found: Diagnostic) -> tuple[Label, ...]:
        return tuple(replace(label, span=place) for label in found.labels if (place := at(label.span)))

    return [replace(d, span=at(d.span), labels=labels(d)) for d in found]


def _header(file: TestFile) -> Header:
    return Header(Kind.MODEL, ModelConfig(), Span(file.file, 0, 0), file.description)
