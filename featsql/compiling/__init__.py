"""What `compile` does: SQL and manifest as files, from the project's files or from what an earlier compile left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from featsql.base.diagnostics import Diagnostic
from featsql.compiling.files import Compiled, Queries, folder_of, has, write_changed
from featsql.project.cleaning import sweep
from featsql.warm.record import Record
from featsql.warm.start import memory_of, warnings_of
from featsql.workspace import Workspace

Tell = Callable[[tuple[Diagnostic, ...]], None]

__all__ = ["Compiled", "compile_all", "compile_some"]


def compile_all(workspace: Workspace, as_of_us: int, tell: Tell) -> Compiled:
    """Write the SQL of every node, and the manifest. What the graph warns of is told before."""
    memory = memory_of(workspace)
    record = memory.recall(as_of_us) if memory and not workspace.is_loaded else None
    if record:
        tell(warnings_of(workspace, record))
        return _revived(workspace, record, as_of_us)
    from featsql.compiling.whole import compile_whole  # not at the top: it loads the parser

    return compile_whole(workspace, as_of_us, tell, memory)


def compile_some(workspace: Workspace, nodes: Sequence[str], as_of_us: int) -> Compiled:
    """Write the SQL of some nodes, by id; what else is there stays."""
    from featsql.compiling.whole import compile_these

    return compile_these(workspace, nodes, as_of_us)


def _revived(workspace: Workspace, record: Record, as_of_us: int) -> Compiled:
    """Write what the record tells; what stands there already is let be."""
    folder = folder_of(workspace)
    files = {name: folder / f"{name}.sql" for noted in record.nodes.values() for _, name, _ in noted.written}
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder, files)
    for node_id, noted in record.nodes.items():
        if not all(mark and has(files[name], mark) for _, name, mark in noted.written):
            for name, text in record.sql(node_id).items():
                write_changed(files[name], record.at(text, as_of_us))
    workspace.write_manifest([record.at(text, as_of_us) for text in record.texts])
    return Compiled(files, Queries(tuple(files), lambda: workspace.compiler(None).at(as_of_us)))
