"""Stage 11: the manifest and the results of a run, in the shape that readers of dbt's artifacts know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from featsql.aggregates import AGGREGATES
from featsql.base.fingerprint import fingerprint
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, Node, SeedNode, SnapshotNode, SourceNode, TrainingSetNode
from featsql.ir.header import AllWindow, CalendarWindow, ColumnDoc, Extent, RangeWindow, RowsWindow
from featsql.ir.lineage import Edge, Lineage, RowEdge
from featsql.ir.model import WindowCall
from featsql.ir.query import NodeResult, NodeSql
from featsql.ir.testing import TestResult

Json = dict[str, Any]
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class ManifestText:
    """The manifest behind its metadata, cut into texts: put one behind the other they are its JSON, but for the first brace.

    `nodes` and `features` say which of the texts is the entry of a node, and which the entries of a view's features, by id.
    """

    texts: tuple[str, ...]
    nodes: Mapping[str, int]
    features: Mapping[str, int]


def manifest_json(project: str, metadata: Json, texts: Sequence[str]) -> str:
    """The manifest of these texts."""
    said = {"featsql_schema_version": SCHEMA_VERSION, "project_name": project, **metadata}
    return "".join((f'{{"metadata": {_text(said)}, ', *texts))


def manifest(
    graph: FeatureGraph,
    sql: Mapping[str, NodeSql],
    exposures: object = None,
    fingerprints: Mapping[str, Json] | None = None,
) -> ManifestText:
    """The whole project as data: the same bytes for the same inputs."""
    marks = fingerprints or {}
    views = [n for n in graph.nodes.values() if isinstance(n, FeatureViewNode)]
    rest = {
        "macros": {},
        "exposures": exposures or {},
        "entities": {
            e.name.text: {
                "name": e.name.text,
                "keys": [key.text for key in e.keys],
                "description": e.description,
                "feature_views": [v.name for v in views if e.name.text.lower() in {x.text.lower() for x in v.config.entities}],
            }
            for e in graph.entities.values()
        },
    }
    maps = {
        "parent_map": {node_id: list(graph.dag.parents(node_id)) for node_id in graph.nodes},
        "child_map": {node_id: list(graph.dag.children(node_id)) for node_id in graph.nodes},
    }
    entries = {n.id: node_text(n, graph, sql.get(n.id, NodeSql()), marks.get(n.id)) for n in graph.nodes.values()}
    texts: list[str] = []

    def put(found: Mapping[str, str]) -> dict[str, int]:
        first = len(texts)
        for number, text in enumerate(found.values()):
            texts.extend((", ", text) if number else (text,))
        return {name: first + 2 * number for number, name in enumerate(found)}

    texts.append('"nodes": {')
    nodes = put({n.id: entries[n.id] for n in graph.nodes.values() if n.kind != "source"})
    texts.append('}, "sources": {')
    nodes |= put({n.id: entries[n.id] for n in graph.nodes.values() if n.kind == "source"})
    texts.append(f'}}, {_text(rest)[1:-1]}, "features": {{')
    features = put({v.id: features_text(v) for v in views})
    texts.append(f"}}, {_text(maps)[1:]}")
    return ManifestText(tuple(texts), nodes, features)


def node_text(node: Node, graph: FeatureGraph, sql: NodeSql, fingerprints: Json | None) -> str:
    """The entry of a node or a source, with its id before it."""
    entry = _source(node) if isinstance(node, SourceNode) else _node(node, graph, sql)
    return f"{_text(node.id)}: {_text({**entry, 'fingerprints': fingerprints} if fingerprints else entry)}"


def features_text(view: FeatureViewNode) -> str:
    """The entries of a view's features, with their names before them."""
    return _text({f"{view.name}.{f.name}": _feature(view, f.name) for f in view.features})[1:-1]


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)


