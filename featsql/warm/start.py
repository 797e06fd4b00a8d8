"""A compile that begins where an earlier one ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from featsql.base.diagnostics import Diagnostic
from featsql.warm import store
from featsql.warm.record import Record, read, warning_of
from featsql.warm.surroundings import key_of, outside, text_hash
from featsql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Memory:
    """The records of a project, of which `key` is that of its state but for the models' files."""

    workspace: Workspace
    folder: Path
    key: str

    def recall(self, as_of_us: int) -> Record | None:
        """What would be written now, if an earlier compile tells; models that changed since are compiled again."""
        lines = store.load(self.folder, self.key)
        record = read(lines) if lines else None
        if record is None or record.as_of_us not in (None, as_of_us) or outside(record.outside) != record.outside:
            return None
        now = {file.path: file for file in self.workspace.files.models}
        if now.keys() != record.files.keys():
            return None
        changed = {path: file for path, file in now.items() if text_hash(file.text) != record.files[path]}
        if not changed:
            return record
        from featsql.warm.recompile import recompiled  # not at the top: it loads the parser

        renewed = recompiled(self.workspace, record, changed, as_of_us)
        if renewed:
            self.keep(renewed)
        return renewed

    def keep(self, record: Record) -> None:
        store.save(self.folder, self.key, record.lines())


def memory_of(workspace: Workspace) -> Memory | None:
    """None for a project that is not trusted: it could have brought records of its own."""
    if not workspace.is_trusted:
        return None
    return Memory(workspace, workspace.target_path / "cache", key_of(workspace))


def warnings_of(workspace: Workspace, record: Record) -> tuple[Diagnostic, ...]:
    """What the graph warns of, in the files of today."""
    files = workspace.files
    everything = (*files.models, *files.declarations, *files.macros, *files.seeds, *files.tests, files.settings.file)
    by_path = {file.path: file for file in everything}
    return tuple(warning_of(data, by_path) for data in record.warnings)
