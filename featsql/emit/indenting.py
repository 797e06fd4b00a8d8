"""Moving SQL to the right without touching what stands in quotes."""

from __future__ import annotations

import re
from typing import Final

from featsql.base.spans import Text

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL)


def indented(text: Text, by: str) -> Text:
    """Every line but the first moved right; line ends inside strings, quoted names and block comments stay as they are.

    >>> print(indented(Text("select 'a\\n  b',\\n1"), "  ").value)
    select 'a
      b',
      1
    """
    if "\n" not in text.value:
        return text
    kept = [(m.start(), m.end()) for m in _QUOTED.finditer(text.value) if "\n" in m.group()] if _has_quotes(text.value) else []
    parts: list[Text | str] = []
    at = 0
    for found in re.finditer(r"\n(?!\n|$)", text.value):
        if any(start < found.start() < end for start, end in kept):
            continue
        parts += [text[at : found.end()], by]
        at = found.end()
    return Text.join([*parts, text[at:]])


def _has_quotes(sql: str) -> bool:
    return any(mark in sql for mark in ("'", '"', "$", "/*"))
