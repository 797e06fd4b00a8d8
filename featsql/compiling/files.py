"""Compiled SQL on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from featsql.ir.query import Query
from featsql.workspace import Workspace

if TYPE_CHECKING:
    from featsql.compile import Compiler


@dataclass(frozen=True, slots=True)
class Compiled:
    """Generated SQL: by node name, the file that holds it; and the queries, `NAME__online` for online tables."""

    files: Mapping[str, Path]
    queries: Mapping[str, Query]


class Queries(Mapping[str, Query]):
    """Queries by name; made when one is asked for, since the text of each is written already."""

    def __init__(self, names: tuple[str, ...], compiler: Callable[[], Compiler]) -> None:
        self._names, self._compiler = names, compiler
        self._made: dict[str, Query] = {}

    def __getitem__(self, name: str) -> Query:
        if not self._made:
            from featsql.compile import names_of

            compiler = self._compiler()
            for node in compiler.graph.nodes.values():
                queries = compiler.queries(node)
                found = {name: getattr(queries, part) for part, name in names_of(node).items()}
                self._made |= {name: query for name, query in found.items() if query and name in self._names}
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def folder_of(workspace: Workspace) -> Path:
    """Where the SQL of the workspace's target goes."""
    return workspace.target_path / "compiled" / workspace.target.type


def write_changed(path: Path, sql: str) -> None:
    """Write a file that is not there, or says something else."""
    content = f"{sql}\n".encode()
    try:
        if path.read_bytes() == content:
            return
    except OSError:
        pass
    path.write_bytes(content)


def has(path: Path, mark: str) -> bool:
    """Does the file have this hash?"""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == mark
    except OSError:
        return False
