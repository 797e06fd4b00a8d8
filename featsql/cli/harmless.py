"""Text of files and warehouses, made safe for a terminal."""

from __future__ import annotations

import unicodedata


def harmless(text: str) -> str:
    """`text` with all that could drive a terminal written out (`\\x1b`); line ends stay, tabs become spaces.

    >>> harmless("red \\x1b[31m and \\u202ebackwards")
    'red \\\\x1b[31m and \\\\u202ebackwards'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else _shown(c) for c in text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same for a cell of a table: line ends are written out too.

    >>> one_line("two\\nlines")
    'two\\\\nlines'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else _shown(c) for c in text)


def width(text: str) -> int:
    """Columns that `text` takes on a terminal: wide East Asian characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _shown(character: str) -> str:
    if character == "\t":
        return "    "
    return character.encode("unicode_escape").decode()
