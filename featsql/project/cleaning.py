"""What featsql generated, taken away again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_GENERATED: Final = (
    "cache",
    "compiled",
    "docs",
    "lineage.json",
    "plans.json",
    "catalog.json",
    "openlineage.jsonl",
    "manifest.json",
    "run_results.json",
    "sources.json",
    "statistics.json",
    "test_memory.json",
)


def remove_generated(target_path: Path) -> tuple[Path, ...]:
    """Delete what featsql wrote into the folder, and nothing else that stands there; what was deleted."""
    gone: list[Path] = []
    for name in _GENERATED:
        path = target_path / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
            gone.append(path)
        elif path.exists():
            path.unlink()
            gone.append(path)
    return tuple(gone)


def sweep(folder: Path, kept: Mapping[str, object]) -> None:
    """Delete the SQL of nodes that are gone: it would be taken for SQL of today."""
    for path in folder.glob("*.sql"):
        if path.stem not in kept:
            path.unlink()
