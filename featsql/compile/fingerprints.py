"""What of a node changes its rows, and what does not, as two hashes: a build, a comparison and a review need the one alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final

from featsql.base.fingerprint import fingerprint
from featsql.base.spans import SourceFile, Span
from featsql.compile.reading import RenderedProject
from featsql.front.canonical import canonical
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node, SeedNode, SourceNode, SqlNode, TrainingSetNode
from featsql.ir.header import Name

_HOW: Final = frozenset({"strategy", "label"})
"""Settings of views and training sets that change how rows are computed, or what is said of them."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """`rows` changes with what decides a node's rows, seen from the node alone: its SQL as rendered, its settings, its place.
    `rest` changes with anything else that is written of it: descriptions, owners, comments, formatting."""

    rows: str
    rest: str


def fingerprints(graph: FeatureGraph, project: RenderedProject) -> Mapping[str, Fingerprints]:
    """By node id. What a node reads is not part of its own: `state:modified+` takes in what is downstream."""
    dialect = project.files.settings.dialect
    texts: dict[str, str] = {}
    for rendered in project.rendered:
        # an incremental model is rendered twice, and each may change alone
        texts[rendered.name.lower()] = "\n;\n".join(filter(None, (texts.get(rendered.name.lower()), rendered.text.value)))
    return {node.id: _of(node, texts.get(node.name.lower(), ""), dialect) for node in graph.nodes.values()}


def _of(node: Node, sql: str, dialect: str) -> Fingerprints:
    match node:
        case SourceNode():
            table = node.table
            place = [table.schema, table.identifier, table.path]
            return Fingerprints(fingerprint(place), fingerprint(_plain(table)))
        case SeedNode():
            types = [[column.name, column.type] for column in node.columns]
            return Fingerprints(fingerprint([node.file.text, types]), fingerprint([node.description, _plain(node.docs)]))
        case _:
            return Fingerprints(fingerprint(_rows(node, sql, dialect)), fingerprint([node.file.text, _plain(node.header)]))


def _rows(node: SqlNode, sql: str, dialect: str) -> Any:
    written = node.header.dialect.text if node.header.dialect else dialect
    how = _HOW if isinstance(node, FeatureViewNode | TrainingSetNode) else frozenset()
    found = [node.header.kind.value, node.relation.name, canonical(sql, written), _plain(node.header.config, how)]
    if isinstance(node, FeatureViewNode):
        found.append([key.name for key in node.keys])
    if isinstance(node, TrainingSetNode):
        found.append(_plain(node.bound))
    return found


def _plain(value: object, without: frozenset[str] = frozenset()) -> Any:
    """Data without places."""
    if isinstance(value, Name):
        return value.text
    if isinstance(value, Span | SourceFile):
        return None
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), without) for f in fields(value) if f.compare and f.name not in without}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry, without) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry, without) for entry in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
