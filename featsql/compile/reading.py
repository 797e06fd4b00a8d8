"""Stages 1 to 3: from a project's files to what each of them says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError, raise_errors
from featsql.base.spans import SourceFile, Span
from featsql.compile.timing import Clock, Timings
from featsql.front.declarations import read_declarations
from featsql.front.features import parse_feature_view
from featsql.front.header import read_template
from featsql.front.jinja import Rendering, render_all
from featsql.front.sql import parse_model, read_sql
from featsql.ir.header import (
    Declarations,
    FeatureViewConfig,
    Header,
    Kind,
    ModelConfig,
)
from featsql.ir.model import MacroFile, Parsed, Rendered, Template, TemplateContext
from featsql.ir.project import ParsedProject, ProjectFiles


@dataclass(frozen=True, slots=True)
class RenderedProject:
    """Stages 1 and 2 of every file. `rendered[i]` belongs to `templates[i]`.

    `again` are the incremental models as they are when their tables are there; what is rendered of them stands behind the rest.
    """

    files: ProjectFiles
    templates: tuple[Template, ...]
    rendered: tuple[Rendered, ...]
    declarations: tuple[Declarations, ...]
    again: tuple[Template, ...] = ()


def read_project(
    files: ProjectFiles, context: TemplateContext, timings: Timings | None = None
) -> tuple[RenderedProject, ParsedProject]:
    """Stages 1 to 3 of every file. Raises all errors of stage 1 at once, then all of stage 2, then all of stage 3."""
    timed = Clock(timings)
    findings: list[Diagnostic] = []
    read = [read_template(file, files.settings, findings) for file in files.models]
    declarations = tuple(read_declarations(file, findings) for file in files.declarations)
    raise_errors(findings)
    models = tuple(template for template in read if template)
    again = tuple(replace(t, is_incremental=True) for t in models if _is_incremental(t))
    templates = (*models, *again)
    timed.lap("headers")
    macros = tuple(MacroFile(file) for file in files.macros)
    with Rendering(templates, replace(context, macros=macros)) as rendering:
        timed.lap("templates")
        # SQL is read while the worker is at the other templates
        parsed = [_parsed(t, r, files, findings) for t, r in zip(templates, rendering.ready, strict=True)]
        for number, late in rendering.late():
            parsed[number] = _parsed(templates[number], late, files, findings)
        rendered, problems = rendering.finish()
    raise_errors(problems)
    raise_errors(dict.fromkeys(findings))
    timed.lap("sql")
    project = RenderedProject(files, models, tuple(r for r in rendered if r), declarations, again)
    return project, _collected(project, parsed)


def parse_project(project: RenderedProject) -> ParsedProject:
    """Stage 3 of every model, anew: typing leaves its marks on the trees."""
    findings: list[Diagnostic] = []
    pairs = zip((*project.templates, *project.again), project.rendered, strict=True)
    parsed = [_parsed(template, rendered, project.files, findings) for template, rendered in pairs]
    raise_errors(findings)
    return _collected(project, parsed)


def _collected(project: RenderedProject, parsed: Sequence[Parsed | None]) -> ParsedProject:
    found = [p for p in parsed if p]
    again = {p.name: p for p in found[len(project.templates) :]}
    models = tuple(replace(p, again=_other(p, again.get(p.name))) for p in found[: len(project.templates)])
    return ParsedProject(project.files, project.templates, models, project.declarations, ())


def _is_incremental(template: Template) -> bool:
    config = template.header.config
    return isinstance(config, ModelConfig) and config.materialized == "incremental"


def _other(parsed: Parsed, again: Parsed | None) -> Parsed | None:
    return again if again and again.text.value != parsed.text.value else None


def _parsed(template: Template, rendered: Rendered | None, files: ProjectFiles, findings: list[Diagnostic]) -> Parsed | None:
    """Stage 3 of one model; None for one that is not rendered, or is wrong."""
    if rendered is None:
        return None
    try:
        return _parse(template, rendered, files.settings.dialect)
    except FeatsqlError as error:
        findings.extend(error.diagnostics)
        return None


def _parse(template: Template, rendered: Rendered, dialect: str) -> Parsed:
    header = template.header
    source = read_sql(rendered, header.dialect.text if header.dialect else dialect)
    if isinstance(header.config, FeatureViewConfig):
        return parse_feature_view(source, header.config.windows)
    return parse_model(source)


def parse_inline(sql: str, project: RenderedProject, context: TemplateContext) -> Parsed:
    """A query given on the command line: templated and read as a model, part of no graph."""
    file = SourceFile("--inline", sql)
    span = Span(file, 0, 0)
    template = Template("inline", Header(Kind.MODEL, ModelConfig(), span), file, 0)
    macros = tuple(MacroFile(file) for file in project.files.macros)
    rendered, problems = render_all((template,), replace(context, macros=macros))
    raise_errors(problems)
    assert rendered[0]
    return parse_model(read_sql(rendered[0], project.files.settings.dialect))
