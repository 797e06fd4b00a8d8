"""Models that changed, compiled again by themselves, where nobody else can see the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from featsql.artifacts import features_text, node_text
from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import SourceFile, Text
from featsql.compile import RenderedProject, build_part, fingerprints, read_project, texts_of
from featsql.front.header import read_template
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node
from featsql.ir.model import Column, Parsed, Template
from featsql.ir.project import ParsedProject
from featsql.ir.query import NodeSql
from featsql.ir.reach import ModelReach
from featsql.warm.interface import interface
from featsql.warm.record import Record, places_of
from featsql.warm.remember import apart_of, holes_fit, written
from featsql.warm.surroundings import text_hash
from featsql.workspace import Workspace

MOST: Final = 60
"""Models that are read again for a change; a change that needs more is compiled with everything else."""


def recompiled(workspace: Workspace, record: Record, changed: Mapping[str, SourceFile], as_of_us: int) -> Record | None:
    """The record after a change of files, by path. None where more may differ than their own SQL: all is to be compiled."""
    ids = {noted.path: node_id for node_id, noted in record.nodes.items() if noted.path}
    if not changed.keys() <= ids.keys() or _is_warned_of(record, changed, ids):
        return None
    mine = _with_readers(record, [ids[path] for path in changed])
    whole = _with_needed(record, mine)
    if len(whole) > MOST:
        return None
    try:
        return _Part(workspace, record, mine, whole).compiled(as_of_us)
    except FeatsqlError:
        return None  # errors are told of the whole project at once


def _is_warned_of(record: Record, changed: Mapping[str, SourceFile], ids: Mapping[str, str]) -> bool:
    """Does a warning point into the SQL that changed? One that points into the header stands as it did."""
    ends = {path: record.nodes[ids[path]].body_start for path in changed}
    places = (place for warning in record.warnings for place in places_of(warning))
    return any(path in ends and end > ends[path] for path, _, end in places)


def _with_readers(record: Record, changed: list[str]) -> frozenset[str]:
    """With the nodes that have the SQL of a changed one inside their own."""
    readers: dict[str, list[str]] = {}
    for node_id, noted in record.nodes.items():
        for parent in noted.parents:
            readers.setdefault(parent, []).append(node_id)
    found: set[str] = set()
    waiting = [*changed]
    while waiting:
        node_id = waiting.pop()
        if node_id in found:
            continue
        found.add(node_id)
        noted = record.nodes[node_id]
        below = readers.get(node_id, ())
        if noted.is_ephemeral:
            waiting += below
        elif noted.kind == "feature_view":
            waiting += (reader for reader in below if record.nodes[reader].kind == "training_set")
    return frozenset(found)


def _with_needed(record: Record, mine: frozenset[str]) -> frozenset[str]:
    """With the nodes of which more than their columns is needed: what is inside the SQL of `mine`."""
    found: set[str] = set()
    waiting = [*mine]
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            parents = ((parent, record.nodes[parent]) for parent in record.nodes[node_id].parents)
            waiting += (p for p, noted in parents if noted.is_ephemeral or noted.kind in ("feature_view", "training_set"))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Part:
    """`mine` are compiled again; `whole` are read again, these among them."""

    workspace: Workspace
    record: Record
    mine: frozenset[str]
    whole: frozenset[str]

    def compiled(self, as_of_us: int) -> Record | None:
        rendered, parsed = self._read()
        if any(self._has_another_header(template) for template in parsed.templates):
            return None
        columns = {node_id: n.columns for node_id, n in self.record.nodes.items() if n.kind in ("source", "seed") and n.columns}
        project, known = self._with_parents(parsed)
        reached = [node_id for node_id in self.mine if self.record.nodes[node_id].is_reached]
        built = build_part(project, self.workspace.inputs(None, columns), known, reached)
        if built.warnings or any(self._looks_different(built.graph.nodes[i], built.reaches.get(i)) for i in self.mine):
            return None
        compiler = self.workspace.compiler_of(built.graph, columns, None).at(as_of_us)
        texts = texts_of(compiler, [built.graph.nodes[node_id] for node_id in sorted(self.mine)])
        if (texts.as_of_us is None) != (self.record.as_of_us is None):
            return None
        return self._renewed(built.graph, texts.sql, rendered)

    def _read(self) -> tuple[RenderedProject, ParsedProject]:
        files = self.workspace.files
        paths = {self.record.nodes[node_id].path for node_id in self.whole}
        models = tuple(file for file in files.models if file.path in paths)
        return read_project(replace(files, models=models, tests=()), self.workspace.context)

    def _has_another_header(self, template: Template) -> bool:
        noted = next(n for n in self.record.nodes.values() if n.path == template.file.path)
        return text_hash(template.file.text[: template.body_start]) != noted.header

    def _with_parents(self, parsed: ParsedProject) -> tuple[ParsedProject, dict[str, tuple[Column, ...] | None]]:
        """With what the models read: by their headers, and the columns that are known of them."""
        files, nodes = parsed.files, self.record.nodes
        parents = {parent for node_id in self.whole for parent in nodes[node_id].parents} - self.whole
        beside = {nodes[parent].path: nodes[parent] for parent in parents if nodes[parent].path and nodes[parent].kind != "seed"}
        found: list[Diagnostic] = []
        read = (read_template(file, files.settings, found) for file in self.workspace.files.models if file.path in beside)
        templates = tuple(template for template in read if template)
        empty = tuple(Parsed(template.name, Text.generated(""), (), None) for template in templates)
        names = {template.name.lower() for template in (*parsed.templates, *templates)}
        said = (replace(d, models=tuple(p for p in d.models if p.name.text.lower() in names)) for d in parsed.declarations)
        project = replace(
            parsed,
            templates=(*parsed.templates, *templates),
            parsed=(*parsed.parsed, *empty),
            declarations=tuple(said),
        )
        return project, {noted.name.lower(): noted.columns for noted in beside.values()}

    def _looks_different(self, node: Node, reach: ModelReach | None) -> bool:
        return interface(node, reach) != self.record.nodes[node.id].interface

    def _renewed(self, graph: FeatureGraph, sql: Mapping[str, NodeSql], rendered: RenderedProject) -> Record | None:
        record = self.record
        marks = fingerprints(graph, rendered)
        texts, nodes, apart, files = [*record.texts], {**record.nodes}, {**record.apart}, {**record.files}
        for node_id in self.mine:
            node, noted = graph.nodes[node_id], nodes[node_id]
            entry = node_text(node, graph, sql[node_id], asdict(marks[node_id]))
            if record.as_of_us is None and not holes_fit(entry, sql[node_id]):
                return None
            texts[noted.entry] = entry
            if isinstance(node, FeatureViewNode) and noted.features is not None:
                texts[noted.features] = features_text(node)
            nodes[node_id] = replace(noted, written=written(node, sql[node_id]))
            apart |= apart_of(node, sql[node_id])
        files |= {file.path: text_hash(file.text) for file in self.workspace.files.models if file.path in files}
        return replace(record, texts=tuple(texts), nodes=nodes, apart=apart, files=files)
