"""The process in which templates are rendered: jinja2 in a sandbox, under limits that the system keeps.

One request comes in, one line of JSON goes out before and after each macro file and each template; `front.jinja` is the other end.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from types import FrameType, TracebackType
from typing import IO, Any, Final, Literal

from jinja2 import TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from featsql.front.jinja_names import ABSENT, Absent, Missing, Names, Problem, shown
from featsql.front.jinja_places import Place, Refused, Source
from featsql.front.jinja_problems import explain

_STATE: Final = ("namespace", "cycler", "joiner")
_PIECE: Final = 32
"""What a piece of output costs beside its characters."""
_MOST_PROBLEMS: Final = 20


class _Enough(Exception):
    """Nothing more is to be learnt from this template."""


class _Environment(ImmutableSandboxedEnvironment):
    """`survive` takes the error of one tag, so that the next tag can show its own."""

    def __init__(self) -> None:
        extensions = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
        super().__init__(undefined=Absent, keep_trailing_newline=True, extensions=extensions, finalize=shown)
        self.survive = _raise
        del self.filters["random"]  # the same files give the same SQL


class _Worker:
    def __init__(self, request: Mapping[str, Any], out: IO[str]) -> None:
        self._request, self._out = request, out
        self._environment = _Environment()
        self._environment.survive = self._survive
        self._names = Names(request, self._note).all() | {
            name: self._environment.globals[name] for name in ("range", "dict", *_STATE)
        }
        self._environment.globals = self._names
        self._sources: dict[str, Source] = {}
        self._macros: dict[str, tuple[Source, Place]] = {}
        self._begin(Source("", ""))

    def _begin(self, source: Source) -> None:
        self._source = source
        self._room = int(self._request["output"])
        self._calls: dict[tuple[str, str, Place], None] = {}
        self._problems: dict[tuple[str, str, Place], dict[str, Any]] = {}

    def run(self) -> None:
        state = {name: self._names.pop(name) for name in _STATE}
        self._say({"ready": True})
        for unit in self._request["macros"]:
            self._serve(unit, self._load)
        self._names.update(state)
        for unit in self._request["templates"]:
            self._serve(unit, self._render)
            self._sources.pop(unit["id"], None)

    def _serve(self, unit: Mapping[str, str], work: Any) -> None:
        self._say({"begin": unit["id"]})
        self._begin(Source(unit["id"], unit["text"]))
        self._sources[unit["id"]] = self._source
        pieces: list[Any] = []
        try:
            work(pieces)
        except _Enough:
            pass
        except Exception as error:
            with contextlib.suppress(_Enough):
                self._survive(error)
        if self._problems:
            self._say({"done": unit["id"], "problems": list(self._problems.values())})
        else:
            self._say({"done": unit["id"], "pieces": pieces, "calls": list(self._calls)})

    def _render(self, pieces: list[Any]) -> None:
        template = self._compiled()
        for piece in template.root_render_func(template.new_context(self._names, shared=True)):
            self._spend(len(piece[2]) if len(piece) == 3 else piece[1] - piece[0])
            pieces.append(piece)

    def _load(self, _: list[Any]) -> None:
        template = self._compiled()
        context = template.new_context(self._names, shared=True)
        for _ in template.root_render_func(context):
            pass
        for name in context.vars:
            ...

    def _say(self, message: Mapping[str, Any]) -> None:
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()
