"""Stage 2: templates -> SQL that knows where each of its characters came from.

A template of plain text and literal calls is rendered here. All others go to one worker process that has jinja2, a
sandbox, and limits on memory, time and output which no template can lift (docs/adr/0005).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, Literal

from featsql.base.diagnostics import Diagnostic, Label, nearest
from featsql.base.spans import SourceFile, Span, Text
from featsql.ir.model import Call, Rendered, Template, TemplateContext

_STRING = r"'([^'\\\n]*)'|\"([^\"\\\n]*)\""
_PLAIN_CALL: Final = re.compile(r"\{\{\s*(ref|source|var)\(\s*(?:" + _STRING + r")\s*(?:,\s*(?:" + _STRING + r")\s*)?\)\s*\}\}")
_TAG: Final = re.compile(r"\{[{%#]")
_BOOT: Final = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from featsql.front.jinja_worker import main; main()"


@dataclass(frozen=True, slots=True)
class Limits:
    """What rendering may cost. `memory` is in bytes beside what the worker needs itself, `output` in characters a model."""

    seconds_each: float = 10.0
    seconds_all: float = 60.0
    memory: int = 1 << 30
    output: int = 10_000_000


class Rendering:
    """Templates being rendered: those in `ready` are done, the worker is at the others until `finish`."""

    def __init__(self, templates: Sequence[Template], context: TemplateContext, limits: Limits | None = None) -> None:
        self.ready: tuple[Rendered | None, ...] = tuple(render_plain(template, context) for template in templates)
        waiting = [i for i, done in enumerate(self.ready) if done is None]
        self._job = _Job(templates, context, limits or Limits(), list(self.ready), waiting)
        self._worker = ThreadPoolExecutor(1) if waiting else None
        self._outcome = self._worker.submit(self._job.run) if self._worker else None

    def finish(self) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
        """Every model's SQL, in the order given; None where there is an error (FS006, FS20x). All errors of all templates."""
        if self._outcome:
            self._outcome.result()
        return tuple(self._job.rendered), tuple(self._job.found)

    def __enter__(self) -> Rendering:
        return self

    def __exit__(self, *_: object) -> None:
        self._job.stop()
        if self._worker:
            self._worker.shutdown()


def render_all(
    templates: Sequence[Template], context: TemplateContext, limits: Limits | None = None
) -> tuple[tuple[Rendered | None, ...], tuple[Diagnostic, ...]]:
    """What `Rendering.finish` gives, for who has nothing to do meanwhile."""
    with Rendering(templates, context, limits) as rendering:
        return rendering.finish()


def render_plain(template: Template, context: TemplateContext) -> Rendered | None:
    """A template of nothing but text and literal calls of ref, source and var; None when it needs more than that."""
    file, at = template.file, template.body_start
    text = file.text
    parts: list[Text] = []
    calls: list[Call] = []
    while tag := _TAG.search(text, at):
        found = _PLAIN_CALL.match(text, tag.start())
        if found is None:
            return None
        name, args = (
            found[1],
            [a or b or "" for a, b in ((found[2], found[3]), (found[4], found[5])) if a is not None or b is not None],
        )
        span = Span(file, found.start(), found.end())
        value = _plain_value(name, args, context, span, calls)
        if value is None:
            return None
        parts += [Text.verbatim(file, at, found.start()), Text.standing_for(value, span)]
        at = found.end()
    parts.append(Text.verbatim(file, at, len(text)))
    return Rendered(template.name, Text.join(parts), tuple(calls))


def _plain_value(name: str, args: list[str], context: TemplateContext, span: Span, calls: list[Call]) -> str | None:
    if not all(args) or any('"' in arg for arg in args):
        return None
    match name, args:
        case "ref", [target]:
            calls.append(Call("ref", target, span))
            return f'"ref:{target}"'
        case "source", [source, table]:
            calls.append(Call("source", f"{source}.{table}", span))
            return f'"source:{source}.{table}"'
        case "var", [variable] if isinstance(context.variables.get(variable), str | int):
            return str(context.variables[variable])
    return None


