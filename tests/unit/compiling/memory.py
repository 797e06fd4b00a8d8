"""Projects that are never on disk: files by path, compiled as far as a test needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from featsql.base.spans import SourceFile
from featsql.compile import Compiler, build_graph, read_project
from featsql.ir.graph import FeatureGraph, Node
from featsql.ir.model import Column, TemplateContext
from featsql.ir.project import CompileInputs, Describe, ProjectFiles, Settings

ROOT: Final = "/project"
SETTINGS: Final = Settings(SourceFile("featsql.yml", "name: shop"), "shop", "shop")
DECLARATIONS: Final = """
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - {name: customer_id, type: bigint}
          - {name: ordered_at, type: timestamp}
          - {name: amount, type: "decimal(10,2)"}
      - {name: labels, path: data/labels.parquet}
entities:
  - {name: customer, keys: [customer_id]}
"""
SPEND: Final = """/*---
kind: feature_view
entity: customer
timestamp: ordered_at
windows: {last_7d: 7d}
---*/
select customer_id, ordered_at, amount as last_amount, sum(amount) over last_7d as spend_7d
from {{ source('raw', 'orders') }}
"""


def compiler(
    files: Mapping[str, str], catalog: Mapping[str, tuple[Column, ...]] | None = None, describe: Describe | None = None
) -> Compiler:
    """The compiler for a project of these files (and `DECLARATIONS`). Raises what is wrong with them."""
    everything = {"models/declarations.yml": DECLARATIONS, **files}
    sources = [SourceFile(path, text) for path, text in sorted(everything.items())]
    read = ProjectFiles(
        root=ROOT,
        settings=SETTINGS,
        models=tuple(f for f in sources if f.path.startswith("models/") and f.path.endswith(".sql")),
        declarations=tuple(f for f in sources if f.path.endswith(".yml")),
        macros=tuple(f for f in sources if f.path.startswith("macros/")),
        seeds=tuple(f for f in sources if f.path.startswith("seeds/")),
    )
    _, parsed = read_project(read, TemplateContext({}, {}, {}, project="shop"))
    inputs = CompileInputs("duckdb", "main", 0, None, catalog or {}, describe)
    graph = build_graph(parsed, inputs).graph
    return Compiler(graph, inputs, ROOT)


def node(graph: FeatureGraph, name: str) -> Node:
    (found,) = (n for n in graph.nodes.values() if n.name == name)
    return found


def sql(made: Compiler, name: str) -> str:
    query = made.queries(node(made.graph, name)).main
    assert query
    return query.sql
