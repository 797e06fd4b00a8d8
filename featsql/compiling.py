"""What `compile` does with a whole project: its SQL and its manifest as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.compile import Compiler, Texts, named, names_of, texts_of
from featsql.ir.query import NodeSql, Query
from featsql.project.cleaning import sweep
from featsql.run.beside import Beside, can_fork
from featsql.workspace import Workspace

Tell = Callable[[tuple[Diagnostic, ...]], None]
MANY: Final = 200
"""Nodes from which on a second process is worth its start."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Generated SQL: by node name, the file that holds it; and the queries, `NAME__online` for online tables."""

    files: Mapping[str, Path]
    queries: Mapping[str, Query]


class Queries(Mapping[str, Query]):
    """The queries of a whole project by name; made when one is asked for, since the text of each is written already."""

    def __init__(self, names: tuple[str, ...], compiler: Callable[[], Compiler]) -> None:
        self._names, self._compiler = names, compiler
        self._made: dict[str, Query] = {}

    def __getitem__(self, name: str) -> Query:
        if not self._made:
            compiler = self._compiler()
            for node in compiler.graph.nodes.values():
                queries = compiler.queries(node)
                self._made |= {name: made for part, name in names_of(node).items() if (made := getattr(queries, part))}
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def compile_all(workspace: Workspace, as_of_us: int, tell: Tell) -> Compiled:
    """Write the SQL of every node, and the manifest. What the graph warns of is told before."""
    with ExitStack() as stack:
        ahead: list[Beside] = []

        def start(compiler: Compiler) -> None:
            """SQL is made while the graph is checked: the one does not need the other."""
            if len(compiler.graph.nodes) >= MANY and can_fork():
                ahead.append(stack.enter_context(Beside(lambda: _as_json(texts_of(compiler.at(as_of_us))))))

        loaded = workspace.load(start)
        tell(loaded.warnings)
        marks = workspace.fingerprints()
        told = ahead[0].result() if ahead else None
    texts = _from_json(told) if told else texts_of(workspace.compiler(None).at(as_of_us))
    sql = texts.at(as_of_us)
    workspace.write_manifest(workspace.manifest(sql, marks))
    wanted = {name: text for node in loaded.graph.nodes.values() for name, text in named(node, sql[node.id])}
    files = write_files(workspace, wanted)
    return Compiled(files, Queries(tuple(files), lambda: workspace.compiler(None).at(as_of_us)))


def compile_some(workspace: Workspace, nodes: Sequence[str], as_of_us: int) -> Compiled:
    """Write the SQL of some nodes, by id; what else is there stays."""
    compiler = workspace.compiler(None).at(as_of_us)
    chosen = [workspace.graph.nodes[node_id] for node_id in nodes]
    sql = {node.id: NodeSql.of(compiler.queries(node)) for node in chosen}
    files = _write(workspace, {name: text for node in chosen for name, text in named(node, sql[node.id])})
    return Compiled(files, Queries(tuple(files), lambda: compiler))


def write_files(workspace: Workspace, wanted: Mapping[str, str]) -> Mapping[str, Path]:
    """Make the folder of compiled SQL hold these texts and no others, by name; a file that says the same is left alone."""
    files = _write(workspace, wanted)
    sweep(_folder(workspace), wanted)
    return files


def _folder(workspace: Workspace) -> Path:
    return workspace.target_path / "compiled" / workspace.target.type


def _write(workspace: Workspace, wanted: Mapping[str, str]) -> Mapping[str, Path]:
    folder = _folder(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.sql" for name in wanted}
    for name, path in files.items():
        write_changed(path, f"{wanted[name]}\n".encode())
    return files


def write_changed(path: Path, content: bytes) -> None:
    """Write a file that is not there, or says something else."""
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass
    path.write_bytes(content)


def _as_json(texts: Texts) -> str:
    return json.dumps([texts.as_of_us, {node_id: astuple(sql) for node_id, sql in texts.sql.items()}])


def _from_json(told: str) -> Texts:
    as_of_us, found = json.loads(told)
    return Texts({node_id: NodeSql(*parts) for node_id, parts in found.items()}, as_of_us)
