"""Diagnostics as people read them: headline, place, line with a caret, hints."""

from __future__ import annotations

from collections.abc import Iterable

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Span

_TAB = "    "
_LONGEST_LINE = 160


def render(diagnostic: Diagnostic) -> str:
    """The whole diagnostic as text, without colour; ends without a newline."""
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    spans = [s for s in (diagnostic.span, *(label.span for label in diagnostic.labels)) if s]
    gutter = max((len(str(s.position.line)) for s in spans), default=1)
    if diagnostic.span:
        lines.append(f"{' ' * gutter}--> {diagnostic.span}")
        lines.append(f"{' ' * (gutter + 1)}|")
        lines.extend(_excerpt(diagnostic.span, diagnostic.caption, "^", gutter))
    for label in diagnostic.labels:
        lines.append(f"{' ' * gutter}::: {label.span}")
        lines.extend(_excerpt(label.span, label.text, "-", gutter))
    lines.extend(f"{' ' * (gutter + 1)}= note: {note}" for note in diagnostic.notes)
    lines.extend(f"{' ' * (gutter + 1)}= hint: {hint}" for hint in diagnostic.hints)
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic]) -> str:
    """Errors and warnings in the order of their places, an empty line between two."""
    return "\n\n".join(render(d) for d in sorted(diagnostics, key=_place))


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    if diagnostic.span is None:
        return ("", 0, diagnostic.message)
    return (diagnostic.span.file.path, diagnostic.span.start, diagnostic.message)


def _excerpt(span: Span, caption: str, mark: str, gutter: int) -> list[str]:
    text = span.file.text
    at = span.position
    line_start = span.start - (at.column - 1)
    line_end = text.find("\n", line_start)
    line = text[line_start : line_end if line_end >= 0 else len(text)].rstrip("\r")
    width = max(1, min(span.end, line_start + len(line)) - span.start)
    before = line[: at.column - 1]
    shown, offset = line, 0
    if len(line) > _LONGEST_LINE:
        offset = max(0, at.column - 1 - 60)
        shown = ("..." if offset else "") + line[offset : offset + _LONGEST_LINE]
        before = ("..." if offset else "") + line[offset : at.column - 1]
    width = max(1, min(width, len(_printable(shown)) - len(_printable(before)))) if shown else 1
    pad = " " * len(_printable(before))
    return [
        f"{at.line:>{gutter}} | {_printable(shown)}".rstrip(),
        f"{' ' * (gutter + 1)}| {pad}{mark * width} {caption}".rstrip(),
    ]


def _printable(line: str) -> str:
    """Tabs widened and control characters shown, so that a file cannot drive the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line.replace("\t", _TAB))
