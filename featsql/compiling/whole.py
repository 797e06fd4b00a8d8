"""A project compiled from its files, and what the next compile will know of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.compile import Compiler, Texts, named, texts_of
from featsql.compiling.files import Compiled, Queries, folder_of, write_changed
from featsql.ir.graph import Node
from featsql.ir.query import NodeSql
from featsql.project.cleaning import sweep
from featsql.run.beside import Beside, can_fork
from featsql.warm.remember import holes_fit, interfaces, record_of
from featsql.warm.start import Memory
from featsql.workspace import Workspace

MANY: Final = 200
"""Nodes from which on a second process is worth its start."""


def compile_whole(
    workspace: Workspace, as_of_us: int, tell: Callable[[tuple[Diagnostic, ...]], None], memory: Memory | None
) -> Compiled:
    """Every stage of every node; `memory` keeps what came of it."""
    with ExitStack() as stack:
        ahead: list[Beside] = []

        def start(compiler: Compiler) -> None:
            """SQL is made while the graph is checked: the one does not need the other."""
            if len(compiler.graph.nodes) >= MANY and can_fork():
                ahead.append(stack.enter_context(Beside(lambda: _as_json(texts_of(compiler.at(as_of_us))))))

        loaded = workspace.load(start)
        tell(loaded.warnings)
        marks = workspace.fingerprints()
        seen = interfaces(loaded)
        told = ahead[0].result() if ahead else None
    texts = _from_json(told) if told else texts_of(workspace.compiler(None).at(as_of_us))
    manifest = workspace.manifest(texts.sql, marks)
    if texts.as_of_us is None and not holes_fit("".join(manifest.texts), *texts.sql.values()):
        texts = Texts(texts.at(as_of_us), as_of_us)
        manifest = workspace.manifest(texts.sql, marks)
    record = record_of(loaded, seen, texts, manifest)
    files = _write(workspace, loaded.graph.nodes.values(), texts.at(as_of_us))
    sweep(folder_of(workspace), files)
    workspace.write_manifest([record.at(text, as_of_us) for text in record.texts])
    if memory:
        memory.keep(record)
    return Compiled(files, Queries(tuple(files), lambda: workspace.compiler(None).at(as_of_us)))


def compile_these(workspace: Workspace, nodes: Sequence[str], as_of_us: int) -> Compiled:
    """Some nodes, by id."""
    compiler = workspace.compiler(None).at(as_of_us)
    chosen = [workspace.graph.nodes[node_id] for node_id in nodes]
    files = _write(workspace, chosen, {node.id: NodeSql.of(compiler.queries(node)) for node in chosen})
    return Compiled(files, Queries(tuple(files), lambda: compiler))


def _write(workspace: Workspace, nodes: Iterable[Node], sql: Mapping[str, NodeSql]) -> Mapping[str, Path]:
    folder = folder_of(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: text for node in nodes for name, text in named(node, sql[node.id])}
    files = {name: folder / f"{name}.sql" for name in texts}
    for name, path in files.items():
        write_changed(path, texts[name])
    return files


def _as_json(texts: Texts) -> str:
    return json.dumps([texts.as_of_us, {node_id: astuple(sql) for node_id, sql in texts.sql.items()}])


def _from_json(told: str) -> Texts:
    as_of_us, found = json.loads(told)
    return Texts({node_id: NodeSql(*parts) for node_id, parts in found.items()}, as_of_us)
