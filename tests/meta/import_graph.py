"""Who imports whom in `featsql/`, read from the syntax trees: imports in functions and under TYPE_CHECKING count too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "featsql"


@dataclass(frozen=True, slots=True)
class Import:
    """`module` (dotted, without the package's name; `__init__` for the package itself) names `target` in `line`.

    `target` is one of our modules in the same spelling, or the first word of a foreign module.
    """

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{PACKAGE}/{self.module.replace('.', '/')}.py:{self.line} imports {self.target}"


@dataclass(frozen=True, slots=True)
class Graph:
    modules: Mapping[str, ast.Module]
    ours: tuple[Import, ...]
    foreign: tuple[Import, ...]


@cache
def read() -> Graph:
    """The whole package; parsed once in a test session."""
    sources = {_name(path): path for path in sorted((ROOT / PACKAGE).rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in sources.items()}
    packages = frozenset(name for name, path in sources.items() if path.name == "__init__.py")
    ours: list[Import] = []
    foreign: list[Import] = []
    for name, tree in trees.items():
        for target, line in _targets(name, tree, frozenset(trees), packages):
            is_ours = target.split(".")[0] == PACKAGE
            known = _short(target) if is_ours else target.split(".")[0]
            (ours if is_ours else foreign).append(Import(name, known, line))
    return Graph(trees, tuple(ours), tuple(foreign))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "__init__"


def _short(target: str) -> str:
    return target.removeprefix(PACKAGE).removeprefix(".") or "__init__"


def _targets(name: str, tree: ast.Module, modules: frozenset[str], packages: frozenset[str]) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node.lineno
            case ast.ImportFrom():
                base = _base(name, node, packages)
                for alias in node.names:
                    child = f"{base}.{alias.name}"
                    yield (child if _short(child) in modules else base), node.lineno
            case ast.Constant(value=str(text)) if text.startswith(f"{PACKAGE}.") and _short(text) in modules:
                # A registry that imports by name: `"featsql.engines.duckdb"`.
                yield text, node.lineno


def _base(name: str, node: ast.ImportFrom, packages: frozenset[str]) -> str:
    if not node.level:
        return node.module or ""
    parts = [PACKAGE, *([] if name == "__init__" else name.split("."))]
    up = node.level - (1 if name in packages else 0)
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


def cycles(graph: Graph) -> list[list[str]]:
    """Groups of modules that all reach each other; empty when the imports can be drawn from top to bottom."""
    import networkx

    edges = networkx.DiGraph([(i.module, i.target) for i in graph.ours])
    groups = networkx.strongly_connected_components(edges)
    return sorted(sorted(group) for group in groups if len(group) > 1)
