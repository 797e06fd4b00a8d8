"""What went wrong in a template, as plain data: which code, which words, which characters of which file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final

from jinja2 import TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import MAX_RANGE

from featsql.front.jinja_names import Missing, Problem
from featsql.front.jinja_places import Place, Refused, Source

_LONGEST: Final = 500
_OWN_PLACE: Final = re.compile(r" on line \d+ in '[^']*'| at \d+$")
"""jinja2 counts lines that are not the file's."""
_QUOTED: Final = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True)
class Spot:
    """Characters of a file of the request."""

    source: Source
    place: Place

    def told(self) -> tuple[str, int, int]:
        return self.source.file, *self.place


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic that is still in terms of the request; `label` has its text in front."""

    code: str
    message: str
    spot: Spot
    hints: tuple[str, ...] = ()
    label: tuple[str, Spot] | None = None
    word: str = ""

    def told(self) -> dict[str, object]:
        label = (self.label[0], *self.label[1].told()) if self.label else None
        message = self.message if len(self.message) <= _LONGEST else self.message[:_LONGEST] + " ..."
        return {"code": self.code, "message": message, "hints": self.hints, "spot": self.spot.told(), "label": label}


def spots_of(traceback: TracebackType | None, sources: Mapping[str, Source]) -> list[Spot]:
    """The places in templates that the error came through, the outermost first."""
    found: list[Spot] = []
    while traceback is not None:
        if source := sources.get(traceback.tb_frame.f_code.co_filename):
            found.append(Spot(source, source.place_of(traceback.tb_lineno)))
        traceback = traceback.tb_next
    return found


def explain(error: Exception, source: Source, sources: Mapping[str, Source], names: Iterable[str]) -> Finding:
    """The error at the innermost place where its word stands, and the place in `source` that led there."""
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, source)
    problem = _problem(error, (*names, *source.assigned))
    spots = spots_of(error.__traceback__, sources) or [Spot(source, source.tag(0) if source.tags else (0, 1))]
    inner = len(spots) - 1
    place = spots[inner].place
    for i, spot in reversed(tuple(enumerate(spots))):
        if problem.word and (exact := spot.source.word(problem.word, spot.place)):
            inner, place = i, exact
            break
    callers = [spot for spot in spots[:inner] if spot.source is source and spot.place != spots[inner].place]
    label = ("called here", callers[-1]) if callers else None
    return Finding(problem.code, problem.message, replace(spots[inner], place=place), problem.hints, label, problem.word)


def _problem(error: Exception, names: tuple[str, ...]) -> Problem:
    match error:
        case Problem():
            return error
        case Missing():
            return error.explained(names)
        case UndefinedError():
            return Problem("FS202", _lowered(_OWN_PLACE.sub("", str(error))))
        case SecurityError():
            hint = "make a new one: `{% set names = names + ['a'] %}`" if "'list' object" in str(error) else ""
            return Problem("FS204", f"not allowed in a template: {_lowered(str(error))}", *filter(None, [hint]))
        case MemoryError():
            return Problem("FS205", "the template needs more memory than it may have", "make the template do less")
        case OverflowError() if "Range too big" in str(error):
            return Problem("FS205", f"a range in a template has at most {MAX_RANGE:,} numbers", "let SQL count: `range(n)`")
        case OverflowError():
            return Problem("FS205", f"the template asks for too much: {_lowered(str(error))}", "make the template do less")
        case RecursionError() | SyntaxError():
            return Problem("FS205", "the template is nested too deeply, or a macro calls itself without end")
    return Problem("FS204", f"the template failed: {_lowered(str(error)) or type(error).__name__}")


def _syntax(error: TemplateSyntaxError, source: Source) -> Finding:
    spot = Spot(source, source.token(error.lineno))
    if isinstance(error, Refused):
        return Finding("FS201", str(error.message), spot, ("a template is one file; what files share is a macro in `macros/`",))
    return Finding("FS201", f"template syntax: {_lowered(_OWN_PLACE.sub('', str(error.message)))}", spot)


def _lowered(text: str) -> str:
    return _QUOTED.sub(r"`\1`", text[:1].lower() + text[1:]).rstrip(".")
