"""Moving SQL to the right without touching what stands in quotes."""

from __future__ import annotations

import re
from typing import Final

from featsql.base.spans import Text

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL)
_LINE_END: Final = re.compile(r"\n(?!\n|$)")


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
    ends = (m.end() for m in _LINE_END.finditer(text.value))
    return text.with_inserted([at for at in ends if not any(start < at <= end for start, end in kept)], by)


def _has_quotes(sql: str) -> bool:
    return any(mark in sql for mark in ("'", '"', "$", "/*"))
