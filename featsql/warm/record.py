"""What a compile leaves for the next one: what it warned of, what it wrote, and of each node what others see of it.

A record is data: read back field by field, each of the type that it has to be. What does not fit is no record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import SourceFile, Span
from featsql.ir.model import Column
from featsql.ir.query import HOLE

_Item = TypeVar("_Item")
_CODES: Final = {"main": "compiled_code", "online": "compiled_online_code", "changes": "compiled_changes_code"}
"""Where the manifest has the parts of a node's SQL."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One node. `path` is its file's, empty for what has none of SQL; `header` is the hash of its text up to `body_start`,
    `interface` that of what others see (`warm.interface`)."""

    name: str
    kind: str
    path: str
    header: str
    body_start: int
    interface: str
    is_reached: bool
    """Does a check follow its columns?"""
    is_ephemeral: bool
    columns: tuple[Column, ...] | None
    parents: tuple[str, ...]
    written: tuple[tuple[str, str, str], ...]
    """Of each text: the field of `NodeSql`, the name of its file, and the hash of the file; empty where t is left open in it."""
    entry: int
    """Which of the manifest's texts is this node's, and for a view which is that of its features."""
    features: int | None

    def data(self) -> list[Any]:
        """Its fields in their order, as JSON has them."""
        columns = [[c.name, c.type] for c in self.columns] if self.columns is not None else None
        return [columns if f.name == "columns" else getattr(self, f.name) for f in fields(self)]


@dataclass(frozen=True, slots=True)
class Record:
    """`files`: hashes of the models' files by path. `as_of_us`: the t that the texts say; None: it is left open.

    `outside`: the state of data files that sources name. `apart`: SQL that the manifest does not have, by its name.
    """

    files: Mapping[str, str]
    outside: Mapping[str, Any]
    as_of_us: int | None
    warnings: tuple[Any, ...]
    nodes: Mapping[str, Noted]
    apart: Mapping[str, str]
    texts: tuple[str, ...]
    """The manifest's, behind its metadata."""

    def lines(self) -> list[str]:
        nodes = {node_id: noted.data() for node_id, noted in self.nodes.items()}
        index = [self.files, self.outside, self.as_of_us, self.warnings, nodes, self.apart]
        return [json.dumps(index, ensure_ascii=False), *self.texts]

    def sql(self, node_id: str) -> Mapping[str, str]:
        """The texts of a node, by the names of their files; t is open in them if it is in the record."""
        noted = self.nodes[node_id]
        entry = json.loads(f"{{{self.texts[noted.entry]}}}")[node_id]
        return {name: self.apart[name] if part == "backfill" else str(entry[_CODES[part]]) for part, name, _ in noted.written}

    def at(self, text: str, as_of_us: int) -> str:
        """A text with t put in."""
        return text.replace(HOLE, str(as_of_us)) if self.as_of_us is None else text


def read(lines: Sequence[str]) -> Record | None:
    """The record of these lines, or None if they are none."""
    try:
        files, outside, as_of_us, warnings, nodes, apart = json.loads(lines[0])
        texts = tuple(lines[1:])
        return Record(
            _map(files, _text),
            _map(outside, list),
            None if as_of_us is None else _number(as_of_us),
            tuple(_each(warnings, _warning)),
            _map(nodes, lambda noted: _noted(noted, len(texts))),
            _map(apart, _text),
            texts,
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None


def _noted(found: Any, texts: int) -> Noted:
    name, kind, path, header, body_start, interface, is_reached, is_ephemeral, columns, parents, written, entry, features = found
    return Noted(
        _text(name),
        _text(kind),
        _text(path),
        _text(header),
        _number(body_start),
        _text(interface),
        _truth(is_reached),
        _truth(is_ephemeral),
        None if columns is None else tuple(Column(_text(c), None if t is None else _text(t)) for c, t in columns),
        tuple(_each(parents, _text)),
        tuple(_written(*item) for item in written),
        _place(entry, texts),
        None if features is None else _place(features, texts),
    )


def _written(part: Any, name: Any, mark: Any) -> tuple[str, str, str]:
    if part not in (*_CODES, "backfill") or "/" in _text(name) or "\\" in name:
        raise ValueError(part)
    return part, name, _text(mark)


def warning_data(diagnostic: Diagnostic) -> list[Any]:
    labels = [[_span_data(label.span), label.text] for label in diagnostic.labels]
    span = _span_data(diagnostic.span) if diagnostic.span else None
    return [diagnostic.code, diagnostic.message, span, diagnostic.caption, labels, [*diagnostic.notes], [*diagnostic.hints]]


def warning_of(data: Any, files: Mapping[str, SourceFile]) -> Diagnostic:
    """The warning, as it stands in the files of today. KeyError for a file that is gone."""
    code, message, span, caption, labels, notes, hints = data
    at = _span(span, files) if span else None
    said = tuple(Label(_span(place, files), text) for place, text in labels)
    return Diagnostic(code, message, at, caption, said, tuple(notes), tuple(hints), "warning")


def places_of(data: Any) -> Iterator[tuple[str, int, int]]:
    """The places that a warning points at: path, start, end."""
    yield from (tuple(place) for place in (data[2], *(place for place, _ in data[4])) if place)


def _span_data(span: Span) -> list[Any]:
    return [span.file.path, span.start, span.end]


def _span(place: Sequence[Any], files: Mapping[str, SourceFile]) -> Span:
    path, start, end = place
    return Span(files[path], start, end)


def _warning(data: Any) -> Any:
    code, message, span, caption, labels, notes, hints = data
    for place in (*([span] if span else []), *(place for place, _ in labels)):
        path, start, end = place
        _text(path), _number(start), _number(end)
    for text in (code, message, caption, *(text for _, text in labels), *notes, *hints):
        _text(text)
    return data


def _map(found: Any, read_one: Callable[[Any], _Item]) -> dict[str, _Item]:
    return {_text(name): read_one(value) for name, value in found.items()}


def _each(found: Any, read_one: Callable[[Any], _Item]) -> list[_Item]:
    if not isinstance(found, list):
        raise TypeError(found)
    return [read_one(item) for item in found]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _place(value: Any, texts: int) -> int:
    if not 0 <= _number(value) < texts:
        raise ValueError(value)
    return int(value)