@dataclass(slots=True)
class _Job:
    """The templates that need the worker: it is started anew as often as one of them brings it down."""

    templates: Sequence[Template]
    context: TemplateContext
    limits: Limits
    rendered: list[Rendered | None]
    waiting: list[int]
    found: list[Diagnostic] = field(default_factory=list)
    _macros_told: bool = False
    _is_stopped: bool = False
    _process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """Leave nothing running, whatever is not done."""
        self._is_stopped = True
        if self._process:
            self._process.kill()

    def run(self) -> None:
        deadline = monotonic() + self.limits.seconds_all
        while self.waiting and not self._is_stopped:
            before = len(self.waiting)
            self._serve(deadline)
            if len(self.waiting) == before:
                self._fail(self.waiting.pop(0), "FS900", "the process that renders templates ended without a word")

    def _serve(self, deadline: float) -> None:
        process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
        )
        self._process = process
        lines: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=_talk, args=(process, self._request(), lines), daemon=True).start()
        current: int | None = None
        try:
            while True:
                line = lines.get(timeout=max(0.01, min(self.limits.seconds_each, deadline - monotonic())))
                if not line:
                    break
                current = self._hear(json.loads(line), current)
        except Empty:
            self._out_of_time(current, monotonic() >= deadline)
            current = None
        finally:
            process.kill()
            process.wait()
        if current is not None:
            self.waiting.remove(current)
            self._fail(current, "FS205", "the template went over the limit of memory or time")

    def _hear(self, message: dict[str, Any], current: int | None) -> int | None:
        if "macros" in message:
            if not self._macros_told:
                self.found += [self._diagnostic(problem, None) for problem in message["macros"]]
                self._macros_told = True
            return None
        if "begin" in message:
            return int(message["begin"])
        number = int(message["done"])
        self.waiting.remove(number)
        template = self.templates[number]
        if "problem" in message:
            self.found.append(self._diagnostic(message["problem"], template))
        else:
            self.rendered[number] = _assembled(template, message["pieces"], message["calls"])
        return None

    def _out_of_time(self, current: int | None, is_all: bool) -> None:
        if current is not None:
            self.waiting.remove(current)
            seconds = self.limits.seconds_all if is_all else self.limits.seconds_each
            self._fail(current, "FS205", f"the template was not done after {seconds:g} seconds")
        if is_all:
            for number in self.waiting:
                self._fail(number, "FS205", f"the templates were not done after {self.limits.seconds_all:g} seconds")
            self.waiting.clear()

    def _fail(self, number: int, code: str, message: str) -> None:
        template = self.templates[number]
        span = Span(template.file, template.body_start, min(template.body_start + 1, len(template.file.text)))
        self.found.append(Diagnostic(code, message, span, hints=("make the template do less",)))

    def _request(self) -> bytes:
        context = self.context
        request = {
            "macros": [macro.file.text for macro in context.macros],
            "templates": [{"id": i, "text": _body(self.templates[i])} for i in self.waiting],
            "variables": context.variables,
            "env_vars": dict(context.env_vars),
            "target": context.target,
            "project": context.project,
            "memory": self.limits.memory,
            "output": self.limits.output,
            "cpu": int(self.limits.seconds_all) + 1,
        }
        return json.dumps(request, default=str).encode()

    def _diagnostic(self, problem: Mapping[str, Any], template: Template | None) -> Diagnostic:
        kind, _, number = str(problem["file"]).partition(":")
        in_macro = kind == "macro"
        if in_macro:
            file, start = self.context.macros[int(number)].file, 0
        else:
            assert template
            file, start = template.file, template.body_start
        span = _expression(file, start + int(problem["at"]), problem.get("wanted") or "")
        labels: tuple[Label, ...] = ()
        if in_macro and template and int(problem.get("outer", -1)) >= 0:
            labels = (Label(_expression(template.file, template.body_start + int(problem["outer"]), ""), "called here"),)
        hints = nearest(problem["wanted"], problem["known"]) if problem.get("wanted") else ()
        return Diagnostic(problem["code"], problem["message"], span, labels=labels, hints=(*hints, *problem["hints"]))


def _talk(process: subprocess.Popen[bytes], request: bytes, lines: SimpleQueue[bytes]) -> None:
    """Give the worker its request and pass on what it says, an empty line at the end."""
    assert process.stdin and process.stdout
    try:
        process.stdin.write(request)
        process.stdin.close()
        for line in process.stdout:
            lines.put(line)
    except (OSError, ValueError):
        pass
    lines.put(b"")


def _body(template: Template) -> str:
    return template.file.text[template.body_start :]


def _assembled(template: Template, pieces: list[tuple[int, str, bool]], calls: list[dict[str, Any]]) -> Rendered:
    file, start = template.file, template.body_start
    parts: list[Text] = []
    for at, text, is_own in pieces:
        if is_own and file.text.startswith(text, start + at):
            parts.append(Text.verbatim(file, start + at, start + at + len(text)))
        else:
            parts.append(Text.standing_for(text, _expression(file, start + at, "")))
    made = tuple(Call(_kind(call), call["target"], _expression(file, start + call["at"], "")) for call in calls)
    return Rendered(template.name, Text.join(parts), made)


def _kind(call: Mapping[str, Any]) -> Literal["ref", "source"]:
    return "ref" if call["kind"] == "ref" else "source"


def _expression(file: SourceFile, at: int, word: str) -> Span:
    """`word` at or behind `at`, else the whole tag that holds `at`."""
    text = file.text
    at = min(max(at, 0), len(text))
    ends = [end + 2 for mark in ("}}", "%}") if (end := text.find(mark, at)) >= 0]
    stop = min(ends, default=len(text))
    if word and (found := re.compile(rf"\b{re.escape(word)}\b").search(text, at, stop)):
        return Span(file, found.start(), found.end())
    opened = max(text.rfind("{{", 0, at + 2), text.rfind("{%", 0, at + 2))
    closed = max(text.rfind("}}", 0, at), text.rfind("%}", 0, at))
    if opened < 0 or closed > opened:
        return Span(file, at, min(at + 1, len(text)))
    return Span(file, opened, stop)
