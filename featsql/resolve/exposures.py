"""The consumers that declarations name: dashboards, services, notebooks that read what the project makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from featsql.ir.graph import FeatureGraph
from featsql.ir.header import Declarations

_CALL: Final = re.compile(r"""\s*(ref|source)\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?\)\s*""")


def exposures_of(declarations: Iterable[Declarations], graph: FeatureGraph) -> dict[str, dict[str, Any]]:
    """By id, in dbt's shape. `depends_on` takes names, `view.feature`, `ref('x')` and `source('a', 'b')`; what names no node is
    kept under `unknown`, for the project can be right and the consumer's list old."""
    ids = {node.name.lower(): node.id for node in graph.nodes.values()}
    found: dict[str, dict[str, Any]] = {}
    for declared in declarations:
        for entry in declared.exposures if isinstance(declared.exposures, list) else ():
            if not isinstance(entry, Mapping):
                continue
            written = entry.get("depends_on")
            names = [_name(str(item)) for item in (written if isinstance(written, list) else ())]
            nodes = list(dict.fromkeys(_nodes(names, ids)))
            unknown = [name for name in names if not list(_nodes([name], ids))]
            node_id = f"exposure.{graph.project}.{entry.get('name')}"
            found[node_id] = {
                **entry,
                "unique_id": node_id,
                "resource_type": "exposure",
                "depends_on": {"nodes": nodes, **({"unknown": unknown} if unknown else {})},
            }
    return found


def _name(item: str) -> str:
    call = _CALL.fullmatch(item)
    if call is None:
        return item.strip()
    kind, first, second = call.groups()
    return f"{first}.{second}" if kind == "source" else second or first


def _nodes(names: Iterable[str], ids: Mapping[str, str]) -> Iterator[str]:
    for name in names:
        low = name.lower()
        node_id = ids.get(low) or ids.get(low.rpartition(".")[0])
        if node_id:
            yield node_id
