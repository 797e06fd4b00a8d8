"""featsql compiles machine-learning features written in SQL: point-in-time correct training sets and online tables."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featsql.api import Project
    from featsql.base.diagnostics import Diagnostic, FeatsqlError

try:
    __version__ = version("featsql")
except PackageNotFoundError:  # run from a folder that was never installed
    __version__ = "0"

__all__ = ["Diagnostic", "FeatsqlError", "Project", "__version__"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: `import featsql` alone loads no parser and no driver."""
    if name == "Project":
        from featsql.api import Project

        return Project
    if name in ("Diagnostic", "FeatsqlError"):
        from featsql.base import diagnostics

        return getattr(diagnostics, name)
    raise AttributeError(f"module `featsql` has no attribute `{name}`")
