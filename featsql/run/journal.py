"""Artifacts on disk: each whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featsql.artifacts import run_results
from featsql.base.release import release
from featsql.ir.project import Target
from featsql.ir.query import NodeResult
from featsql.ir.testing import TestResult

if TYPE_CHECKING:
    from featsql.run.runner import Journal  # with it comes everything that a run needs


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write it whole or not at all."""
    write_text(path, json.dumps(content, ensure_ascii=False, default=str))


def write_text(path: Path, text: str) -> None:
    """Write beside the file, then rename: who reads it sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def last_results(path: Path) -> dict[str, str]:
    """How each node and test of the last command ended, by id; nothing where there was none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {r["unique_id"]: r["status"] for r in found["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def correct_results(path: Path, run_id: str, statuses: Mapping[str, str]) -> bool:
    """Let the results of that run say what became of its nodes; whether they said something else. Other files stay."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["metadata"]["invocation_id"] != run_id:
            return False
        told = [(r, statuses.get(r["unique_id"], r["status"])) for r in found["results"]]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wrong = [(result, status) for result, status in told if result["status"] != status]
    for result, status in wrong:
        result |= {"status": status, "message": "as the state of the target says"}
    if wrong:
        write_json(path, found)
    return bool(wrong)


def metadata_of(target: Target) -> dict[str, object]:
    """What every artifact says of its making."""
    return {
        "featsql_version": release(),
        "generated_at": datetime.now(UTC).isoformat(),
        "adapter_type": target.type,
        "target": target.name,
    }


def results_journal(path: Path, target: Target, run_id: str, arguments: dict[str, object]) -> Journal:
    """Writes what came of a run so far, as often as it is called."""
    metadata = {**metadata_of(target), "invocation_id": run_id}

    def write(results: tuple[NodeResult, ...], elapsed: float, tests: tuple[TestResult, ...] = ()) -> None:
        write_json(path, run_results(results, metadata, elapsed, arguments, tests))

    return write
