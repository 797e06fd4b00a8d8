"""OpenLineage events of the last run, from the artifacts: one a node, with the columns' lineage as a facet.

https://openlineage.io/docs/spec/object-model, https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, Final

Json = Any
_PRODUCER: Final = "urn:featsql"
_SCHEMA: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_COLUMNS: Final = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
_FIELDS: Final = "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json"
_TYPES: Final = {
    "success": "COMPLETE",
    "error": "FAIL",
    "skipped": "ABORT",
    "interrupted": "ABORT",
}
_HOW: Final = {
    "copy": ("DIRECT", "IDENTITY"),
    "expression": ("DIRECT", "TRANSFORMATION"),
    "aggregate": ("DIRECT", "AGGREGATION"),
    "condition": ("INDIRECT", "CONDITIONAL"),
}
_ROLES: Final = {"filter": "FILTER", "join": "JOIN", "group": "GROUP_BY", "order": "SORT", "key": "GROUP_BY", "time": "WINDOW"}


def run_events(manifest: Json, lineage: Json, results: Json) -> Iterator[Json]:
    """One event for each node of the last run, in its order; the same for the same artifacts."""
    if not manifest or not lineage or not results:
        return
    known = _Known(manifest, lineage)
    metadata = results.get("metadata", {})
    at = metadata.get("generated_at", "")
    for result in results.get("results", ()):
        node = manifest["nodes"].get(result.get("unique_id"))
        if node is None or result.get("status") not in _TYPES:
            continue
        # one id for a node of a run, however often this is written
        run_id = uuid.uuid5(uuid.NAMESPACE_URL, f"featsql:{metadata.get('invocation_id', '')}:{node['unique_id']}")
        yield {
            "eventType": _TYPES[result["status"]],
            "eventTime": at,
            "producer": _PRODUCER,
            "schemaURL": _SCHEMA,
            "run": {"runId": str(run_id)},
            "job": {"namespace": known.namespace, "name": node["unique_id"]},
            "inputs": [known.dataset(parent) for parent in node["depends_on"]["nodes"]],
            "outputs": [known.output(node)],
        }


class _Known:
    def __init__(self, manifest: Json, lineage: Json) -> None:
        metadata = manifest["metadata"]
        self.namespace = f"{metadata.get('adapter_type', '')}://{metadata.get('project_name', '')}"
        self.nodes = {**manifest["sources"], **manifest["nodes"]}
        self.edges: dict[str, dict[str, list[Json]]] = {}
        self.rows: dict[str, list[Json]] = {}
        for edge in lineage["edges"]:
            target = edge["target"]
            self.edges.setdefault(target["node"], {}).setdefault(target["column"], []).append(edge)
        for row in lineage["rows"]:
            self.rows.setdefault(row["target"], []).append(row)

    def dataset(self, node_id: str) -> Json:
        node = self.nodes.get(node_id, {})
        name = node.get("path") or node.get("relation_name")
        if not name and node:
            name = ".".join(str(node[part]) for part in ("database", "schema", "identifier") if node.get(part))
        return {"namespace": self.namespace, "name": name or node_id}

    def output(self, node: Json) -> Json:
        fields = [
            {
                "name": name,
                **({"type": column["type"]} if column.get("type") else {}),
                "description": column.get("description", ""),
            }
            for name, column in node.get("columns", {}).items()
        ]
        made = {
            column: {
                "inputFields": [
                    self._field(edge["source"], *_HOW[edge["how"]]) for edge in edges if edge["source"]["column"] != "*"
                ]
            }
            for column, edges in self.edges.get(node["unique_id"], {}).items()
            if column != "*"
        }
        rows = [self._field(row["source"], "INDIRECT", _ROLES[row["role"]]) for row in self.rows.get(node["unique_id"], ())]
        facets = {
            "schema": {"_producer": _PRODUCER, "_schemaURL": _FIELDS, "fields": fields},
            "columnLineage": {
                "_producer": _PRODUCER,
                "_schemaURL": _COLUMNS,
                "fields": {column: entry for column, entry in made.items() if entry["inputFields"]},
                "dataset": rows,
            },
        }
        return {**self.dataset(node["unique_id"]), "facets": facets}

    def _field(self, source: Json, way: str, kind: str) -> Json:
        transformation = {"type": way, "subtype": kind, "description": "", "masking": False}
        return {**self.dataset(source["node"]), "field": source["column"], "transformations": [transformation]}
