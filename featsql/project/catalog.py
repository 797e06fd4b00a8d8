"""The columns of a project's sources and seeds, as files and the warehouse tell them."""

from __future__ import annotations

import csv
import glob
import io
from collections.abc import Mapping
from pathlib import Path

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import SourceFile
from featsql.compile import absolute
from featsql.dialects import DIALECTS
from featsql.engines.base import Engine, EngineError
from featsql.front.sql import canonical_type
from featsql.ir.graph import TableName
from featsql.ir.header import Declarations, SourceTable
from featsql.ir.model import Column
from featsql.ir.project import ProjectFiles
from featsql.project.trust import Trust, is_inside
from featsql.resolve.names import seed_name

Catalog = dict[str, tuple[Column, ...]]


def columns_of_files(files: ProjectFiles, declarations: tuple[Declarations, ...], trust: Trust = "full") -> Catalog:
    """Columns by node id; a file that is not there, or cannot be read, is left out: a run says so at its place.

    Without trust, files outside of the project are left out too.
    """
    project, root = files.settings.name, files.root
    paths = {f"source.{project}.{s.id}": absolute(s.path, root) for s in _sources(declarations) if s.path}
    seeds = {f"seed.{project}.{seed_name(seed)}": seed for seed in files.seeds}
    paths |= {node_id: f"{root}/{seed.path}" for node_id, seed in seeds.items()}
    there = {
        node_id: path for node_id, path in paths.items() if _exists(path) and (trust == "full" or is_inside(path, Path(root)))
    }
    if not there:
        return {}
    from featsql.engines.duckdb_files import files_columns

    found = files_columns(sorted(set(there.values())))
    read = {node_id: columns for node_id, path in there.items() if not isinstance(columns := found[path], EngineError)}
    told = {node_id: _spelled(columns, "duckdb") for node_id, columns in read.items()}
    return told | {node_id: _seed_columns(seed, told.get(node_id, ())) for node_id, seed in seeds.items()}


def _seed_columns(file: SourceFile, guessed: tuple[Column, ...]) -> tuple[Column, ...]:
    """A seed's first line names its columns. A guess over the whole file may take another line for it, and knows the types."""
    names = next(csv.reader(io.StringIO(file.text)), [])
    types = {column.name: column.type for column in guessed} if [column.name for column in guessed] == names else {}
    return tuple(Column(name, types.get(name)) for name in names)


def columns_of_tables(engine: Engine, files: ProjectFiles, declarations: tuple[Declarations, ...], dialect: str) -> Catalog:
    """Columns of the sources that are tables of the warehouse, as far as they are there."""
    reads_files = DIALECTS[dialect].file_scan is not None
    found: Catalog = {}
    for source in _sources(declarations):
        if source.path is None or not reads_files:
            try:
                columns = engine.columns(TableName(source.schema, source.identifier, source.database))
            except EngineError as error:
                message = f"the columns of source `{source.id}` cannot be read: {error.message}"
                raise FeatsqlError(Diagnostic("FS702", message)) from error
            if columns is not None:
                found[f"source.{files.settings.name}.{source.id}"] = _spelled(columns, "duckdb")
    return found


def columns_of_table(engine: Engine, table: TableName) -> tuple[Column, ...]:
    """The columns of a table that is there, in the compiler's spelling. EngineError."""
    return _spelled(engine.columns(table) or (), "duckdb")


def _spelled(columns: tuple[Column, ...], dialect: str) -> tuple[Column, ...]:
    """With types in the compiler's spelling, as those that are declared."""
    return tuple(Column(c.name, canonical_type(c.type, dialect) or c.type if c.type else None) for c in columns)


def changes(catalog: Catalog, before: Mapping[str, tuple[Column, ...]]) -> bool:
    """Does `catalog` tell more than was known before?"""
    return any(before.get(node_id) != columns for node_id, columns in catalog.items())


def _sources(declarations: tuple[Declarations, ...]) -> list[SourceTable]:
    return [source for declared in declarations for source in declared.sources]


def _exists(path: str) -> bool:
    return Path(path).exists() or ("*" in path and bool(glob.glob(path, recursive=True)))  # noqa: PTH207
