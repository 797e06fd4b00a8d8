"""Templates in, SQL and errors out, in as few words as a test can do with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile, Span
from featsql.front.jinja import DEFAULT_LIMITS, Limits, render_all
from featsql.ir.header import Header, Kind, ModelConfig
from featsql.ir.model import MacroFile, Rendered, Template, TemplateContext

NEEDS_JINJA = "\n{% if true %}{% endif %}"
"""Puts out an empty line, and keeps a template from being rendered without jinja2."""

CONTEXT = TemplateContext(
    variables={"start": "2013-01-01", "days": 7, "names": ["a", "b"], "ratio": 0.5, "on": True},
    env_vars={"REGION": "eu"},
    target={"name": "dev", "type": "duckdb", "schema": "main", "threads": 2},
    project="flights",
)


def template(text: str, name: str = "m", header: str = "") -> Template:
    """A model of that text, behind a header if one is given."""
    file = SourceFile(f"models/{name}.sql", header + text)
    return Template(name, Header(Kind.MODEL, ModelConfig(), Span(file, 0, 0)), file, len(header))


def with_macros(*texts: str) -> TemplateContext:
    macros = tuple(MacroFile(SourceFile(f"macros/f{i}.sql", text)) for i, text in enumerate(texts))
    return replace(CONTEXT, macros=macros)


def render_many(
    texts: Sequence[str], context: TemplateContext = CONTEXT, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
    return render_all([template(text, f"m{i}") for i, text in enumerate(texts)], context, limits)


def rendered(text: str, context: TemplateContext = CONTEXT) -> Rendered:
    (result,), found = render_all([template(text)], context)
    assert found == ()
    assert result is not None
    return result


def sql(text: str, context: TemplateContext = CONTEXT) -> str:
    return rendered(text, context).text.value


def told(diagnostic: Diagnostic) -> tuple[str, str, str]:
    """Code, what the caret stands under, and all words."""
    assert diagnostic.span
    return diagnostic.code, diagnostic.span.text, "; ".join((diagnostic.message, *diagnostic.hints))


def errors(text: str, context: TemplateContext = CONTEXT) -> list[tuple[str, str, str]]:
    (result,), found = render_all([template(text)], context)
    assert result is None
    return [told(diagnostic) for diagnostic in found]


def error(text: str, context: TemplateContext = CONTEXT) -> tuple[str, str, str]:
    [found] = errors(text, context)
    return found


def shape(result: Rendered) -> Mapping[str, object]:
    """All that a rendered template says, with the place that each of its characters leads to."""
    places = [str(span := result.text.locate(i)) + (span.text if span else "") for i in range(len(result.text.value))]
    calls = [(call.kind, call.target, str(call.span), call.span and call.span.text) for call in result.calls]
    return {"sql": result.text.value, "places": places, "calls": calls}
