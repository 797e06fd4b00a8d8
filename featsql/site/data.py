"""What the site's pages read, from the artifacts: a small index at once, the rest when a page asks for it.

Artifacts are read defensively: a key that is not there, or another shape than expected, leaves a gap in a page and no error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Json = Any
CHUNK: Final = 20
"""Nodes in one file of details."""
_HOW: Final = {"copy": 0, "expression": 1, "aggregate": 2, "condition": 3}
_CALENDAR_US: Final = {"day": 86_400_000_000, "week": 604_800_000_000, "month": 2_419_200_000_000}


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The files of target/ that the site reads; None where one is not there. `compiled`: by dialect, then by name."""

    manifest: Json
    lineage: Json
    results: Json = None
    catalog: Json = None
    plans: Json = None
    compiled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def site_data(artifacts: Artifacts, live: bool) -> dict[str, Json]:
    """Every data file of the site by its name. `live`: the page shall look for changes, as `docs serve` has it."""
    site = _Site(artifacts)
    chunks: dict[str, Json] = {"index": site.index(live), "columns": site.columns(), "lineage": site.lineage()}
    chunks["tests"] = {
        r["unique_id"]: r["compiled_code"] for r in site.tests if isinstance(r.get("compiled_code"), str) and r["compiled_code"]
    }
    for start in range(0, len(site.ids), CHUNK):
        details = {str(i): site.detail(i) for i in range(start, min(start + CHUNK, len(site.ids)))}
        chunks[f"nodes-{start // CHUNK}"] = details
    return chunks


