"""Stage 1: a model file as header and template."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span
from featsql.front.configs import EXCLUSIVE, REQUIRED, check_keys, check_keys_without_kind, read_header
from featsql.front.keys import Keys, as_keys, is_empty, is_null
from featsql.front.names import model_name
from featsql.front.storage import check_storage
from featsql.front.yamlsubset import YamlMap, compose
from featsql.ir.header import Header, Kind
from featsql.ir.model import Template
from featsql.ir.project import Settings

OPENING: Final = "/*---"
CLOSING: Final = "---*/"

_OPENS = re.compile(r"\ufeff?\s*(/\*---)(?!-)")
_NEARLY_OPENS = re.compile(r"\ufeff?\s*(/\*[ \t]*-+)[ \t\r]*\n\s*[a-z_]+:")
_LATER = re.compile(r"^[ \t]*(/\*---)[ \t\r]*\n\s*[a-z_]+:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sections:
    """`span` is the comment, `[yaml_start, yaml_end)` what stands in it; the same place three times without a header."""

    span: Span
    yaml_start: int
    yaml_end: int


def read_template(file: SourceFile, settings: Settings, findings: list[Diagnostic]) -> Template | None:
    """A model file with its header read; None when it has errors, which are then in `findings` (FS10x, FS009).

    Defaults of featsql.yml stand in for the keys that the header leaves out.
    """
    found: list[Diagnostic] = []
    name = model_name(file, found)
    sections = split(file, found)
    header = _header(sections, settings, found) if sections else None
    findings.extend(found)
    if name is None or sections is None or header is None or any(d.is_error for d in found):
        return None
    return Template(name.text, header, file, sections.span.end)


def split(file: SourceFile, found: list[Diagnostic]) -> Sections | None:
    """Where a file's header and SQL are; None when that cannot be told (FS101, FS108)."""
    opening = _OPENS.match(file.text)
    if opening is None:
        return _without_header(file, found)
    start, yaml_start = opening.span(1)
    yaml_end = file.text.find(CLOSING, yaml_start)
    if yaml_end >= 0:
        return Sections(Span(file, start, yaml_end + len(CLOSING)), yaml_start, yaml_end)
    labels: tuple[Label, ...] = ()
    comment_end = file.text.find("*/", yaml_start)
    if comment_end >= 0:
        labels = (Label(Span(file, comment_end, comment_end + 2), "this ends a comment, not a header"),)
    hints = (f"end it with `{CLOSING}`",)
    opened = Span(file, start, yaml_start)
    found.append(Diagnostic("FS108", "the header is never closed", opened, "opened here", labels, hints=hints))
    return None


def _without_header(file: SourceFile, found: list[Diagnostic]) -> Sections | None:
    """A file without a header, unless it has something that was meant as one."""
    nearly = _NEARLY_OPENS.match(file.text)
    if nearly:
        hints = (f"a header opens with `{OPENING}`",)
        found.append(Diagnostic("FS101", "this does not open a header", Span(file, *nearly.span(1)), hints=hints))
        return None
    later = _LATER.search(file.text)
    if later:
        message = "a header has to open the file"
        found.append(Diagnostic("FS101", message, Span(file, *later.span(1)), hints=("move it to the top, above all else",)))
        return None
    return Sections(Span(file, 0, 0), 0, 0)


def _header(sections: Sections, settings: Settings, found: list[Diagnostic]) -> Header | None:
    root = compose(sections.span.file, found, sections.yaml_start, sections.yaml_end)
    if root is None and any(d.is_error for d in found):
        return None
    keys = as_keys(root, "the header", "a header", found) if root else Keys(YamlMap((), sections.span), "the header", found)
    kind = _kind(keys) if keys else None
    if keys is None or kind is None:
        return None
    entry = keys.entry("kind")
    if entry:
        check_keys(keys, kind)
    else:
        check_keys_without_kind(keys)
    own = keys.node
    keys = Keys(_with_defaults(own, settings, kind), f"kind `{kind}`", found)
    keys.require(*REQUIRED[kind], at=entry.value.span if entry else None)
    header = read_header(keys, kind)
    if header:
        check_storage(own, header, found)
    return replace(header, span=sections.span) if header else None


def _kind(keys: Keys) -> Kind | None:
    """The kind that the header names, `model` when it names none; None when it names one that is not there."""
    if keys.entry("kind") is None:
        return Kind.MODEL
    name = keys.choice("kind", tuple(Kind))
    return Kind(name.text) if name else None


def _with_defaults(own: YamlMap, settings: Settings, kind: Kind) -> YamlMap:
    """The header's entries, then those of featsql.yml that they leave open; `key: null` keeps a default out."""
    defaults = settings.defaults.get(kind.value)
    if not isinstance(defaults, YamlMap):
        return own
    taken = {entry.key.text for entry in own.entries}
    for pair in EXCLUSIVE:
        if any(_is_said(own, key) for key in pair):
            taken.update(pair)
    return replace(own, entries=(*own.entries, *(entry for entry in defaults.entries if entry.key.text not in taken)))


def _is_said(node: YamlMap, key: str) -> bool:
    entry = node.get(key)
    return entry is not None and not is_null(entry.value) and not is_empty(entry.value)