def _node(node: Node, graph: FeatureGraph, sql: NodeSql) -> Json:
    assert not isinstance(node, SourceNode)
    shared: Json = {
        "unique_id": node.id,
        "name": node.name,
        "resource_type": node.kind,
        "original_file_path": node.file.path,
        "schema": node.relation.schema,
        "database": node.relation.database,
        "alias": node.relation.name,
        "relation_name": str(node.relation),
        "depends_on": {"nodes": list(graph.dag.parents(node.id))},
        "checksum": fingerprint(node.file.text),
    }
    if isinstance(node, SeedNode):
        columns = {c.name: {"name": c.name, "type": c.type, "description": ""} for c in node.columns}
        return {**shared, "description": node.description, "columns": columns, "config": {"materialized": "seed"}}
    header = node.header
    return {
        **shared,
        "description": header.description,
        "owner": header.owner,
        "tags": list(header.tags),
        "meta": header.meta or {},
        "columns": _columns(node.columns or (), header.columns),
        "config": _config(node),
        "raw_code": node.file.text,
        "compiled_code": sql.main,
        **({"compiled_online_code": sql.online} if sql.online else {}),
        **({"compiled_changes_code": sql.changes} if sql.changes else {}),
    }


def _columns(columns: Any, docs: tuple[ColumnDoc, ...]) -> Json:
    by_name = {doc.name.text.lower(): doc for doc in docs}
    found: Json = {}
    for column in columns:
        doc = by_name.get(column.name.lower())
        found[column.name] = {
            "name": column.name,
            "type": column.type,
            "description": doc.description if doc else "",
            **({"tests": [spec.plain for spec in doc.tests]} if doc and doc.tests else {}),
            **({"meta": doc.meta} if doc and doc.meta else {}),
        }
    return found


def _config(node: ModelNode | FeatureViewNode | TrainingSetNode | SnapshotNode) -> Json:
    match node:
        case ModelNode():
            return {"kind": "model", "materialized": node.config.materialized}
        case FeatureViewNode():
            config = node.config
            return {
                "kind": "feature_view",
                "entities": [e.text for e in config.entities],
                "keys": [key.name for key in node.keys],
                "timestamp": node.timestamp.name,
                "available_at": config.available_at.text if config.available_at else None,
                "delay_us": config.delay_us,
                "ttl_us": config.ttl_us,
                "closed": config.closed.value,
                "tie_break": [name.text for name in config.tie_break],
                "windows": {w.name.text: _window(w.extent) for w in config.windows},
                "online": config.online,
                "online_relation": str(node.online_relation) if config.online else None,
            }
        case SnapshotNode():
            snapshot = node.config
            return {
                "kind": "snapshot",
                "materialized": "snapshot",
                "strategy": snapshot.strategy,
                "unique_key": [name.text for name in snapshot.unique_key],
                "updated_at": snapshot.updated_at.text if snapshot.updated_at else None,
                "check_columns": [name.text for name in snapshot.check_columns] if snapshot.check_columns else None,
                "hard_deletes": snapshot.hard_deletes,
            }
        case TrainingSetNode():
            return {
                "kind": "training_set",
                "materialized": "table",
                "timestamp": node.config.timestamp.text,
                "label": [name.text for name in node.config.label],
                "features": [
                    {"view": b.view, "columns": list(b.features), "on": list(b.on), "prefix": b.prefix} for b in node.bound
                ],
            }


def _window(extent: Extent) -> Json | str:
    match extent:
        case AllWindow():
            return "all"
        case RangeWindow(length_us, offset_us):
            return {"range_us": length_us, "offset_us": offset_us}
        case RowsWindow(count):
            return {"rows": count}
        case CalendarWindow(unit, back, timezone):
            return {"calendar": unit, "back": back, "timezone": timezone}