class _Site:
    def __init__(self, artifacts: Artifacts) -> None:
        self.artifacts = artifacts
        manifest = _dict(artifacts.manifest)
        self.metadata = _dict(manifest.get("metadata"))
        self.nodes: dict[str, Json] = {
            **_dict(manifest.get("sources")),
            **_dict(manifest.get("nodes")),
            **_exposures(manifest.get("exposures")),
        }
        self.ids = list(self.nodes)
        self.number = {node_id: i for i, node_id in enumerate(self.ids)}
        self.features: dict[str, Json] = _dict(manifest.get("features"))
        self.entities = _dict(manifest.get("entities"))
        results = _dict(artifacts.results)
        found = [r for r in _list(results.get("results")) if isinstance(r, dict) and isinstance(r.get("unique_id"), str)]
        self.tests = [r for r in found if r["unique_id"] not in self.number and _is_test(r)]
        self.ran = {r["unique_id"]: r for r in found if r["unique_id"] in self.number}
        self.run = results
        self.passed: dict[int, dict[str, int]] = {}
        for test in self.tests:
            counts = self.passed.setdefault(self._tested(test), {"pass": 0, "warn": 0, "fail": 0})
            status = {"pass": "pass", "warn": "warn", "fail": "fail", "error": "fail"}.get(str(test.get("status")))
            if status:
                counts[status] += 1

    # --- the index

    def index(self, live: bool) -> Json:
        return {
            "project": _text(self.metadata.get("project_name")),
            "target": _text(self.metadata.get("target")),
            "adapter": _text(self.metadata.get("adapter_type")),
            "version": _text(self.metadata.get("featsql_version")),
            "generated_at": _text(self.metadata.get("generated_at")),
            "run": self._run(),
            "nodes": [self._node(node_id) for node_id in self.ids],
            "entities": [self._entity(name, entity) for name, entity in self.entities.items()],
            "tests": [self._test(test) for test in self.tests],
            "chunk": CHUNK,
            "live": live,
        }

    def _run(self) -> Json:
        if not self.run:
            return None
        arguments = _dict(self.run.get("args"))
        return {
            "at": _text(_dict(self.run.get("metadata")).get("generated_at")),
            "elapsed": _number(self.run.get("elapsed_time")) or 0,
            "command": _text(arguments.get("which")),
            "as_of": _text(arguments.get("as_of")),
        }

    def _node(self, node_id: str) -> Json:
        node = _dict(self.nodes[node_id])
        config = _dict(node.get("config"))
        kind = _text(node.get("resource_type"))
        result = _dict(self.ran.get(node_id))
        name = _text(node.get("name"))
        return {
            "id": node_id,
            "name": f"{node['source_name']}.{name}" if node.get("source_name") else name,
            "kind": kind,
            "description": _text(node.get("description")),
            "owner": _text(node.get("owner")),
            "tags": [_text(tag) for tag in _list(node.get("tags"))],
            "path": _text(node.get("original_file_path")),
            "relation": _text(node.get("relation_name")) or _source_relation(node),
            "materialized": _text(config.get("materialized")),
            "parents": [self.number[p] for p in self._parents(node_id, node) if p in self.number],
            "entities": [_text(e) for e in _list(config.get("entities"))],
            "columns": len(self._features_of(node)) if kind == "feature_view" else len(_dict(node.get("columns"))),
            "status": _text(result.get("status")),
            "message": _text(result.get("message")) if result.get("status") != "success" else "",
            "seconds": _number(result.get("execution_time")),
            "rows": _number(_dict(result.get("adapter_response")).get("rows_affected")),
            "tests": self.passed.get(self.number[node_id], {"pass": 0, "warn": 0, "fail": 0}),
            "online": config.get("online_relation") if isinstance(config.get("online_relation"), str) else None,
            "shortest_us": _shortest(config),
            **({"url": _text(node.get("url"))} if node.get("url") else {}),
        }

    def _parents(self, node_id: str, node: Json) -> Iterable[str]:
        parents = _dict(self.artifacts.manifest).get("parent_map")
        return _list(_dict(parents).get(node_id) or _dict(node.get("depends_on")).get("nodes"))

    def _entity(self, name: str, entity: Json) -> Json:
        low = name.lower()
        views = [
            i
            for i, node_id in enumerate(self.ids)
            if low in {_text(e).lower() for e in _list(_dict(self.nodes[node_id].get("config")).get("entities"))}
        ]
        keys = [_text(key) for key in _list(_dict(entity).get("keys"))]
        return {"name": name, "keys": keys, "description": _text(_dict(entity).get("description")), "views": views}

    def _tested(self, result: Json) -> int:
        for node_id in _list(_dict(result.get("depends_on")).get("nodes")):
            if node_id in self.number:
                return self.number[node_id]
        return -1

    def _test(self, result: Json) -> Json:
        test = _dict(result.get("test"))
        return {
            "id": result["unique_id"],
            "name": _text(test.get("name")) or result["unique_id"],
            "kind": _text(test.get("kind")),
            "node": self._tested(result),
            "column": test.get("column") if isinstance(test.get("column"), str) else None,
            "status": _text(result.get("status")),
            "severity": _text(test.get("severity")),
            "message": _text(result.get("message")),
            "failures": _number(result.get("failures")),
            "seconds": _number(result.get("execution_time")),
            "place": result.get("path") if isinstance(result.get("path"), str) else None,
        }

    # --- columns and details

    def _features_of(self, node: Json) -> dict[str, Json]:
        start = f"{node.get('name')}."
        columns = _dict(node.get("columns"))
        found = ((name, self.features.get(start + name)) for name in columns)
        return {name: feature for name, feature in found if isinstance(feature, dict)}

    def columns(self) -> Json:
        return [self._columns(_dict(self.nodes[node_id])) for node_id in self.ids]

    def _columns(self, node: Json) -> list[Json]:
        features = self._features_of(node) if node.get("resource_type") == "feature_view" else {}
        listed: list[Json] = []
        for name, column in _dict(node.get("columns")).items():
            entry: Json = {
                "name": name,
                "type": _dict(column).get("type"),
                "description": _text(_dict(column).get("description")),
            }
            if name in features:
                entry |= {"feature": True, "windows": _list(features[name].get("windows"))}
            listed.append(entry)
        return listed

    def detail(self, i: int) -> Json:
        node = _dict(self.nodes[self.ids[i]])
        name = _text(node.get("name"))
        plan = _dict(_dict(self.artifacts.plans).get(name))
        columns = _dict(node.get("columns"))
        kept = {c: {k: v for k, v in _dict(entry).items() if k in ("tests", "meta")} for c, entry in columns.items()}
        sql, online = self._sql(node, name)
        return {
            "raw": _text(node.get("raw_code")),
            "sql": sql,
            "online": online,
            "config": {**_dict(node.get("config")), **({"tests": node["tests"]} if node.get("tests") else {})},
            "meta": _dict(node.get("meta")),
            "features": {
                feature: {k: told.get(k) for k in ("expression", "windows", "aggregates", "exactness", "error")}
                for feature, told in self._features_of(node).items()
            },
            "columns": {c: entry for c, entry in kept.items() if entry},
            "windows": _list(plan.get("windows")),
            "lookups": _list(plan.get("lookups")),
            "stats": self._stats(self.ids[i]),
            "freshness": {key: node.get(key) for key in ("timestamp", "available_at", "path")},
        }

    def _sql(self, node: Json, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """By dialect; the target's own first."""
        dialect = _text(self.metadata.get("adapter_type"))
        sql = {dialect: node["compiled_code"]} if isinstance(node.get("compiled_code"), str) else {}
        online = {dialect: node["compiled_online_code"]} if isinstance(node.get("compiled_online_code"), str) else {}
        for other, files in self.artifacts.compiled.items():
            if node.get("raw_code") and name in files:
                sql.setdefault(other, files[name])
            if node.get("raw_code") and f"{name}__online" in files:
                online.setdefault(other, files[f"{name}__online"])
        return sql, online

    def _stats(self, node_id: str) -> Json:
        catalog = _dict(self.artifacts.catalog)
        entry = _dict(_dict(catalog.get("nodes")).get(node_id) or _dict(catalog.get("sources")).get(node_id))
        return _dict(entry.get("featsql"))

    # --- lineage

    def lineage(self) -> Json:
        """Numbers in one long list: seven an edge (source, its column, target, its column, how, expression, place)."""
        names, words, tables = _Numbers(), _Numbers(), _Numbers()

        def node(node_id: str) -> int:
            return self.number[node_id] if node_id in self.number else len(self.ids) + tables[node_id]

        edges: list[int] = []
        steps: dict[str, list[list[int]]] = {}
        lineage = _dict(self.artifacts.lineage)
        for at, edge in enumerate(_list(lineage.get("edges"))):
            source, target, way = edge["source"], edge["target"], edge["steps"]
            edges += (node(source["node"]), names[source["column"]], node(target["node"]), names[target["column"]])
            edges += (_HOW[edge["how"]], *_step(way[0] if way else {}, words))
            if len(way) > 1:
                steps[str(at)] = [[words[s["of"]], names[s["column"]], *_step(s, words)] for s in way]
        rows: list[int] = []
        for row in _list(lineage.get("rows")):
            source = row["source"]
            rows += (
                node(source["node"]),
                names[source["column"]],
                node(row["target"]),
                words[row["role"]],
                words[row["place"] or ""],
            )
        return {"names": names.all, "words": words.all, "tables": tables.all, "edges": edges, "steps": steps, "rows": rows}


class _Numbers:
    """Texts, each numbered when it is first asked for."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._known: dict[str, int] = {}

    def __getitem__(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = len(self.all)
            self.all.append(text)
        return self._known[text]


def _step(step: Json, words: _Numbers) -> tuple[int, int]:
    return words[_text(step.get("expression"))], words[_text(step.get("place"))]


def _exposures(found: Json) -> dict[str, Json]:
    """Those of the manifest, by id."""
    listed = found.values() if isinstance(found, dict) else _list(found)
    exposures = [e for e in listed if isinstance(e, dict) and e.get("name")]
    return {
        _text(e.get("unique_id")) or f"exposure.{e['name']}": {
            **e,
            "resource_type": "exposure",
            "owner": _owner(e.get("owner")),
            "config": {"materialized": _text(e.get("type"))},
        }
        for e in exposures
    }


def _owner(owner: Json) -> str:
    if isinstance(owner, dict):
        return _text(owner.get("name") or owner.get("email"))
    return _text(owner)


def _source_relation(node: Json) -> str:
    if node.get("path"):
        return ""
    return ".".join(_text(node[part]) for part in ("database", "schema", "identifier") if node.get(part))


def _shortest(config: Json) -> int | None:
    """The length of the shortest window of an online view, or its ttl: older than this, nothing in the table need be true."""
    lengths = [config["ttl_us"]] if isinstance(config.get("ttl_us"), int) else []
    for window in _dict(config.get("windows")).values():
        if isinstance(window, dict) and isinstance(window.get("range_us"), int):
            lengths.append(window["range_us"])
        elif isinstance(window, dict) and window.get("calendar") in _CALENDAR_US:
            lengths.append(_CALENDAR_US[window["calendar"]])
    return min(lengths, default=None)


def _is_test(result: Json) -> bool:
    return isinstance(result.get("test"), dict) or result["unique_id"].startswith(("test.", "unit_test."))


def _dict(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else str(value)


def _number(value: Json) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
