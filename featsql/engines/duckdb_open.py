"""Opening a DuckDB file as a profile says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final, NoReturn

import duckdb

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.dialects.base import literal
from featsql.dialects.duckdb import DUCKDB
from featsql.engines.base import Mode
from featsql.engines.duckdb_errors import message_of
from featsql.ir.project import Target

KEYS: Final = ("path", "schema", "database", "threads", "memory_limit", "temp_directory", "settings", "read_only")
MEMORY: Final = ":memory:"

# what keeps results, errors and safety the same everywhere; `session` for what others in this process must not notice
_OWN: Final = {
    "TimeZone": "set session TimeZone = 'UTC'",
    "preserve_insertion_order": "set preserve_insertion_order = true",
    "autoinstall_known_extensions": "set autoinstall_known_extensions = false",
    "autoload_known_extensions": "set autoload_known_extensions = false",
    "python_enable_replacements": "set session python_enable_replacements = false",
    "errors_as_json": "set session errors_as_json = true",
    "enable_progress_bar": "set session enable_progress_bar = true",
    "enable_progress_bar_print": "set session enable_progress_bar_print = false",
}
_MAGIC: Final = b"DUCK"
"""https://duckdb.org/docs/stable/internals/storage: at byte 8."""
_HOLDER: Final = re.compile(r"Conflicting lock is held in (.*) \(PID (\d+)\)")
_SHOWN_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Options:
    """A target's keys, read: `path` is absolute or `:memory:`, `shown` is the path as the profile has it."""

    path: str
    shown: str
    read_only: bool
    settings: Mapping[str, str]
    """DuckDB's settings, in the order in which they are set."""


def options(target: Target, root: str) -> Options:
    """Read a target's keys. FS701 for one that is unknown or missing, or a setting that is not the user's to make."""
    config = target.config
    for key in config:
        if key not in (*KEYS, "type"):
            _refuse(f"unknown key `{key}` of target `{target.name}`", *(nearest(key, KEYS) or (f"keys: {', '.join(KEYS)}",)))
    shown = str(config.get("path") or "")
    if not shown:
        _refuse(f"target `{target.name}` has no `path`", "give it the path of a DuckDB file, such as `target/features.duckdb`")
    settings = {"threads": str(target.threads)}
    if config.get("memory_limit"):
        settings["memory_limit"] = str(config["memory_limit"])
    if config.get("temp_directory"):
        settings["temp_directory"] = _below(root, str(config["temp_directory"]))
    settings |= _own_settings(config.get("settings") or {}, taken=(*settings, *_OWN))
    read_only = str(config.get("read_only", "false")).lower() == "true"
    return Options(shown if shown == MEMORY else _below(root, shown), shown, read_only, settings)


def session(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Set what every session of featsql has: UTC, no extensions from the network, no Python variables as tables."""
    for statement in _OWN.values():
        connection.execute(statement)
    return connection


def open_file(opts: Options, mode: Mode) -> duckdb.DuckDBPyConnection:
    """A connection with all settings made. FS701, FS703.

    In read mode a file that does not exist is an empty database in memory of the same name: models that read files
    alone can still be shown.
    """
    if mode == "write" and opts.read_only:
        _refuse(f"`{opts.shown}` is opened with `read_only: true`: nothing can be built there", "remove `read_only` to build")
    try:
        connection = _connect(opts, mode)
    except (duckdb.Error, OSError) as error:
        _refuse_to_open(opts, error)
    session(connection)
    for name, value in opts.settings.items():
        _set(connection, name, value)
    return connection


def _connect(opts: Options, mode: Mode) -> duckdb.DuckDBPyConnection:
    if opts.path == MEMORY:
        return duckdb.connect(MEMORY)
    path = Path(opts.path)
    if path.is_file():
        _check_kind(path, opts)
    if mode == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(opts.path)
    if path.exists():
        return _connect_to_read(opts.path)
    connection = duckdb.connect(MEMORY)
    name = DUCKDB.quote(path.stem)
    connection.execute(f"attach if not exists '{MEMORY}' as {name}; use {name}")
    return connection


def _check_kind(path: Path, opts: Options) -> None:
    # of a csv, json or parquet file DuckDB would make an empty database in memory, and the run would be lost
    with path.open("rb") as file:
        if file.read(12)[8:] != _MAGIC:
            _refuse(f"`{opts.shown}` is not a DuckDB file", "give `path` the name of one, or of a file that does not exist yet")


def _connect_to_read(path: str) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(path, read_only=True)
    except duckdb.ConnectionException:
        # this process writes to it (a notebook, say): DuckDB lets it have one more connection of the same kind only
        return duckdb.connect(path)


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    try:
        connection.execute(f"set {DUCKDB.quote(name)} = {literal(value)}")
    except duckdb.Error as error:
        connection.close()
        said = message_of(error)
        # a value may be a secret
        _refuse(f"setting `{name}` is refused by DuckDB" + ("" if value in said else f": {said}"))


def _own_settings(given: object, taken: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        _refuse("`settings` is not a mapping of DuckDB's settings to values")
    for name in given:
        if str(name).lower() in {each.lower() for each in taken}:
            _refuse(f"setting `{name}` is featsql's own", "remove it from `settings`")
    return {str(name): str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def _below(root: str, path: str) -> str:
    return str((Path(root) / Path(path).expanduser()).resolve())


def _refuse_to_open(opts: Options, error: duckdb.Error | OSError) -> NoReturn:
    said = message_of(error) if isinstance(error, duckdb.Error) else (error.strerror or str(error)).lower()
    holder = _HOLDER.search(str(error))
    if holder or isinstance(error, duckdb.ConnectionException):
        raise FeatsqlError(in_use(opts.shown, _who(*holder.groups()) if holder else "this process itself")) from error
    if Path(opts.path).is_dir():
        _refuse(f"`{opts.shown}` is a folder, not a DuckDB file", "give `path` the name of a file in it")
    _refuse(f"`{opts.shown}` cannot be opened: {said}")


def in_use(shown: str, holder: str) -> Diagnostic:
    """FS703 for a file that `holder` has open."""
    return Diagnostic(
        "FS703",
        f"`{shown}` is in use by {holder}",
        notes=("a DuckDB file can be open in one process at a time, unless all of them only read",),
        hints=("wait until it ends or close its connection, then try again",),
    )


def _who(program: str, pid: str) -> str:
    words = [program]
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    # what stands behind options may be a secret, or a whole program
    command = takewhile(lambda word: not word.startswith("-"), words[:_SHOWN_WORDS])
    return f"process {pid} ({' '.join(command)})"


def _refuse(message: str, *hints: str) -> NoReturn:
    raise FeatsqlError(Diagnostic("FS701", message, hints=hints))
