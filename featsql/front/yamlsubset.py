"""A subset of YAML 1.2 as nodes that know where they stand. Nothing is ever constructed: text becomes data, never objects.

Refused: anchors, aliases, tags, merge keys, directives, several documents, keys that are not text, repeated keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span
from featsql.front.yamlerrors import explain_jinja, explain_syntax
from featsql.ir.header import Name, Plain

if TYPE_CHECKING:
    from yaml.events import Event

DEEPEST: Final = 50
LONGEST: Final = 1_000_000
"""Characters of one document."""

_NULL = re.compile(r"(?:~|null|Null|NULL)?")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?")
_SURROGATE = re.compile("[\ud800-\udfff]")

Scalar = str | int | float | bool | None
Jinja = Literal["refused", "kept"]


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """`raw` is the text without its quotes; `value` is what a plain word stands for (`true`, `7`)."""

    value: Scalar
    raw: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class YamlList:
    items: tuple[YamlNode, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class YamlEntry:
    key: Name
    value: YamlNode


@dataclass(frozen=True, slots=True)
class YamlMap:
    """No two entries have the same key."""

    entries: tuple[YamlEntry, ...]
    span: Span = field(compare=False, repr=False)

    def get(self, key: str) -> YamlEntry | None:
        return next((entry for entry in self.entries if entry.key.text == key), None)


YamlNode = YamlScalar | YamlList | YamlMap


def compose(
    file: SourceFile, findings: list[Diagnostic], start: int = 0, end: int | None = None, jinja: Jinja = "refused"
) -> YamlNode | None:
    """The one document in `[start, end)` of a file; None when there is none or it cannot be read (FS101 in `findings`).

    A repeated key is FS103, and the first one counts. With jinja "kept", `{{ }}` may stand in quoted text.
    """
    end = len(file.text) if end is None else end
    if file.text.startswith("\ufeff", start):
        start += 1
    if end - start > LONGEST:
        message = f"{end - start:,} characters of YAML; at most {LONGEST:,} are read"
        findings.append(Diagnostic("FS101", message, Span(file, start, start + 1)))
        return None
    import yaml

    text = file.text[start:end]
    # libyaml takes a tab for a space where PyYAML's own parser does not, and cannot be given half a character (an argument
    # that is not UTF-8 has some): there PyYAML decides.
    fast = getattr(yaml, "CSafeLoader", None) if "\t" not in text and not _SURROGATE.search(text) else None
    for loader in (fast, yaml.SafeLoader):
        if loader is None:
            continue
        builder = _Builder(file, start, jinja)
        try:
            root = builder.document(yaml.parse(text, Loader=loader))
        except yaml.YAMLError as error:
            if loader is yaml.SafeLoader:
                findings.append(explain_syntax(error, file, start, end, jinja))
            continue
        findings.extend(builder.found)
        return None if any(d.code == "FS101" for d in builder.found) else root
    return None


def to_plain(node: YamlNode | None) -> Plain:
    """The node as plain data, without places."""
    match node:
        case None:
            return None
        case YamlScalar():
            return node.value
        case YamlList():
            return [to_plain(item) for item in node.items]
        case YamlMap():
            return {entry.key.text: to_plain(entry.value) for entry in node.entries}


def scalar_value(raw: str) -> Scalar:
    """What a plain word stands for. Only what YAML 1.2 calls a number is one, and not when a digit would get lost.

    >>> [scalar_value(word) for word in ("7", "1.5", "true", "~", "no", "12:30:45", "0o7", "007", "1_000", "2013-01-01")]
    [7, 1.5, True, None, 'no', '12:30:45', '0o7', '007', '1_000', '2013-01-01']
    """
    if _NULL.fullmatch(raw):
        return None
    if _BOOLEAN.fullmatch(raw):
        return raw.lower() == "true"
    if _INTEGER.fullmatch(raw):
        return int(raw)
    if _FLOAT.fullmatch(raw):
        return float(raw)
    return raw


def _joined(text: str) -> str:
    """JSON writes a character beyond U+FFFF as two escapes: here they become one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


class _TooDeep(Exception):
    pass


