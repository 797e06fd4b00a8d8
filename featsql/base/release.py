"""Which featsql this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """The version that is installed; `0` when it runs from a folder that was never installed."""
    try:
        return version("featsql")
    except PackageNotFoundError:
        return "0"
