"""An earlier state of a project: the manifest that it left in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from featsql.base.diagnostics import Diagnostic, FeatsqlError


def rows_by_node(folder: Path) -> Mapping[str, str]:
    """The fingerprint of what decides each node's rows. FS008 where there is no manifest, or one without fingerprints."""
    manifest = read_manifest(folder)
    entries = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    found = {node_id: str(entry["fingerprints"]["rows"]) for node_id, entry in entries.items() if "fingerprints" in entry}
    if entries and not found:
        hint = "write it anew with `featsql compile`"
        raise FeatsqlError(
            Diagnostic("FS008", f"`{folder / 'manifest.json'}` is of a version without fingerprints", hints=(hint,))
        )
    return found


def read_manifest(folder: Path) -> dict[str, Any]:
    """FS008 where it is not there or cannot be read."""
    path = folder / "manifest.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        hint = "`featsql compile` writes a manifest into its target path: keep that folder"
        raise FeatsqlError(Diagnostic("FS008", f"`{path}` cannot be read: {error.strerror}", hints=(hint,))) from None
    except (ValueError, TypeError):
        raise FeatsqlError(Diagnostic("FS008", f"`{path}` is no manifest")) from None