class _Builder:
    """One pass over PyYAML's events. It reads on after what is merely not allowed, so that all of it is reported."""

    def __init__(self, file: SourceFile, offset: int, jinja: Jinja) -> None:
        self.file = file
        self.offset = offset
        self.jinja = jinja
        self.found: list[Diagnostic] = []

    def document(self, events: Iterator[Event]) -> YamlNode | None:
        root: YamlNode | None = None
        for event in events:
            match type(event).__name__:
                case "DocumentStartEvent":
                    self._document_start(event, is_first=root is None)
                    try:
                        root = self._node(next(events), events, 1)
                    except _TooDeep:
                        return None
                case _:
                    pass
            if any(d.message == _SEVERAL for d in self.found):
                break
        return root

    def _document_start(self, event: Any, is_first: bool) -> None:
        if event.version or event.tags:
            self._refuse(self._span(event), "a `%` directive is not read here")
        if not is_first:
            self._refuse(self._span(event), _SEVERAL, "keep one document, or split the file")

    def _node(self, event: Any, events: Iterator[Event], depth: int) -> YamlNode:
        name = type(event).__name__
        span = self._span(event)
        if name == "AliasEvent":
            self._refuse(span, f"an alias (`*{event.anchor}`) is not read here", "write the value out")
            return YamlScalar(None, "", span)
        if event.anchor:
            self._refuse(span, f"an anchor (`&{event.anchor}`) is not read here", "write the value out where it is needed")
        if event.tag:
            self._refuse(span, f"a tag (`{span.text.split()[0]}`) is not read here", "leave it out")
        if name == "ScalarEvent":
            return self._scalar(event, span)
        if depth > DEEPEST:
            self._refuse(span, f"nested more than {DEEPEST} levels deep")
            raise _TooDeep
        build = self._map if name == "MappingStartEvent" else self._list
        return build(event, events, depth)

    def _scalar(self, event: Any, span: Span) -> YamlScalar:
        text = event.value
        if ("{{" in text or "{%" in text) and (self.jinja == "refused" or not event.style):
            self.found.append(explain_jinja(span, self.jinja))
        if _SURROGATE.search(text):
            text = _joined(text)
            if _SURROGATE.search(text):
                self._refuse(span, "half of a character is written here", "write both halves, or the character itself")
        return YamlScalar(text if event.style else scalar_value(text), text, span)

    def _list(self, start: Any, events: Iterator[Event], depth: int) -> YamlList:
        items: list[YamlNode] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            items.append(self._node(event, events, depth + 1))
        return YamlList(tuple(items), self._whole(start, event, items[-1].span.end if items else None))

    def _map(self, start: Any, events: Iterator[Event], depth: int) -> YamlMap:
        entries: dict[str, YamlEntry] = {}
        last: int | None = None
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key_node = self._node(event, events, depth + 1)
            key = self._key(key_node)
            value = self._node(next(events), events, depth + 1)
            if isinstance(value, YamlScalar) and value.span.start == value.span.end:
                value = YamlScalar(value.value, value.raw, key_node.span)
            last = value.span.end
            if key is None:
                continue
            if key.text in entries:
                self._repeated(key, entries[key.text].key)
            else:
                entries[key.text] = YamlEntry(key, value)
        return YamlMap(tuple(entries.values()), self._whole(start, event, last))

    def _key(self, node: YamlNode) -> Name | None:
        text = self.file.text
        if not isinstance(node, YamlScalar):
            before = text[max(0, node.span.start - 1) : node.span.start + 1]
            if before == "{{":
                tag = Span(self.file, node.span.start - 1, min(node.span.end + 1, len(text)))
                self.found.append(explain_jinja(tag, self.jinja))
            else:
                self._refuse(node.span, "a key has to be text")
            return None
        if node.raw == "<<" and text[node.span.start] == "<":
            self._refuse(node.span, "a merge key (`<<`) is not read here", "write the keys out")
            return None
        if not isinstance(node.value, str):
            self._refuse(node.span, f"a key has to be text, and `{node.raw}` is not", f'quote it: `"{node.raw}"`')
            return None
        return Name(node.value, node.span)

    def _repeated(self, key: Name, first: Name) -> None:
        label = Label(first.span, "first here")
        self.found.append(Diagnostic("FS103", f"key `{key}` is given twice", key.span, "again here", (label,)))

    def _refuse(self, span: Span, message: str, *hints: str) -> None:
        self.found.append(Diagnostic("FS101", message, span, hints=hints))

    def _span(self, event: Any) -> Span:
        start, end = self.offset + event.start_mark.index, self.offset + event.end_mark.index
        if getattr(event, "style", None) in ("|", ">"):
            end = start + len(self.file.text[start:end].rstrip())
        return Span(self.file, start, end)

    def _whole(self, start: Any, end: Any, last: int | None) -> Span:
        """A block collection ends with its last item; PyYAML says where the next token begins."""
        first = self.offset + start.start_mark.index
        if start.flow_style or last is None:
            last = self.offset + end.end_mark.index
        return Span(self.file, first, last)


_SEVERAL: Final = "a second YAML document begins here"
