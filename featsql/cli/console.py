"""Where words go: data to stdout, talk to stderr, as text or as one JSON object a line."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import IO, Final, Literal

from featsql.base.diagnostics import Diagnostic
from featsql.base.pretty import render, render_all
from featsql.cli.harmless import harmless

LogFormat = Literal["text", "json"]
Level = Literal["debug", "info", "warn", "error"]
NO_FACTS: Final[Mapping[str, object]] = MappingProxyType({})

_STYLES = {"error": "31;1", "warning": "33;1", "ok": "32", "skip": "33", "dim": "2", "bold": "1", "place": "34", "hint": "36"}


Piece = str | tuple[str, str]
"""Words of a line: plain, or a style and words."""


@dataclass(slots=True)
class Console:
    """One command's voice. Writing to a closed stderr is no error: what was asked for goes on without talk."""

    log_format: LogFormat = "text"
    quiet: bool = False
    debug: bool = False
    write_line: Callable[[str], None] | None = None
    """Takes the lines in place of stderr, while a bar is drawn there."""
    _muted: bool = field(default=False, init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def is_live(self) -> bool:
        """May a line be redrawn? Only where someone looks at a terminal."""
        return self.log_format == "text" and not self.quiet and not self._muted and is_terminal(sys.stderr)

    @property
    def has_colour(self) -> bool:
        return self.log_format == "text" and wants_colour(sys.stderr)

    def data(self, text: str) -> None:
        """Write what the command was asked for, to stdout; a line end is added where it lacks one."""
        if is_terminal(sys.stdout):
            text = harmless(text)
        self.painted_data(text)

    def painted_data(self, text: str) -> None:
        """The same for text that is harmless already and may hold colour."""
        if sys.stdout is not None and text:
            sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def say(self, *pieces: Piece, event: str = "Note", level: Level = "info", facts: Mapping[str, object] = NO_FACTS) -> None:
        """One line of talk; `event` and `facts` are for those who read JSON."""
        if (level == "debug" and not self.debug) or (self.quiet and level != "error"):
            return
        if self.log_format == "json":
            self._write(self._record("".join(map(_words, pieces)), event, level, facts))
        else:
            self._write("".join(map(self._shown, pieces)))

    def _shown(self, piece: Piece) -> str:
        safe = harmless(_words(piece))
        return paint(piece[0], safe) if isinstance(piece, tuple) and self.has_colour else safe

    def findings(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Errors and warnings, in the order of their places; with `quiet` the errors alone."""
        found = [d for d in diagnostics if d.is_error or not self.quiet]
        if self.log_format == "json":
            for diagnostic in found:
                level: Level = "error" if diagnostic.is_error else "warn"
                self._write(self._record(diagnostic.message, "Diagnostic", level, facts_of(diagnostic)))
        elif found:
            text = harmless(render_all(found))
            self._write((paint_findings(text) if self.has_colour else text) + "\n")

    def _record(self, text: str, event: str, level: Level, facts: Mapping[str, object]) -> str:
        """The shape of dbt's log lines, so that what reads those reads ours."""
        info = {
            "name": event,
            "level": level,
            "msg": text,
            "ts": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "pid": os.getpid(),
            "thread": threading.current_thread().name,
        }
        return json.dumps({"info": info, "data": facts}, default=str)

    def _write(self, line: str) -> None:
        if self._muted:
            return
        try:
            with self._lock:
                if self.write_line:
                    self.write_line(line)
                else:
                    sys.stderr.write(line + "\n")
                    sys.stderr.flush()
        except (OSError, ValueError, AttributeError):
            # AttributeError: Python has no `sys.stderr` when it starts with that descriptor closed.
            self._muted = True


def _words(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece[1]


def is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
    except ValueError:
        return False


def wants_colour(stream: IO[str] | None) -> bool:
    return not os.environ.get("NO_COLOR") and is_terminal(stream)


def paint(style: str, text: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


_HEADLINE = re.compile(r"(error|warning)(\[FS\d{3}\])(: .*)")
_PLACE = re.compile(r"( *)(-->|:::)( .*)")
_MARKS = re.compile(r"( +\|)( *[\^-]+.*)")
_GUTTER = re.compile(r"( *\d* *\|)(.*)")
_ADVICE = re.compile(r"( *= )(hint|note)(: .*)")


def paint_findings(text: str) -> str:
    """Rendered diagnostics with colour: headlines by severity, places and gutters apart from the user's own lines."""
    return "\n".join(_painted_line(line) for line in text.split("\n"))


def _painted_line(line: str) -> str:
    if match := _HEADLINE.fullmatch(line):
        return paint(match[1], match[1] + match[2]) + paint("bold", match[3])
    if match := _PLACE.fullmatch(line):
        return match[1] + paint("place", match[2]) + match[3]
    if match := _MARKS.fullmatch(line):
        return paint("place", match[1]) + paint("error" if "^" in match[2] else "place", match[2])
    if match := _ADVICE.fullmatch(line):
        return match[1] + paint("hint" if match[2] == "hint" else "bold", match[2]) + match[3]
    if match := _GUTTER.fullmatch(line):
        return paint("place", match[1]) + match[2]
    return line


def facts_of(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as plain data."""
    span = diagnostic.span
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "path": span.file.path if span else None,
        "line": span.position.line if span else None,
        "column": span.position.column if span else None,
        "notes": list(diagnostic.notes),
        "hints": list(diagnostic.hints),
        "text": render(diagnostic),
    }
