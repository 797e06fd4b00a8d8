"""From a compile to its record, and from there to what stands today."""

from __future__ import annotations

from collections.abc import Mapping

from featsql.artifacts import ManifestText
from featsql.compile import Texts, absolute, names_of
from featsql.ir.graph import ModelNode, Node, SqlNode
from featsql.ir.model import Template
from featsql.ir.query import HOLE, NodeSql
from featsql.warm.interface import interface
from featsql.warm.record import Noted, Record, warning_data
from featsql.warm.surroundings import outside, text_hash
from featsql.workspace import Loaded


def interfaces(loaded: Loaded) -> Mapping[str, str]:
    """What others see of each node, by id."""
    return {node.id: interface(node, loaded.reaches.get(node.id)) for node in loaded.graph.nodes.values()}


def record_of(loaded: Loaded, seen: Mapping[str, str], texts: Texts, manifest: ManifestText) -> Record:
    """What a whole compile leaves. `seen` are the interfaces; `manifest` holds the texts as they are, t open or not."""
    files = loaded.rendered.files
    templates = {template.name.lower(): template for template in loaded.rendered.templates}
    sources = (source for declared in loaded.rendered.declarations for source in declared.sources)
    nodes: dict[str, Noted] = {}
    apart: dict[str, str] = {}
    for node in loaded.graph.nodes.values():
        template = templates.get(node.name.lower()) if isinstance(node, SqlNode) else None
        sql = texts.sql.get(node.id, NodeSql())
        nodes[node.id] = _noted(node, template, seen[node.id], node.id in loaded.reaches, sql, manifest)
        apart |= apart_of(node, sql)
    return Record(
        files={file.path: text_hash(file.text) for file in files.models},
        outside=outside(absolute(source.path, files.root) for source in sources if source.path),
        as_of_us=texts.as_of_us,
        warnings=tuple(map(warning_data, loaded.warnings)),
        nodes=nodes,
        apart=apart,
        texts=manifest.texts,
    )


def _noted(node: Node, template: Template | None, seen: str, is_reached: bool, sql: NodeSql, manifest: ManifestText) -> Noted:
    return Noted(
        name=node.name,
        kind=node.kind,
        path=template.file.path if template else "",
        header=text_hash(template.file.text[: template.body_start]) if template else "",
        body_start=template.body_start if template else 0,
        interface=seen,
        is_reached=is_reached,
        is_ephemeral=isinstance(node, ModelNode) and node.config.materialized == "ephemeral",
        columns=node.columns,
        parents=node.parents if isinstance(node, SqlNode) else (),
        written=written(node, sql),
        entry=manifest.nodes[node.id],
        features=manifest.features.get(node.id),
    )


def written(node: Node, sql: NodeSql) -> tuple[tuple[str, str, str], ...]:
    """The files of a node, with the hash of each; without one where t is open in it."""
    texts = ((part, name, getattr(sql, part)) for part, name in names_of(node).items())
    return tuple((part, name, "" if HOLE in text else text_hash(f"{text}\n")) for part, name, text in texts if text)


def apart_of(node: Node, sql: NodeSql) -> dict[str, str]:
    """What of a node's SQL the manifest does not have, by its name."""
    return {names_of(node)["backfill"]: sql.backfill} if sql.backfill else {}


def holes_fit(text: str, *sql: NodeSql) -> bool:
    """Is t open in this text as often as in the SQL that it holds? Otherwise somebody has written the character of holes."""
    held = sum(part.count(HOLE) for found in sql for part in (found.main, found.online, found.changes) if part)
    return text.count(HOLE) == held
