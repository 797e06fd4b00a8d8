"""Pages for people, in lines of 80 columns: names with what is said of them, and words in two strengths."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from featsql.cli.console import paint, wants_colour
from featsql.cli.harmless import one_line, width

_COLUMNS: Final = 80
_WIDEST_NAME: Final = 28


def facts(said: Sequence[tuple[str, str]], indent: int = 2) -> Iterator[str]:
    """Names in a column, what is said of each beside it; below it where the name is long. An empty name: more of the same."""
    widths = [width(one_line(name)) for name, _ in said]
    room = max((w for w in widths if w <= _WIDEST_NAME), default=0)
    for (name, text), taken in zip(said, widths, strict=True):
        hanging = " " * (indent + room + 2)
        lines = wrapped(text, len(hanging))
        label = " " * indent + dim(one_line(name))
        if taken > room:
            yield label
        else:
            yield f"{label}{' ' * (room - taken)}  {lines.pop(0)}".rstrip()
        yield from (hanging + line for line in lines)


def wrapped(said: str, indent: int) -> list[str]:
    """Lines that fit 80 columns behind an indentation, if their words let them."""
    return textwrap.wrap(one_line(said), _COLUMNS - indent, break_long_words=False, break_on_hyphens=False) or [""]


def dim(text: str) -> str:
    return paint("dim", text) if wants_colour(sys.stdout) else text


def bold(text: str) -> str:
    return paint("bold", text) if wants_colour(sys.stdout) else text
