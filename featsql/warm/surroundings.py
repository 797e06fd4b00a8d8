"""What decides a compile beside the models' own files, as one hash. No value of it can be read back from there."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from featsql.base.fingerprint import fingerprint
from featsql.base.release import release
from featsql.base.spans import SourceFile
from featsql.ir.project import ProjectFiles
from featsql.workspace import Workspace

FORMAT: Final = 1
"""Of the records: another number, and none that is there is read."""
_ENV: Final = re.compile(r"\benv_var\b(?:\s*\(\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*[,)])?")
_DECIDING: Final = ("duckdb", "jinja2", "sqlglot", "tzdata")
"""Packages that have a say in what is written."""


def key_of(workspace: Workspace) -> str:
    """The name under which a compile's record is kept: one for each state of everything but the models' files."""
    files = workspace.files
    target = workspace.target
    content: list[Any] = [
        [FORMAT, release(), _code(), sys.version, [_version(package) for package in _DECIDING]],
        [workspace.root.as_posix(), files.settings.file.text, _hash_of(workspace.amounts_path)],
        [target.name, target.profile, target.type, target.schema, target.database, target.threads],
        repr(sorted((name, repr(value)) for name, value in workspace.variables.items())),
        _environment(files, workspace.environment),
        {file.path: text_hash(file.text) for file in _beside_models(files)},
    ]
    return fingerprint(content)


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def outside(paths: Iterable[str]) -> dict[str, list[list[Any]]]:
    """The state of data files that sources name: which there are, how long, and when they were written. By path or glob."""
    return {path: [_state(match) for match in sorted(_matches(path))] for path in sorted(set(paths))}


def _beside_models(files: ProjectFiles) -> Iterator[SourceFile]:
    yield from (*files.declarations, *files.macros, *files.seeds, *files.tests)


def _environment(files: ProjectFiles, environment: Mapping[str, str]) -> Any:
    """The variables that templates name; all, where one names them by other means than a literal."""
    named: set[str] = set()
    for file in (*files.models, *files.macros, *files.tests):
        if "env_var" in file.text:
            for call in _ENV.finditer(file.text):
                found = call[1] if call[1] is not None else call[2]
                if found is None:
                    return sorted(environment.items())
                named.add(found)
    return [[name, environment.get(name)] for name in sorted(named)]


def _code() -> list[list[Any]]:
    """featsql's own files: who changes them need not change the version."""
    package = Path(__file__).parents[1]
    return sorted([entry.name, *_state(entry.path)[1:]] for entry in _python(os.fspath(package)))


def _python(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry
            elif entry.is_dir() and entry.name not in ("__pycache__", "web", "static", "project_template"):
                yield from _python(entry.path)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _hash_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _matches(path: str) -> list[str]:
    return glob.glob(path, recursive=True) if "*" in path else [path]  # noqa: PTH207


def _state(path: str) -> list[Any]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return [path]
    return [path, found.st_size, found.st_mtime_ns, found.st_ino]
