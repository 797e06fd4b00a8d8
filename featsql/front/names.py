"""Names that can be used: of models, entities, sources and the like."""

from __future__ import annotations

import re
from typing import Final

from featsql.base.diagnostics import Diagnostic, nearest
from featsql.base.spans import SourceFile, Span
from featsql.dialects import DIALECTS
from featsql.ir.header import Name

LONGEST_NAME: Final = 100
"""Leaves room for what relations made of a model are called, within the 255 of Snowflake and the 251 bytes of a file name."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def is_identifier(text: str) -> bool:
    """Letters, digits and `_` of ASCII, not beginning with a digit, at most `LONGEST_NAME` of them."""
    return _IDENTIFIER.fullmatch(text) is not None and len(text) <= LONGEST_NAME


def usable(name: Name | None, what: str, found: list[Diagnostic]) -> Name | None:
    """The name if it is an identifier; FS109 if not."""
    if name is None or is_identifier(name.text):
        return name
    found.append(_unusable(name, what, "write"))
    return None


def model_name(file: SourceFile, found: list[Diagnostic]) -> Name | None:
    """The name of the model in a file: its stem. FS109 when that cannot name a table and its online table."""
    stem = file.path.rpartition("/")[2].removesuffix(".sql")
    name = Name(stem, Span(file, 0, 0))
    if not is_identifier(stem):
        found.append(_unusable(name, "a model", "rename the file, to"))
        return None
    return _beside_online_tables(name, "a model", "rename the file", found)


def table_name(name: Name | None, found: list[Diagnostic]) -> Name | None:
    """The name that a header gives to its table; FS109 as for a model's."""
    name = usable(name, "a table", found)
    return _beside_online_tables(name, "a table", f"write `{name}_`", found) if name else None


def known_dialect(name: Name | None, found: list[Diagnostic]) -> Name | None:
    """The name if it is a dialect's; FS601 if not."""
    if name is None or name.text in DIALECTS:
        return name
    hints = nearest(name.text, DIALECTS) or (f"dialects: {', '.join(DIALECTS)}",)
    found.append(Diagnostic("FS601", f"there is no dialect `{name}`", name.span, hints=hints))
    return None


def _beside_online_tables(name: Name, what: str, hint: str, found: list[Diagnostic]) -> Name | None:
    if not name.text.lower().endswith("__online"):
        return name
    message = f"`{name}` cannot name {what}: `__online` ends the names of online tables"
    found.append(Diagnostic("FS109", message, name.span, hints=(hint,)))
    return None


def _unusable(name: Name, what: str, verb: str) -> Diagnostic:
    if len(name.text) > LONGEST_NAME:
        message = f"`{name.text[:40]}...` cannot name {what}: it is longer than {LONGEST_NAME} characters"
        return Diagnostic("FS109", message, name.span)
    better = re.sub(r"[^A-Za-z0-9_]+", "_", name.text).strip("_") or "name"
    better = better if is_identifier(better) else f"_{better}"
    message = f"`{name}` cannot name {what}: only letters, digits and `_` can, and no digit comes first"
    return Diagnostic("FS109", message, name.span, hints=(f"{verb} `{better}`",))
