"""What PyYAML finds wrong, said so that a writer of YAML knows what to mend."""

from __future__ import annotations

import re
from typing import Any, Literal

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span

_NO_SPACE = re.compile(r"^[ \t]*(?:- )?([A-Za-z_][\w-]*):(?=[^\s/:])", re.MULTILINE)


def explain_jinja(span: Span, jinja: Literal["refused", "kept"]) -> Diagnostic:
    """Jinja where none is read, or where it has to be quoted."""
    if jinja == "kept":
        hint = f'put it in quotes: `"{span.text if len(span.text) < 60 else "{{ ... }}"}"`'
        return Diagnostic("FS101", "`{{` begins a mapping in YAML", span, hints=(hint,))
    message = "Jinja works in a model's SQL, never in its header or in a `.yml` file"
    return Diagnostic("FS101", message, span, hints=("write the value out",))


def explain_syntax(error: Exception, file: SourceFile, start: int, end: int, jinja: Literal["refused", "kept"]) -> Diagnostic:
    """FS101 at the place of a YAML error in `[start, end)` of `file`."""
    return _Explainer(file, start, end, jinja).explain(error)


class _Explainer:
    def __init__(self, file: SourceFile, start: int, end: int, jinja: Literal["refused", "kept"]) -> None:
        self.file = file
        self.start = start
        self.end = end
        self.jinja = jinja

    def explain(self, error: Any) -> Diagnostic:
        if hasattr(error, "character"):
            return self._control_character(error)
        problem, context = error.problem or "", error.context or ""
        at = self._offset(error.problem_mark or error.context_mark)
        opened = self._offset(error.context_mark) if error.context_mark else at
        line = self._line(at)
        tag = re.search(r"\{[{%].*?(?:[}%]\}|$)", line.text)
        if tag:
            span = Span(self.file, line.start + tag.start(), line.start + tag.end())
            return explain_jinja(span, self.jinja)
        glued = self._missing_space(opened, at)
        if glued:
            return glued
        return self._known(problem, context, at, opened) or self._error(at, problem or "not YAML")

    def _known(self, problem: str, context: str, at: int, opened: int) -> Diagnostic | None:
        found = self.file.text[at : at + 1]
        if "cannot start any token" in problem:
            if found == "\t":
                return self._error(at, "a tab cannot stand here", "YAML is indented with spaces")
            return self._error(at, f"`{found}` cannot begin a value", "put the text in quotes")
        if "quoted scalar" in context and "unexpected" in problem:
            return self._error(opened, "this quote is never closed")
        if "unknown escape" in problem:
            message = f"`\\{found}` is not an escape that YAML knows"
            return self._error(at - 1, message, "in single quotes a backslash is a backslash")
        if "could not find expected ':'" in problem:
            return self._line_error(opened, "a `:` is missing after this key", "a key is written `key: value`")
        if "mapping values are not allowed" in problem:
            return self._error(at, "a `:` is not expected here", "put a text that contains `: ` in quotes", _INDENT)
        if "sequence entries are not allowed" in problem:
            return self._error(at, "a `- ` is not expected here", "write `[a, b]`, or each `- item` on a line of its own")
        if "expected ',' or" in problem:
            return self._unclosed(at, opened, "]" if "sequence" in context else "}")
        if "tag handle" in problem:
            return self._error(at, "a tag is not read here", "put a text that begins with `!` in quotes")
        if "node content" in problem:
            return self._error(at, "a value is missing here", "put a text with special characters in quotes")
        if "expected <block end>" in problem or "block" in context:
            return self._error(at, "this does not fit what stands before it", _INDENT, "put a text with quotes in it in quotes")
        return None

    def _unclosed(self, at: int, opened: int, closing: str) -> Diagnostic:
        opening = self.file.text[opened : opened + 1]
        if at >= self.end or not self.file.text[at : self.end].strip():
            return self._error(opened, f"this `{opening}` is never closed")
        span = Span(self.file, at, at + 1)
        label = Label(Span(self.file, opened, opened + 1), "opened here")
        return Diagnostic("FS101", f"a `,` or `{closing}` is missing here", span, labels=(label,))

    def _missing_space(self, opened: int, at: int) -> Diagnostic | None:
        """`entity:customer` is one word to YAML, and the error comes a line later."""
        low = self._line(min(opened, at)).start
        before = self.file.text.rfind("\n", self.start, max(self.start, low - 1)) + 1
        match = _NO_SPACE.search(self.file.text, max(self.start, before), self._line(at).end)
        if match is None:
            return None
        return missing_space(Span(self.file, match.start(1), match.end()))

    def _control_character(self, error: Any) -> Diagnostic:
        code = error.character if isinstance(error.character, int) else ord(error.character)
        at = self.file.text.find(chr(code), self.start, self.end)
        return self._error(max(at, self.start), f"the character U+{code:04X} cannot stand in YAML", "leave it out")

    def _offset(self, mark: Any) -> int:
        return min(self.start + int(mark.index), len(self.file.text))

    def _line(self, at: int) -> Span:
        begin = max(self.file.text.rfind("\n", 0, at) + 1, self.start)
        stop = self.file.text.find("\n", at)
        return Span(self.file, begin, min(stop if stop >= 0 else self.end, self.end))

    def _error(self, at: int, message: str, *hints: str) -> Diagnostic:
        return Diagnostic("FS101", message, Span(self.file, at, min(at + 1, len(self.file.text))), hints=hints)

    def _line_error(self, at: int, message: str, *hints: str) -> Diagnostic:
        """An error that concerns all that is written from `at` to the end of its line."""
        rest = self.file.text[at : self._line(at).end].rstrip()
        return Diagnostic("FS101", message, Span(self.file, at, at + max(1, len(rest))), hints=hints)


def missing_space(span: Span) -> Diagnostic:
    """`key:value` where `key: value` was meant; `span` is `key:`."""
    return Diagnostic("FS101", f"a space is missing after `{span.text}`", span, hints=(f"a key is written `{span.text} value`",))


_INDENT = "keys of one mapping begin in the same column"
