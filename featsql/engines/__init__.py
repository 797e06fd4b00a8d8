"""Connections to warehouses, one file each; a driver is imported when its engine connects.

To add one: a module with `connect(target, root, *, mode) -> Engine`, listed in `ENGINES`; `tests/contract` runs over every entry.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.engines.base import Engine, Mode
from featsql.engines.describing import Describer
from featsql.ir.project import Describe, Target

ENGINES: Final[dict[str, str]] = {"duckdb": "featsql.engines.duckdb", "snowflake": "featsql.engines.snowflake"}
DESCRIBERS: Final[dict[str, tuple[str, ...]]] = {"duckdb": ("featsql.engines.duckdb_describe", "duckdb")}
"""By dialect: the module that tells types without a target (see `describing`), and what it imports."""


def connect(target: Target, root: str, mode: Mode = "write") -> Engine:
    """Open the target's warehouse. FS701 when that is not possible, FS703 when someone else holds it.

    `root` is the project's folder: relative paths in a profile start there.
    """
    if target.problems:
        raise FeatsqlError(*target.problems)
    if target.type not in ENGINES:
        message = f"no engine connects to targets of type `{target.type}`"
        hints = nearest(target.type, ENGINES) or (f"types that can be run: {', '.join(ENGINES)}",)
        raise FeatsqlError(Diagnostic("FS701", message, hints=hints))
    engine: Engine = import_module(ENGINES[target.type]).connect(target, root, mode)
    return engine


def describer(dialect: str) -> Describe | None:
    """What tells the types of SELECTs in `dialect` without a target; None when nothing can."""
    return Describer(DESCRIBERS[dialect]) if dialect in DESCRIBERS else None


__all__ = ["DESCRIBERS", "ENGINES", "connect", "describer"]
