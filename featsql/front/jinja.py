"""Stage 2: templates -> SQL that knows where each of its characters came from.

A template of plain text and literal calls is rendered here. All others go to one worker process that has jinja2, a
sandbox, and limits on memory, time and output which no template can lift (docs/adr/0005).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span, Text
from featsql.front.jinja_plain import render_plain
from featsql.front.jinja_process import worker
from featsql.ir.model import Call, Rendered, Template, TemplateContext

_START_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What rendering may cost. `memory`: bytes beside what the worker needs itself; `output`: characters of one model."""

    seconds_each: float = 10.0
    seconds_all: float = 60.0
    memory: int = 1 << 30
    output: int = 10_000_000


DEFAULT_LIMITS: Final = Limits()


def render_all(
    templates: Sequence[Template], context: TemplateContext, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
    """Every model's SQL, in the order given; None where there is an error. All errors of all templates (FS006, FS009, FS20x),
    and those of macro files (FS110, FS405 too) if a template needs jinja2."""
    rendered = {f"model:{i}": render_plain(template, context) for i, template in enumerate(templates)}
    waiting = {unit: _Body(t.file, t.body_start) for t, unit in zip(templates, rendered, strict=True) if rendered[unit] is None}
    if not waiting:
        return tuple(rendered.values()), ()
    job = _Job(context, limits, waiting)
    job.run()
    for unit, template in zip(rendered, templates, strict=True):
        if unit in job.done:
            text, calls = job.done[unit]
            rendered[unit] = Rendered(template.name, text, calls)
    return tuple(rendered.values()), job.diagnostics()


@dataclass(frozen=True, slots=True)
class _Body:
    """What the worker gets of a file: the text from `start` on, with plain newlines. It speaks in offsets into that."""

    file: SourceFile
    start: int
    crlf: tuple[int, ...] = field(init=False, repr=False)
    """Offsets of newlines that are two characters in the file."""

    def __post_init__(self) -> None:
        pairs = re.finditer("\r\n", self.file.text[self.start :])
        object.__setattr__(self, "crlf", tuple(pair.start() - i for i, pair in enumerate(pairs)))

    @property
    def text(self) -> str:
        return self.file.text[self.start :].replace("\r\n", "\n").replace("\r", "\n")

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, self._offset(start), self._offset(end))

    def _offset(self, at: int) -> int:
        return self.start + at + bisect_left(self.crlf, at)

    @property
    def first_tag(self) -> Span:
        """From the first tag to the end of its line: where to look when nothing tells the place."""
        tag = re.compile(r"\{[{%][^\r\n]*").search(self.file.text, self.start)
        return Span(self.file, *tag.span()) if tag else Span(self.file, self.start, self.start)

    def piece(self, start: int, end: int, text: str | None = None) -> Text:
        """The characters themselves, or `text` that stands for them."""
        span = self.span(start, end)
        return Text.verbatim(self.file, span.start, span.end) if text is None else Text.standing_for(text, span)


class _Job:
    """Templates that need the worker. It is started anew as often as one of them brings it down."""

    def __init__(self, context: TemplateContext, limits: Limits, waiting: Mapping[str, _Body]) -> None:
        self._context, self._limits = context, limits
        self._macros = {f"macro:{i}": _Body(macro.file, 0) for i, macro in enumerate(context.macros)}
        self._bodies = self._macros | waiting
        self._waiting = list(waiting)
        self._current = ""
        self._found: dict[str, list[Diagnostic]] = {}
        self.done: dict[str, tuple[Text, tuple[Call, ...]]] = {}

    def run(self) -> None:
        deadline = monotonic() + self._limits.seconds_all
        while self._waiting:
            why = self._serve(deadline)
            if self._waiting and monotonic() >= deadline:
                self._current = self._current or self._waiting[0]
                self._blame(f"the templates were not done after {self._limits.seconds_all:g} seconds")
                self._waiting.clear()
            elif self._current:
                self._blame(why)
            elif self._waiting:
                self._found[""] = [Diagnostic("FS900", "the process that renders templates did not do its work", notes=(why,))]
                self._waiting.clear()

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """In the order of macro files, then of templates."""
        return tuple(diagnostic for unit in ("", *self._bodies) for diagnostic in self._found.get(unit, ()))

    def _serve(self, deadline: float) -> str:
        """Let one worker do what it can; why it ended."""
        seconds = max(_START_SECONDS, self._limits.seconds_each)
        try:
            with worker(self._request()) as process:
                while message := process.hear(min(seconds, deadline - monotonic())):
                    self._take(message)
                    seconds = self._limits.seconds_each
            return "the template went over the limit of memory or time"
        except TimeoutError:
            return f"the template was not done after {seconds:g} seconds"
        except OSError as error:
            return f"it could not be started: {error.strerror or error}"

    def _request(self) -> dict[str, Any]:
        context, limits = self._context, self._limits
        return {
            "macros": [{"id": unit, "text": body.text, "is_dead": unit in self._found} for unit, body in self._macros.items()],
            "templates": [{"id": unit, "text": self._bodies[unit].text} for unit in self._waiting],
            "variables": dict(context.variables),
            "env_vars": dict(context.env_vars),
            "target": dict(context.target),
            "project": context.project,
            "memory": limits.memory,
            "output": limits.output,
            "cpu": int(limits.seconds_all) + 1,
        }

    def _take(self, message: Mapping[str, Any]) -> None:
        self._current = message.get("begin", "")
        unit = message.get("done", "")
        if unit in self._waiting:
            self._waiting.remove(unit)
        if "findings" in message:
            self._found.setdefault(unit, [self._diagnostic(finding) for finding in message["findings"]])
        elif unit and unit not in self._macros:
            body = self._bodies[unit]
            calls = (Call(kind, target, body.span(*place)) for kind, target, place in message["calls"])
            self.done[unit] = Text.join(body.piece(*piece) for piece in message["pieces"]), tuple(calls)

    def _blame(self, why: str) -> None:
        """The worker ended in the middle of a template, or of a macro file: that one is not tried again."""
        span = self._bodies[self._current].first_tag
        self._found[self._current] = [Diagnostic("FS205", why, span, hints=("make the template do less",))]
        if self._current in self._waiting:
            self._waiting.remove(self._current)
        self._current = ""

    def _diagnostic(self, finding: Mapping[str, Any]) -> Diagnostic:
        labels = [Label(self._span(*spot), text) for text, *spot in [finding["label"] or ()] if spot]
        hints = tuple(finding["hints"])
        return Diagnostic(finding["code"], finding["message"], self._span(*finding["spot"]), labels=tuple(labels), hints=hints)

    def _span(self, unit: str, start: int, end: int) -> Span:
        return self._bodies[unit].span(start, end)