def _source(node: SourceNode) -> Json:
    table = node.table
    return {
        "unique_id": node.id,
        "name": table.name.text,
        "source_name": table.source,
        "resource_type": "source",
        "schema": table.schema,
        "database": table.database,
        "identifier": table.identifier,
        "path": table.path,
        "description": table.description,
        "owner": table.owner,
        "tags": list(table.tags),
        "meta": table.meta or {},
        "timestamp": table.timestamp.text if table.timestamp else None,
        "available_at": table.available_at.text if table.available_at else None,
        "freshness": table.freshness,
        "columns": _columns(node.columns or (), table.columns),
        "original_file_path": table.name.span.file.path,
    }


def _feature(view: FeatureViewNode, name: str) -> Json:
    feature = next(f for f in view.features if f.name == name)
    calls = feature.expr.calls
    return {
        "name": name,
        "feature_view": view.name,
        "entities": [e.text for e in view.config.entities],
        "type": feature.type,
        "description": feature.description,
        "expression": feature.expr.text.value,
        "windows": sorted({call.window for call in calls}),
        "aggregates": sorted({AGGREGATES[call.function].name for call in calls}),
        **_exactness(calls),
    }


def edge_json(edge: Edge) -> Json:
    """One way from column to column; places are `file:line:column`."""
    return {
        "source": {"node": edge.source.node, "column": edge.source.column},
        "target": {"node": edge.target.node, "column": edge.target.column},
        "how": edge.how,
        "steps": [
            {"of": s.of, "column": s.column, "expression": s.expression, "place": str(s.span) if s.span else None}
            for s in edge.steps
        ],
    }


def row_edge_json(edge: RowEdge) -> Json:
    """A column that decides which rows a node has."""
    source = {"node": edge.source.node, "column": edge.source.column}
    return {"source": source, "target": edge.target, "role": edge.role, "place": str(edge.span) if edge.span else None}


def lineage_json(lineage: Lineage, metadata: Json) -> Json:
    """All of it."""
    return {
        "metadata": {"featsql_schema_version": SCHEMA_VERSION, **metadata},
        "columns": {node: list(columns) for node, columns in lineage.columns.items()},
        "edges": [edge_json(edge) for edge in lineage.edges],
        "rows": [row_edge_json(edge) for edge in lineage.rows],
    }


def _exactness(calls: tuple[WindowCall, ...]) -> Json:
    """How far values may differ (R27), in the words of `explain`; `error` is that of a sketch, relative to the truth."""
    errors = [error for call in calls for error in AGGREGATES[call.function].standard_error.values()]
    if errors:
        return {"exactness": "sketch", "error": max(errors)}
    rounds = any(AGGREGATES[call.function].rounds(call.argument_type) for call in calls)
    return {"exactness": "float-reordered" if rounds else "exact"}


def run_results(
    results: tuple[NodeResult, ...], metadata: Json, elapsed: float, arguments: Json, tests: tuple[TestResult, ...] = ()
) -> Json:
    return {
        "metadata": {"featsql_schema_version": SCHEMA_VERSION, **metadata},
        "results": [
            {
                "unique_id": r.unique_id,
                "status": r.status,
                "execution_time": round(r.execution_time, 6),
                "message": r.message,
                "relation_name": r.relations[0] if r.relations else None,
                "relations": list(r.relations),
                "adapter_response": {} if r.rows is None else {"rows_affected": r.rows},
            }
            for r in results
        ]
        + [_tested(result) for result in tests],
        "elapsed_time": round(elapsed, 6),
        "args": arguments,
    }


def _tested(result: TestResult) -> Json:
    test = result.test
    return {
        "unique_id": test.id,
        "status": result.status,
        "execution_time": round(result.seconds, 6),
        "message": result.message,
        "failures": result.failures,
        "test": {"name": test.name, "kind": test.kind, "severity": test.config.severity, "column": test.column},
        "depends_on": {"nodes": [test.node, *test.also]},
        "path": str(test.span) if test.span else None,
        "compiled_code": result.query or None,
        "relation_name": result.stored or None,
    }
