"""The scene of a unit test: a graph in which what is given stands in for what would be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.spans import SourceFile, Span
from featsql.engines.base import EngineError
from featsql.front.unittests import rows_of_csv
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, Node, SeedNode, SourceNode, TableName, TrainingSetNode
from featsql.ir.model import Column
from featsql.ir.testing import Given, Rows, UnitTest

SPINE: Final = TableName("main", "featsql_unit_test_spine")
_SCHEMA: Final = "given"
_REF = re.compile(r"ref\(\s*['\"]([^'\"]+)['\"]\s*\)")
_SOURCE = re.compile(r"source\(\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*\)")


@dataclass(frozen=True, slots=True)
class GivenTable:
    name: TableName
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Stage:
    """`node` is the one under test, in `graph`, where all that it reads comes from `tables`."""

    graph: FeatureGraph
    node: Node
    tables: tuple[GivenTable, ...]


def set_stage(graph: FeatureGraph, node: Node, spec: UnitTest, root: str) -> Stage:
    """FS112 for an input that is not there, is not read, or is missing. Models in between are computed; seeds give their rows."""
    found: list[Diagnostic] = []
    given = dict(_inputs(graph, node, spec, found))
    needed = dict(_needed(graph, node, given))
    tables: list[GivenTable] = []
    nodes: dict[str, Node] = dict(graph.nodes)
    for node_id, reader in needed.items():
        read = graph.nodes[node_id]
        rows: tuple[Mapping[str, Any], ...]
        if node_id in given:
            rows, span = rows_of(given[node_id].rows, root), given[node_id].rows.span
        elif isinstance(read, SeedNode):
            rows, span = rows_of_csv(read.file.text), Span(read.file, 0, 0)
        else:
            found.append(_not_given(read, reader, spec))
            continue
        columns = _columns(read, rows, span, found)
        table = TableName(_SCHEMA, f"t{len(tables)}_{read.name.replace('.', '_')}")
        tables.append(GivenTable(table, columns, rows, span))
        nodes[node_id] = _stand_in(read, table, columns)
    if found:
        raise FeatsqlError(*found)
    nodes = {i: _computed_inside(n) if i not in needed else n for i, n in nodes.items()}
    tested = nodes[node.id]
    if isinstance(tested, FeatureViewNode):
        tested = replace(tested, config=replace(tested.config, online=True))
        nodes[node.id] = tested
    return Stage(replace(graph, nodes=nodes), tested, tuple(tables))


def rows_of(rows: Rows, root: str) -> tuple[Mapping[str, Any], ...]:
    """The rows, from their file if they are there. FS112 when it cannot be read."""
    if not rows.fixture:
        return rows.values
    path = Path(root) / rows.fixture
    try:
        if path.suffix.lower() == ".csv":
            return rows_of_csv(path.read_text(encoding="utf-8"))
        from featsql.engines.duckdb_files import read_file

        return tuple(read_file(path.as_posix()).to_pylist())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FeatsqlError(Diagnostic("FS112", f"fixture `{rows.fixture}`: {reason.lower()}", rows.span)) from None
    except (ValueError, EngineError) as error:
        raise FeatsqlError(Diagnostic("FS112", f"fixture `{rows.fixture}`: {error}", rows.span)) from None


def _inputs(graph: FeatureGraph, node: Node, spec: UnitTest, found: list[Diagnostic]) -> Iterator[tuple[str, Given]]:
    """What is given, by node id."""
    upstream = _upstream(graph, node)
    seen: set[str] = set()
    for given in spec.given:
        wanted, is_source = _target(given.input)
        names = {n.name.lower(): n for n in graph.nodes.values() if isinstance(n, SourceNode) == is_source}
        target = names.get(wanted.lower())
        if target is None:
            hints = nearest(wanted, names)
            found.append(
                Diagnostic("FS112", f"there is no {'source' if is_source else 'model'} `{wanted}`", given.span, hints=hints)
            )
        elif target.id not in upstream:
            read = ", ".join(f"`{graph.nodes[i].name}`" for i in upstream) or "nothing"
            message = f"`{node.name}` does not read `{target.name}`"
            found.append(Diagnostic("FS112", message, given.span, hints=(f"it reads {read}",)))
        elif target.id in seen:
            found.append(Diagnostic("FS112", f"`{target.name}` is given twice", given.span))
        elif isinstance(node, TrainingSetNode) and isinstance(target, FeatureViewNode) and _is_bound(node, target):
            hints = ("give what the view reads",)
            message = f"a training set computes `{target.name}` from what it reads, not from rows of the view"
            found.append(Diagnostic("FS112", message, given.span, hints=hints))
        else:
            seen.add(target.id)
            yield target.id, given


def _is_bound(node: TrainingSetNode, view: FeatureViewNode) -> bool:
    return any(use.view.lower() == view.name.lower() for use in node.bound)


def _target(text: str) -> tuple[str, bool]:
    if match := _SOURCE.fullmatch(text.strip()):
        return f"{match[1]}.{match[2]}", True
    if match := _REF.fullmatch(text.strip()):
        return match[1], False
    return text.strip(), "." in text


def _upstream(graph: FeatureGraph, node: Node) -> tuple[str, ...]:
    """Everything that a node reads, directly or not, nearest first."""
    found: dict[str, None] = {}
    waiting = [*graph.dag.parents(node.id)]
    while waiting:
        at = waiting.pop(0)
        if at not in found:
            found[at] = None
            waiting += graph.dag.parents(at)
    return tuple(found)


def _needed(graph: FeatureGraph, node: Node, given: Mapping[str, Given]) -> Iterator[tuple[str, Node]]:
    """What has to be there as a table, and a node that reads it: what is given; sources, seeds and training sets that are not."""
    waiting = [(parent, node) for parent in graph.dag.parents(node.id)]
    seen: set[str] = set()
    while waiting:
        at, reader = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        read = graph.nodes[at]
        if at in given or isinstance(read, SourceNode | SeedNode | TrainingSetNode):
            yield at, reader
        else:
            waiting += [(parent, read) for parent in graph.dag.parents(at)]


def _not_given(read: Node, reader: Node, spec: UnitTest) -> Diagnostic:
    written = (
        f"source('{read.name.partition('.')[0]}', '{read.name.partition('.')[2]}')"
        if isinstance(read, SourceNode)
        else f"ref('{read.name}')"
    )
    message = f"unit test `{spec.name}` gives no rows for `{read.name}`, which `{reader.name}` reads"
    return Diagnostic("FS112", message, spec.span, hints=(f'add `{{input: "{written}", rows: []}}` to `given`',))


def _columns(read: Node, rows: tuple[Mapping[str, Any], ...], span: Span, found: list[Diagnostic]) -> tuple[Column, ...]:
    """The columns that are known of a node; those of the rows where none are."""
    named = tuple(dict.fromkeys(name for row in rows for name in row))
    if read.columns is None:
        if not named:
            hint = "declare its columns with their types, or give a row"
            found.append(Diagnostic("FS112", f"the columns of `{read.name}` are not known", span, hints=(hint,)))
        return tuple(Column(name) for name in named)
    known = {c.name.lower() for c in read.columns}
    for name in named:
        if name.lower() not in known:
            hints = nearest(name, [c.name for c in read.columns])
            found.append(Diagnostic("FS112", f"`{read.name}` has no column `{name}`", span, hints=hints))
    return read.columns


def _stand_in(read: Node, table: TableName, columns: tuple[Column, ...]) -> Node:
    """A table in the place of a node."""
    if isinstance(read, SourceNode):
        place = replace(read.table, path=None, database=None, schema=table.schema, identifier=table.name)
        return replace(read, table=place, columns=columns)
    return SeedNode(read.id, read.name, SourceFile("given", ""), table, columns)


def _computed_inside(node: Node) -> Node:
    """A table in between is computed where it is read, as views are."""
    if isinstance(node, ModelNode) and node.config.materialized in ("table", "incremental"):
        return replace(node, config=replace(node.config, materialized="view"))
    return node
