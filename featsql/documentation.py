"""The site from a compiled project: artifacts are written, read back as anybody would, and drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from featsql.artifacts import lineage_json
from featsql.compile import Compiler, trace_graph
from featsql.engines.base import Engine
from featsql.ir.explanation import ExplainedPart
from featsql.ir.graph import FeatureViewNode
from featsql.ir.project import Target
from featsql.ir.query import Query
from featsql.plan.explain import Use, explained_parts
from featsql.plan.rewrite import NOBODY_COUNTED
from featsql.run.journal import metadata_of, write_json
from featsql.run.statistics import count, countable
from featsql.site.data import Artifacts, site_data
from featsql.site.openlineage import run_events
from featsql.site.writing import single_file, site_files

_OURS: Final = ("assets", "data")

Counted = Callable[[str, int, int], None]
"""Hears of a table that is counted: its name, how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Site:
    """What was written: `page` is to be opened; `files` and `size` are counted."""

    page: Path
    files: int
    size: int


def document(compiler: Compiler, target_path: Path, target: Target, packed: bool) -> Site:
    """Artifacts, then the site; the manifest stands there already."""
    write_artifacts(compiler, target_path, metadata_of(target))
    return write_site(target_path, packed)


def write_artifacts(compiler: Compiler, target_path: Path, metadata: Mapping[str, Any]) -> None:
    """What the site needs beside the manifest: lineage.json, plans.json, openlineage.jsonl."""
    lineage = trace_graph(compiler.graph)
    write_json(target_path / "lineage.json", lineage_json(lineage, dict(metadata)))
    views = [node for node in compiler.graph.nodes.values() if isinstance(node, FeatureViewNode)]
    write_json(target_path / "plans.json", {view.name: _plan(compiler, view) for view in views})
    events = run_events(
        _read(target_path / "manifest.json"), _read(target_path / "lineage.json"), _read(target_path / "run_results.json")
    )
    (target_path / "openlineage.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events), encoding="utf-8")


def write_catalog(
    engine: Engine,
    compiler: Compiler,
    read: Callable[[str], Query],
    target_path: Path,
    target: Target,
    told: Counted,
) -> None:
    """catalog.json, in dbt's shape; `featsql` of a node holds the statistics. `told` hears each table that is done."""
    metadata = metadata_of(target)
    nodes: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    every = list(countable(compiler, read))
    for done, counting in enumerate(every, start=1):
        node = counting.node
        found = count(engine, compiler, counting, str(metadata.get("generated_at", "")))
        told(node.name, done, len(every))
        if found:
            columns = {c.name: {"name": c.name, "type": c.type, "index": i} for i, c in enumerate(node.columns or (), start=1)}
            rows = {"id": "row_count", "label": "rows", "value": found["rows"], "include": True}
            entry = {"unique_id": node.id, "columns": columns, "stats": {"row_count": rows}, "featsql": found}
            (sources if node.kind == "source" else nodes)[node.id] = entry
    content = {"metadata": metadata, "nodes": nodes, "sources": sources, "errors": None}
    write_json(target_path / "catalog.json", content)


def read_artifacts(target_path: Path) -> Artifacts:
    """The artifacts as they stand in the target path; what is not there, or cannot be read, is None."""
    compiled = {
        folder.name: {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.sql"))}
        for folder in sorted((target_path / "compiled").glob("*"))
        if folder.is_dir()
    }
    manifest, lineage, results, catalog, plans = (
        _read(target_path / f"{name}.json") for name in ("manifest", "lineage", "run_results", "catalog", "plans")
    )
    return Artifacts(manifest, lineage, results, catalog, plans, compiled)


def data_of(target_path: Path, live: bool) -> dict[str, Any]:
    """The data files of the site for what stands in the target path."""
    return site_data(read_artifacts(target_path), live)


def write_site(target_path: Path, packed: bool) -> Site:
    """target/docs: a folder, or with `packed` one file."""
    folder = target_path / "docs"
    data = data_of(target_path, False)
    title = str(data["index"]["project"])
    files = {"index.html": single_file(data, title)} if packed else site_files(data, title)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    _sweep(folder, files)
    return Site(folder / "index.html", len(files), sum(map(len, files.values())))


def _plan(compiler: Compiler, view: FeatureViewNode) -> dict[str, Any]:
    """How a view's history is computed, as far as pages tell it."""
    part: ExplainedPart
    (part,) = explained_parts(compiler.plans(view)[0], (Use(view),), NOBODY_COUNTED, compiler.inputs.dialect)
    lookups = [
        {
            "finds": lookup.finds,
            "windows": list(lookup.windows),
            "strategy": lookup.strategy,
            "why": "; ".join(dict.fromkeys(choice.why for choice in lookup.choices)),
        }
        for lookup in part.lookups
    ]
    return {"windows": [{"name": w.name, "bounds": w.bounds} for w in part.windows], "lookups": lookups}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _sweep(folder: Path, kept: Mapping[str, object]) -> None:
    """Data of nodes that are gone."""
    for name in _OURS:
        for path in (folder / name).glob("*"):
            if path.relative_to(folder).as_posix() not in kept:
                path.unlink()
