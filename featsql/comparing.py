"""`featsql diff`: a project beside what it was, node by node, and its features value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from featsql.compile import Compiler, Fingerprints
from featsql.dialects import DIALECTS
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.changes import Changes, NodeChange, Standing
from featsql.ir.graph import FeatureGraph, FeatureViewNode, TrainingSetNode
from featsql.ir.query import Query
from featsql.project.past import checkout
from featsql.project.states import read_manifest
from featsql.run.pairs import Pair
from featsql.run.targets import Stand, compare_targets
from featsql.workspace import AsOf, Workspace

_TIMES: Final = ("event_time", "as_of_time")
"""Columns of online tables that say when, and are no features."""


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    kind: str
    marks: Fingerprints
    columns: Mapping[str, str | None] | None


@dataclass(frozen=True, slots=True)
class _Side:
    """A project as it is or was. `compiler` None: nothing but its manifest is there."""

    nodes: Mapping[str, _Node]
    compiler: Compiler | None = None


def compare(workspace: Workspace, against: str, *, with_values: bool, as_of: AsOf = None) -> Changes:
    """`against`: a folder with a manifest, another target of the profile, or whatever git knows a commit by.

    Of a commit, values are computed and compared: models that differ inside the queries, the others are read where they
    stand. Of a target, the tables are compared as they stand. Nothing is written.
    """
    if (Path(against) / "manifest.json").is_file():
        now = _side(workspace, workspace.compiler(as_of))
        return Changes(against, tuple(_standings(now, _of_manifest(Path(against)), workspace)))
    other = workspace.beside(against) if against != workspace.target.name else None
    if other:
        with other.opened("read", as_of) as there, workspace.opened("read", as_of) as here:
            return Changes(against, tuple(compare_targets(Stand(*here), Stand(*there), with_values=with_values)))
    with _then(workspace, against, as_of) as then:
        now = _side(workspace, workspace.compiler(as_of))
        found = tuple(_standings(now, then, workspace))
        if with_values and any(_has_values(now, then, node) for node in found):
            with workspace.opened("read", as_of) as (engine, compiler):
                now = _side(workspace, compiler)
                found = tuple(_valued(engine, now, then, found, node) for node in found)
        return Changes(against, found)


@contextmanager
def _then(workspace: Workspace, ref: str, as_of: AsOf) -> Iterator[_Side]:
    """The project of a commit. Its sources are those of today: paths start where the project stands now."""
    settings = workspace.settings
    own = (*settings.model_paths, *settings.macro_paths, *settings.seed_paths, *settings.test_paths)
    with checkout(workspace.root, ref, [workspace.target_path, *(workspace.root / path for path in own)]) as folder:
        past = workspace.elsewhere(folder)
        yield _side(past, replace(past.compiler(as_of), root=workspace.root.as_posix()))


def _side(workspace: Workspace, compiler: Compiler) -> _Side:
    marks = workspace.fingerprints()
    nodes = {
        node.id: _Node(
            node.name, node.kind, marks[node.id], None if node.columns is None else {c.name: c.type for c in node.columns}
        )
        for node in compiler.graph.nodes.values()
    }
    return _Side(nodes, compiler)


def _of_manifest(folder: Path) -> _Side:
    manifest = read_manifest(folder)
    entries: dict[str, Any] = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    return _Side({node_id: _entry(entry) for node_id, entry in entries.items()})


def _entry(entry: Mapping[str, Any]) -> _Node:
    marks = entry.get("fingerprints") or {"rows": "", "rest": ""}
    columns = {name: column.get("type") for name, column in entry.get("columns", {}).items()}
    kind, name = str(entry["resource_type"]), str(entry["name"])
    shown = f"{entry['source_name']}.{name}" if kind == "source" else name
    return _Node(shown, kind, Fingerprints(marks["rows"], marks["rest"]), columns or None)


def _standings(now: _Side, then: _Side, workspace: Workspace) -> Iterator[NodeChange]:
    """In the order of the graph, then what is gone."""
    dag = workspace.graph.dag
    other = {i for i, node in now.nodes.items() if i not in then.nodes or then.nodes[i].marks.rows != node.marks.rows}
    for node_id, node in now.nodes.items():
        standing: Standing
        if node_id not in then.nodes:
            standing = "new"
        elif node_id in other:
            standing = "meaning"
        elif other & dag.ancestors(node_id):
            standing = "downstream"
        elif then.nodes[node_id].marks.rest != node.marks.rest:
            standing = "text"
        else:
            continue
        yield _change(node_id, node, then.nodes.get(node_id), standing)
    for node_id, node in then.nodes.items():
        if node_id not in now.nodes:
            yield NodeChange(node_id, node.name, node.kind, "gone")


def _change(node_id: str, node: _Node, before: _Node | None, standing: Standing) -> NodeChange:
    if before is None or before.columns is None or node.columns is None:
        return NodeChange(node_id, node.name, node.kind, standing)
    was, now = before.columns, node.columns
    retyped = tuple((c, was[c] or "?", now[c] or "?") for c in now if c in was and was[c] and now[c] and was[c] != now[c])
    added, removed = tuple(c for c in now if c not in was), tuple(c for c in was if c not in now)
    return NodeChange(node_id, node.name, node.kind, standing, added, removed, retyped)


def _has_values(now: _Side, then: _Side, node: NodeChange) -> bool:
    kinds = ("feature_view", "training_set")
    return (
        node.standing in ("meaning", "downstream") and node.kind in kinds and now.nodes[node.id].kind == then.nodes[node.id].kind
    )


def _valued(engine: Engine, now: _Side, then: _Side, all_changes: Sequence[NodeChange], node: NodeChange) -> NodeChange:
    if not _has_values(now, then, node):
        return node
    assert now.compiler and then.compiler
    inside = [change.id for change in all_changes if change.standing != "text"]
    try:
        query, keys = _rows_of(now.compiler, node.id, inside)
        was, _ = _rows_of(then.compiler, node.id, inside)
        identity = _identity(now.compiler.graph, node.id)
        pair = Pair(engine, query.dialect, engine.query(was), engine.query(query), keys, identity, _TIMES)
        return replace(node, values=pair.values())
    except Cancelled:
        raise KeyboardInterrupt from None
    except EngineError as error:
        return replace(node, unknown=error.message)


def _rows_of(compiler: Compiler, node_id: str, inside: Sequence[str]) -> tuple[Query, list[str]]:
    """What a feature view or training set gives, and what tells its rows apart."""
    node = compiler.graph.nodes[node_id]
    if isinstance(node, FeatureViewNode):
        return compiler.with_views_inside(compiler.online(node), inside), [key.name for key in node.keys]
    assert isinstance(node, TrainingSetNode)
    main = compiler.queries(node).main
    assert main, "a training set has a query"
    keys = [column.name for column in node.spine_columns or ()]
    listed = ", ".join(DIALECTS[main.dialect].quote(key) for key in keys)
    numbered = main.around(
        f"select *, row_number() over (partition by {listed} order by {listed}) as _n from (\n", "\n) as numbered"
    )
    return compiler.with_views_inside(numbered, inside), [*keys, "_n"]


def _identity(graph: FeatureGraph, node_id: str) -> set[str]:
    """What tells people which row it is: keys, and of a training set the time."""
    node = graph.nodes[node_id]
    if isinstance(node, TrainingSetNode):
        return {column.lower() for use in node.bound for column in use.on} | {node.spine_timestamp.text.lower()}
    return {key.name.lower() for key in node.keys} if isinstance(node, FeatureViewNode) else set()
