"""What of a node changes its rows, and what does not, as two hashes: a build, a comparison and a review need the one alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from featsql.base.fingerprint import fingerprint
from featsql.compile.reading import RenderedProject
from featsql.front.canonical import canonical
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node, SeedNode, SourceNode, SqlNode, TrainingSetNode


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
    # the text of plain data, in which places do not show, is told apart as well as the data, and is quick to make
    match node:
        case SourceNode():
            table = node.table
            return Fingerprints(fingerprint([table.schema, table.identifier, table.path]), fingerprint(repr(table)))
        case SeedNode():
            types = [[column.name, column.type] for column in node.columns]
            return Fingerprints(fingerprint([node.file.text, types]), fingerprint([node.description, repr(node.docs)]))
        case _:
            return Fingerprints(fingerprint(_rows(node, sql, dialect)), fingerprint([node.file.text, repr(node.header)]))


def _rows(node: SqlNode, sql: str, dialect: str) -> list[str]:
    written = node.header.dialect.text if node.header.dialect else dialect
    found = [node.header.kind.value, node.relation.name, canonical(sql, written)]
    match node:
        case FeatureViewNode():
            return [*found, repr(replace(node.config, strategy=None)), *(key.name for key in node.keys)]
        case TrainingSetNode():
            return [*found, repr(replace(node.config, strategy=None, label=())), repr(node.bound)]
        case _:
            return [*found, repr(node.header.config)]
