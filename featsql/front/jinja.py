"""Stage 2: templates -> SQL that knows where each of its characters came from.

A template of plain text and literal calls is rendered here. All others go to one worker process that has jinja2, a
sandbox, and limits on memory, time and output which no template can lift (docs/adr/0005).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span, Text
from featsql.front.jinja_plain import render_plain
from featsql.front.jinja_process import Worker
from featsql.ir.model import Call, Rendered, Template, TemplateContext

_START_SECONDS: Final = 30.0
_TAG: Final = re.compile(r"\{[{%][^\r\n]*")


@dataclass(frozen=True, slots=True)
class Limits:
    """What rendering may cost. `memory`: bytes beside what the worker needs itself; `output`: characters of SQL."""

    seconds_each: float = 10.0
    seconds_all: float = 60.0
    memory: int = 1 << 30
    output_each: int = 10_000_000
    output_all: int = 200_000_000


DEFAULT_LIMITS: Final = Limits()


def render_all(
    templates: Sequence[Template], context: TemplateContext, limits: Limits = DEFAULT_LIMITS
) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
    """What `Rendering.finish` gives, for who has nothing to do meanwhile."""
    with Rendering(templates, context, limits) as rendering:
        return rendering.finish()


class Rendering:
    """Templates being rendered: those in `ready` are done, a worker is at the others: take them by `late` or all by `finish`.

    Leave it as a context manager, and no worker is left: also after Ctrl-C.
    """

    def __init__(self, templates: Sequence[Template], context: TemplateContext, limits: Limits = DEFAULT_LIMITS) -> None:
        self._templates, self._context, self._limits = templates, context, limits
        self.ready: tuple[Rendered | None, ...] = tuple(render_plain(template, context) for template in templates)
        self._rendered = list(self.ready)
        self._waiting = {f"model:{i}": i for i, ready in enumerate(self.ready) if ready is None}
        self._macros = {f"macro:{i}": _Body(macro.file, 0) for i, macro in enumerate(context.macros)}
        models = {unit: _Body(templates[i].file, templates[i].body_start) for unit, i in self._waiting.items()}
        self._bodies = self._macros | models
        self._found: dict[str, list[Diagnostic]] = {}
        self._current = ""
        self._room = limits.output_all
        self._worker = self._started()

    def __enter__(self) -> Rendering:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker:
            self._worker.close()

    def late(self) -> Iterator[tuple[int, Rendered]]:
        """Each model that was not ready at once, with its number, as soon as the worker has rendered it."""
        self._deadline = monotonic() + self._limits.seconds_all
        while self._waiting:
            why = yield from self._listen()
            if not self._waiting:
                break
            if monotonic() >= self._deadline:
                self._current = self._current or next(iter(self._waiting))
                self._blame(f"the templates were not done after {self._limits.seconds_all:g} seconds")
                self._waiting.clear()
            else:
                self._blame(why)
            self.__exit__()
            self._worker = self._started()

    def finish(self) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
        """Every model's SQL, in the order given; None where there is an error. All errors of all templates (FS006, FS009,
        FS20x), and if one of them needed the worker, those of the macro files too (FS110, FS405)."""
        for _ in self.late():
            pass
        found = tuple(diagnostic for unit in ("", *self._bodies) for diagnostic in self._found.get(unit, ()))
        return tuple(self._rendered), tuple(dict.fromkeys(found))

    def _started(self) -> Worker | None:
        """A worker for what is waiting. It is started anew as often as a template brings it down."""
        self._current = ""
        if not self._waiting:
            return None
        try:
            return Worker(self._request())
        except OSError as error:
            self._blame(error.strerror or str(error))
            return None

    def _request(self) -> dict[str, Any]:
        context, limits = self._context, self._limits
        return {
            "macros": [{"id": unit, "text": body.text, "is_dead": unit in self._found} for unit, body in self._macros.items()],
            "templates": [{"id": unit, "text": self._bodies[unit].text, **self._table(i)} for unit, i in self._waiting.items()],
            "variables": dict(context.variables),
            "env_vars": dict(context.env_vars),
            "target": dict(context.target),
            "project": context.project,
            "memory": limits.memory,
            "room": self._room,
            "room_each": limits.output_each,
            "cpu": int(limits.seconds_all) + 1,
        }

    def _table(self, number: int) -> dict[str, str]:
        template = self._templates[number]
        return {"table": template.name} if template.is_incremental else {}

    def _listen(self) -> Generator[tuple[int, Rendered], None, str]:
        """Take in what the worker says until it ends; why it did."""
        seconds = max(_START_SECONDS, self._limits.seconds_each)
        try:
            while self._worker and (message := self._worker.hear(min(seconds, self._deadline - monotonic()))):
                seconds = self._limits.seconds_each
                if done := self._take(message):
                    handed_over = monotonic()
                    yield done
                    self._deadline += monotonic() - handed_over  # what others do with it is not the templates' time
        except TimeoutError:
            return f"the template was not done after {seconds:g} seconds"
        return "the template went over the limit of memory or time" if self._current else "it ended without a word"

    def _take(self, message: Mapping[str, Any]) -> tuple[int, Rendered] | None:
        self._current = message.get("begin", "")
        unit = message.get("done", "")
        number = self._waiting.pop(unit, None)
        if "findings" in message:
            self._found.setdefault(unit, [self._diagnostic(finding) for finding in message["findings"]])
            return None
        if number is None:
            return None
        body = self._bodies[unit]
        text = Text.join(body.piece(*piece) for piece in message["pieces"])
        calls = tuple(Call(kind, target, body.span(*place)) for kind, target, place in message["calls"])
        rendered = self._rendered[number] = Rendered(self._templates[number].name, text, calls)
        self._room -= len(text.value)
        return number, rendered

    def _blame(self, why: str) -> None:
        """The worker ended in the middle of a template or a macro file, which is not tried again; or it never did anything."""
        if self._current:
            span = self._bodies[self._current].first_tag
            self._found[self._current] = [Diagnostic("FS205", why, span, hints=("make the template do less",))]
            self._waiting.pop(self._current, None)
        else:
            self._found[""] = [Diagnostic("FS900", "the process that renders templates could not be started", notes=(why,))]
            self._waiting.clear()

    def _diagnostic(self, finding: Mapping[str, Any]) -> Diagnostic:
        labels: tuple[Label, ...] = ()
        if finding["label"]:
            text, *spot = finding["label"]
            labels = (Label(self._span(*spot), text),)
        hints = tuple(finding["hints"])
        return Diagnostic(finding["code"], finding["message"], self._span(*finding["spot"]), labels=labels, hints=hints)

    def _span(self, unit: str, start: int, end: int) -> Span:
        return self._bodies[unit].span(start, end)


@dataclass(frozen=True, slots=True)
class _Body:
    """What the worker gets of a file: the text from `start` on, with plain newlines. It speaks in offsets into that."""

    file: SourceFile
    start: int
    pairs: tuple[int, ...] = field(init=False, repr=False)
    """Offsets of newlines that are two characters in the file."""

    def __post_init__(self) -> None:
        found = re.finditer("\r\n", self.file.text[self.start :])
        object.__setattr__(self, "pairs", tuple(pair.start() - i for i, pair in enumerate(found)))

    @property
    def text(self) -> str:
        return self.file.text[self.start :].replace("\r\n", "\n").replace("\r", "\n")

    @property
    def first_tag(self) -> Span:
        """From the first tag to the end of its line: where to look when nothing tells the place."""
        tag = _TAG.search(self.file.text, self.start)
        return Span(self.file, *tag.span()) if tag else Span(self.file, self.start, self.start)

    def span(self, start: int, end: int) -> Span:
        return Span(self.file, self._offset(start), self._offset(end))

    def piece(self, start: int, end: int, text: str | None = None) -> Text:
        """The characters themselves, or `text` that stands for them."""
        span = self.span(start, end)
        return Text.verbatim(self.file, span.start, span.end) if text is None else Text.standing_for(text, span)

    def _offset(self, at: int) -> int:
        return self.start + at + bisect_left(self.pairs, at)
