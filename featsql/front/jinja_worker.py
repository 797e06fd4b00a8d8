"""The process in which templates are rendered: jinja2 in a sandbox, under limits that the system keeps.

One request comes in; a line of JSON goes out before and after each macro file and each template. See `front.jinja`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from typing import IO, Any, Final, Literal

from jinja2 import Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from featsql.base.diagnostics import nearest
from featsql.base.limits import limit
from featsql.front.jinja_names import Absent, Names, Problem, shown
from featsql.front.jinja_places import Place, Source
from featsql.front.jinja_problems import Finding, Spot, explain
from featsql.front.jinja_tests import TestTag

_STATE: Final = ("namespace", "cycler", "joiner")
"""What remembers: not at hand while macro files are read, or one model's text could depend on another's."""
_EXTENSIONS: Final = ("jinja2.ext.do", "jinja2.ext.loopcontrols", TestTag)
_PIECE: Final = 32
"""What a piece or a call costs beside its characters, so that many small ones are bounded too."""
_MOST_FINDINGS: Final = 20
_MACRO: Final = re.compile(r"\bmacro\s+(\w+)")


class _Enough(BaseException):
    """Nothing more is to be learnt from this template."""


class _Environment(ImmutableSandboxedEnvironment):
    """jinja2 as templates have it. Compiled templates call `survive` when a tag fails."""

    def __init__(self, survive: Callable[[], None]) -> None:
        super().__init__(undefined=Absent, keep_trailing_newline=True, extensions=_EXTENSIONS, finalize=shown)
        self.survive = survive
        del self.filters["random"]  # the same files give the same SQL


class _Unit:
    """A macro file or a template on its way: what it gave so far, and the room that is left for more."""

    def __init__(self, file: str, text: str, room: int) -> None:
        self.source = Source(file, text)
        self.room = room
        self.pieces: list[tuple[Any, ...]] = []
        self.calls: dict[tuple[str, str, Place], None] = {}
        self.findings: dict[tuple[str, tuple[str, int, int]], Finding] = {}
        self.has_failed = False

    def spend(self, characters: int) -> None:
        self.room -= characters + _PIECE
        if self.room < 0:
            raise Problem("FS205", "the template puts out more text than it may", "make the template do less")

    def add(self, finding: Finding) -> None:
        self.has_failed = True
        self.findings.setdefault((finding.code, finding.spot.told()), finding)
        if finding.code == "FS205" or len(self.findings) >= _MOST_FINDINGS:
            raise _Enough


class _Worker:
    def __init__(self, request: Mapping[str, Any], out: IO[str]) -> None:
        self._request, self._out = request, out
        self._environment = _Environment(self._survive)
        known = self._environment.globals
        self._state = {name: known[name] for name in _STATE}
        self._of_table = Names(request, self._note).of_table
        self._names = Names(request, self._note).all() | self._of_table(None) | {"range": known["range"]}
        self._environment.globals = self._names
        self._own_names = frozenset({*self._names, "this", *_STATE})
        self._sources: dict[str, Source] = {}
        self._macros: dict[str, Spot] = {}
        self._broken: set[str] = set()
        self._unit = _Unit("", "", 0)
        self._room: int = request["room"]

    def run(self) -> None:
        self._say({"ready": True})
        for told in self._request["macros"]:
            if not told["is_dead"]:
                self._serve(told, self._load)
            if told["is_dead"] or self._unit.has_failed:
                self._broken |= {*_MACRO.findall(told["text"])}
        self._names.update(self._state)
        for told in self._request["templates"]:
            self._names.pop("this", None)
            self._names.update(self._of_table(told.get("table")))
            self._serve(told, self._render)
            del self._sources[told["id"]]

    def _serve(self, told: Mapping[str, str], work: Callable[[], None]) -> None:
        self._say({"begin": told["id"]})
        room = min(self._room, self._request["room_each"])
        unit = self._unit = _Unit(told["id"], told["text"], room)
        self._sources[told["id"]] = unit.source
        with contextlib.suppress(_Enough):
            try:
                work()
            except Exception:
                self._survive()
        self._room -= room - unit.room
        if unit.has_failed:
            self._say({"done": told["id"], "findings": [finding.told() for finding in unit.findings.values()]})
        else:
            self._say({"done": told["id"], "pieces": unit.pieces, "calls": tuple(unit.calls)})

    def _render(self) -> None:
        unit = self._unit
        template = self._compiled(unit.source.parse(self._environment))
        pieces: Any = template.root_render_func(template.new_context(self._names, shared=True))
        for piece in pieces:
            unit.spend(len(piece[2]) if len(piece) == 3 else piece[1] - piece[0])
            unit.pieces.append(piece)

    def _load(self) -> None:
        tree = self._unit.source.parse(self._environment)
        template = self._compiled(tree)
        context = template.new_context(self._names, shared=True)
        for _ in template.root_render_func(context):
            pass
        self._register([node for node in tree.body if isinstance(node, nodes.Macro)], context.vars)

    def _compiled(self, tree: nodes.Template) -> Template:
        source = self._unit.source
        for kind, name, place, known in source.strangers(self._environment):
            self._unit.add(Finding("FS202", f"there is no {kind} `{name}`", Spot(source, place), nearest(name, known)))
        if self._unit.has_failed:
            raise _Enough
        return source.compile(self._environment, tree)

    def _register(self, macros: list[nodes.Macro], values: Mapping[str, Any]) -> None:
        source = self._unit.source
        for node in macros:
            spot = Spot(source, source.word(node.name, source.places[node.lineno]) or source.places[node.lineno])
            if node.name in self._own_names:
                said, hint = f"`{node.name}` is a name that templates have already", "give the macro another name"
                self._unit.add(Finding("FS110", said, spot, (hint,)))
            elif node.name in self._macros:
                label = ("the first one", self._macros[node.name])
                self._unit.add(Finding("FS405", f"two macros are named `{node.name}`", spot, ("rename one of them",), label))
            else:
                self._macros[node.name] = spot
                self._names[node.name] = values[node.name]

    def _note(self, kind: Literal["ref", "source"], target: str) -> None:
        """Record the call at the innermost place of the template itself: a macro's own text is no part of the model."""
        source = self._unit.source
        frame = sys._getframe()
        while frame.f_code.co_filename != source.file:
            assert frame.f_back
            frame = frame.f_back
        self._unit.spend(len(target))
        self._unit.calls[kind, target, source.place_of(frame.f_lineno)] = None

    def _survive(self) -> None:
        """Note the exception that is being handled, so that the next tag can show its own."""
        error = sys.exception()
        assert isinstance(error, Exception)
        finding = explain(error, self._unit.source, self._sources, self._names)
        if finding.code == "FS202" and finding.word in self._broken:
            self._unit.has_failed = True  # its file has told what is wrong
            return
        self._unit.add(finding)

    def _say(self, message: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()


def main() -> None:
    """Serve one request."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process itself
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    request = json.load(sys.stdin.buffer)
    limit(request["memory"], request["cpu"])
    _Worker(request, out).run()
