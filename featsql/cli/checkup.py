"""Is all well? Versions, project, target and connection, one a line."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Final

from featsql.base.diagnostics import FeatsqlError
from featsql.base.release import release
from featsql.cli import exits
from featsql.cli.amounts import counted
from featsql.cli.console import Console
from featsql.cli.opening import open_project
from featsql.cli.options import ProjectOptions

if TYPE_CHECKING:
    from featsql.api import Project
    from featsql.ir.project import Target

_PACKAGES: Final = ("duckdb", "sqlglot", "jinja2", "pyarrow", "snowflake-connector-python")
_TOLD_OF_TARGET: Final = ("path", "account", "user", "role", "warehouse", "authenticator")
"""What may be shown of a connection; everything else could be a secret."""
_ROOM: Final = 12


def check(given: ProjectOptions, console: Console) -> int:
    """Print every check and what it found; 0 if all of them are well, 2 if not."""
    _line(console, "python", platform.python_version())
    _line(console, "featsql", release())
    for package in _PACKAGES:
        _line(console, package.removesuffix("-connector-python"), _version(package))
    try:
        project = open_project(given)
    except FeatsqlError as error:
        return _failed(console, "project", error)
    _line(console, "project", f"{project.settings.name}, {project.root}")
    _line(console, "target", _shown(project.target))
    codes = [
        _checked(console, "models", lambda: _models(project, console)),
        _checked(console, "connection", project.check_connection),
    ]
    return max(codes)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _models(project: Project, console: Console) -> str:
    nodes = counted(len(project.graph.nodes), "node")
    warnings = project.warnings
    console.findings(warnings)
    return nodes + (f", {counted(len(warnings), 'warning')}" if warnings else "")


def _checked(console: Console, name: str, find: Callable[[], str]) -> int:
    try:
        _line(console, name, f"ok, {find()}")
    except FeatsqlError as error:
        return _failed(console, name, error)
    return exits.DONE


def _failed(console: Console, name: str, error: FeatsqlError) -> int:
    _line(console, name, "FAIL")
    console.findings(error.diagnostics)
    return exits.HELD if any(d.code == "FS703" for d in error.diagnostics) else exits.WRONG


def _shown(target: Target) -> str:
    parts = [f"{target.name} ({target.type})", f"schema {target.schema}"]
    if target.database:
        parts.append(f"database {target.database}")
    # What follows `?` in a path are options, and may be a token.
    parts += [f"{key} {str(target.config[key]).split('?')[0]}" for key in _TOLD_OF_TARGET if target.config.get(key)]
    return ", ".join(parts)


def _line(console: Console, name: str, text: str) -> None:
    console.data(f"{name:<{_ROOM}}{text}")
