"""Findings in a file that holds secrets: the place stays, the excerpt shows no value that could be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile, Span
from featsql.front.yamlsubset import YamlList, YamlMap, YamlNode, YamlScalar

_DEEPEST = 4
"""Mappings in each other down to the keys of a target: what lies deeper is all value."""

_WORD = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
"""Other keys are slips (`{password hunter2}`), and their text may be more than a key."""

_QUOTED = re.compile(r"[`'].{3,}[`']", re.DOTALL)


def conceal(
    findings: tuple[Diagnostic, ...], file: SourceFile, root: YamlNode | None, public: frozenset[str]
) -> tuple[Diagnostic, ...]:
    """The findings, pointing into a copy of the file in which all is starred out but keys and the values of `public` keys.

    Without `root` (the file is not YAML) nobody can tell what is a value: no excerpt at all.
    """
    if root is None:
        return tuple(_without_excerpt(finding) for finding in findings)
    repeated = [finding.span for finding in findings if finding.code == "FS103" and finding.span]
    shown = [*_shown(root, public, _DEEPEST), *(span for span in repeated if _WORD.fullmatch(span.text))]
    starred = SourceFile(file.path, _starred(file.text, shown))
    odd = tuple(key for key in _keys(root) if not _WORD.fullmatch(key))
    return tuple(_moved(finding, starred, odd) for finding in findings)


def _shown(node: YamlNode, public: frozenset[str], depth: int) -> Iterator[Span]:
    """Keys with their colons, the brackets around them, and the values of public keys."""
    if not isinstance(node, YamlMap) or depth == 0:
        return
    yield from _brackets(node)
    for entry in node.entries:
        if not _WORD.fullmatch(entry.key.text):
            continue
        yield _up_to(":", entry.key.span)
        yield from _shown(entry.value, public, depth - 1)
        if entry.key.text in public and isinstance(entry.value, YamlScalar):
            yield _up_to(",", entry.value.span)


def _up_to(mark: str, span: Span) -> Span:
    """The span, and the mark if that comes next."""
    return Span(span.file, span.start, span.end + span.file.text.startswith(mark, span.end))


def _keys(node: YamlNode) -> Iterator[str]:
    """Every key at any depth."""
    match node:
        case YamlMap():
            for entry in node.entries:
                yield entry.key.text
                yield from _keys(entry.value)
        case YamlList():
            for item in node.items:
                yield from _keys(item)
        case YamlScalar():
            return


def _brackets(node: YamlMap) -> Iterator[Span]:
    for at in (node.span.start, node.span.end - 1):
        if node.span.file.text[at : at + 1] in ("{", "}"):
            yield Span(node.span.file, at, at + 1)


def _starred(text: str, shown: list[Span]) -> str:
    characters = [character if character.isspace() else "*" for character in text]
    for span in shown:
        characters[span.start : span.end] = text[span.start : span.end]
    return "".join(characters)


def _moved(finding: Diagnostic, file: SourceFile, odd_keys: tuple[str, ...]) -> Diagnostic:
    span = finding.span and Span(file, finding.span.start, finding.span.end)
    labels = tuple(replace(label, span=Span(file, label.span.start, label.span.end)) for label in finding.labels)
    message = finding.message
    for key in odd_keys:
        message = message.replace(f"`{key}`", "`...`")
    return replace(finding, message=message, span=span, labels=labels)


def _without_excerpt(finding: Diagnostic) -> Diagnostic:
    """The place in words; what a message or hint quotes from the file is left out."""
    if finding.span is None:
        return finding
    message = _QUOTED.sub("`...`", finding.message)
    hints = tuple(_QUOTED.sub("`...`", hint) for hint in finding.hints)
    return Diagnostic(
        finding.code, f"{finding.span}: {message}", notes=("the line is not shown: it may hold a secret",), hints=hints
    )
