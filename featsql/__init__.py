"""featsql compiles machine-learning features written in SQL: point-in-time correct training sets and online tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featsql.api import Project
    from featsql.base.diagnostics import Diagnostic, FeatsqlError

    __version__: str

__all__ = ["Diagnostic", "FeatsqlError", "Project", "__version__"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first used: `import featsql` alone loads no parser and no driver."""
    if name == "Project":
        from featsql.api import Project

        return Project
    if name in ("Diagnostic", "FeatsqlError"):
        from featsql.base import diagnostics

        return getattr(diagnostics, name)
    if name == "__version__":
        from featsql.base.release import release

        return release()
    raise AttributeError(f"module `featsql` has no attribute `{name}`")
