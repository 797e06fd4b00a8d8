"""Connections to warehouses, one file each; a driver is imported when its engine connects.

To add one: a module with `connect(target, root, *, mode) -> Engine`, listed in `ENGINES`; `tests/contract` runs over every entry.
"""

from __future__ import annotations

from importlib import import_module
from typing import Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.engines.base import Engine, Mode
from featsql.ir.project import Target

ENGINES: Final[dict[str, str]] = {"duckdb": "featsql.engines.duckdb"}


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


__all__ = ["ENGINES", "connect"]
