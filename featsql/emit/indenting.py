"""Moving SQL to the right or left without touching what stands in quotes."""

from __future__ import annotations

import re
from typing import Final, overload

from featsql.base.spans import Text

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL)
_LINE_END: Final = re.compile(r"\n(?!\n|$)")
_BLANKS: Final = re.compile(r"[ \t]*")


@overload
def indented(text: Text, by: str) -> Text: ...
@overload
def indented(text: Text | str, by: str) -> Text | str: ...
def indented(text: Text | str, by: str) -> Text | str:
    """Every line but the first moved right; line ends inside strings, quoted names and block comments stay as they are.

    >>> print(indented(Text("select 'a\\n  b',\\n1"), "  ").value)
    select 'a
      b',
      1
    """
    if isinstance(text, str):
        return indented(Text.generated(text), by).value if "\n" in text else text
    if "\n" not in text.value:
        return text
    return text.with_inserted(_line_starts(text.value), by)


def outdented(text: Text) -> Text:
    """Every line but the first moved left by the indentation that the first has in its file, as far as its own blanks go.

    >>> from featsql.base.spans import SourceFile
    >>> file = SourceFile("a.sql", "select\\n    case\\n        when a then b\\n    end")
    >>> print(outdented(Text.verbatim(file, 11, len(file.text))).value)
    case
        when a then b
    end
    """
    origin = text.span if "\n" in text.value else None
    if origin is None:
        return text
    by = len(indentation_at_end(origin.file.text[: origin.start]))
    parts: list[Text] = []
    at = 0
    for start in _line_starts(text.value):
        parts.append(text[at:start])
        at = min(start + by, _blanks(text.value, start).end())
    return Text.join([*parts, text[at:]])


def trimmed(text: Text) -> Text:
    """Without blanks and empty lines around it."""
    start = len(text.value) - len(text.value.lstrip())
    return text[start : len(text.value.rstrip())]


def indentation_at_end(sql: str) -> str:
    """The blanks before the last line of `sql`."""
    return _blanks(sql, sql.rfind("\n") + 1).group()


def _line_starts(sql: str) -> list[int]:
    """Where lines begin that are not empty, the first one left out."""
    kept = [(m.start(), m.end()) for m in _QUOTED.finditer(sql) if "\n" in m.group()] if _has_quotes(sql) else []
    ends = (m.end() for m in _LINE_END.finditer(sql))
    return [at for at in ends if not any(start < at <= end for start, end in kept)]


def _blanks(sql: str, at: int) -> re.Match[str]:
    found = _BLANKS.match(sql, at)
    assert found, "no blanks at all are a match too"
    return found


def _has_quotes(sql: str) -> bool:
    return any(mark in sql for mark in ("'", '"', "$", "/*"))
