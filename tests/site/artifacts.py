"""Artifacts made up for tests, with one text in every field that a user or a warehouse can fill."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from featsql.site.data import Artifacts


def _edge(source: tuple[str, str], target: tuple[str, str], step: dict[str, str]) -> dict[str, Any]:
    ends = {"source": source, "target": target}
    return {**{end: {"node": node, "column": column} for end, (node, column) in ends.items()}, "how": "copy", "steps": [step]}


def artifacts(text: str, name: str = "orders") -> Artifacts:
    """A source, a view with a feature, a training set, an entity, a consumer, tests and statistics that all say `text`."""
    view, source, training = f"feature_view.p.{name}", f"source.p.raw.{name}", f"training_set.p.{name}_set"
    column = {"name": text, "type": text, "description": text, "tests": [text, {text: text}], "meta": {text: text}}
    shared: dict[str, Any] = {
        "description": text,
        "owner": text,
        "tags": [text],
        "meta": {text: text},
        "columns": {text: column, "f": {**column, "name": "f"}},
        "original_file_path": text,
        "relation_name": text,
        "raw_code": f"/*---\n{text}\n---*/\nselect '{text}' -- {text}\n",
        "compiled_code": text,
    }
    nodes = {
        view: {
            **shared,
            "name": name,
            "resource_type": "feature_view",
            "compiled_online_code": text,
            "config": {
                "kind": "feature_view",
                "entities": [text],
                "keys": [text],
                "timestamp": text,
                "available_at": text,
                "closed": text,
                "ttl_us": 1,
                "windows": {text: {"range_us": 60_000_000, "offset_us": 0}, "c": {"calendar": text, "back": 1, "timezone": text}},
                "online": True,
                "online_relation": text,
            },
            "depends_on": {"nodes": [source]},
        },
        training: {
            **shared,
            "name": f"{name}_set",
            "resource_type": "training_set",
            "config": {
                "kind": "training_set",
                "label": [text],
                "timestamp": text,
                "features": [{"view": name, "columns": ["f"], "on": [text], "prefix": text}],
            },
        },
    }
    feature = {"expression": text, "windows": [text], "aggregates": [text], "exactness": text}
    manifest = {
        "metadata": {"project_name": text, "target": text, "adapter_type": text, "featsql_version": text, "generated_at": text},
        "nodes": nodes,
        "sources": {source: {**shared, "name": name, "source_name": "raw", "resource_type": "source", "path": text}},
        "exposures": {
            f"exposure.p.{name}": {"name": text, "url": text, "description": text, "owner": {"name": text}, "type": text}
        },
        "entities": {text: {"keys": [text], "description": text}},
        "features": {f"{name}.f": feature, f"{name}.{text}": feature},
        "parent_map": {view: [source], training: [view], f"exposure.p.{name}": [training]},
    }
    step = {"of": text, "column": text, "expression": text, "place": text}
    edge = {"source": {"node": source, "column": text}, "target": {"node": view, "column": "f"}, "how": "expression"}
    lineage = {
        "edges": [
            {**edge, "steps": [step, step]},
            {
                "source": {"node": view, "column": "f"},
                "target": {"node": training, "column": text},
                "how": "copy",
                "steps": [step],
            },
            {
                "source": {"node": text, "column": text},
                "target": {"node": view, "column": text},
                "how": "aggregate",
                "steps": [step],
            },
        ],
        "rows": [{"source": {"node": source, "column": text}, "target": view, "role": "filter", "place": text}],
    }
    test = {"name": text, "kind": text, "column": "f", "severity": text}
    results = {
        "metadata": {"generated_at": text},
        "results": [
            {"unique_id": view, "status": "error", "message": text, "execution_time": 1},
            {
                "unique_id": f"test.p.{name}",
                "status": "fail",
                "message": text,
                "failures": 2,
                "test": test,
                "path": text,
                "depends_on": {"nodes": [view]},
                "compiled_code": text,
            },
        ],
        "elapsed_time": 1,
        "args": {"which": text, "as_of": text},
    }
    stats = {"rows": 1, "latest": text, "at": text, "columns": {"f": {"nulls": 0, "min": text, "max": text, "bars": [[text, 1]]}}}
    catalog = {"nodes": {view: {"featsql": stats}}}
    plans = {name: {"windows": [], "lookups": [{"finds": text, "windows": [text], "strategy": text, "why": text}]}}
    return Artifacts(manifest, lineage, results, catalog, plans, {text: {name: text}})


def together(parts: Iterable[Artifacts]) -> Artifacts:
    """All of them as one project."""
    merged: dict[str, Any] = {"manifest": {}, "lineage": {}, "results": {}, "catalog": {}, "plans": {}, "compiled": {}}
    for part in parts:
        for name in merged:
            _add(merged[name], getattr(part, name))
    return Artifacts(**merged)


def _add(to: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(to.get(key), dict):
            _add(to[key], value)
        elif isinstance(value, list) and isinstance(to.get(key), list):
            to[key] += value
        else:
            to[key] = value
