"""Versions of installed packages, read from their metadata: nothing is imported."""

from __future__ import annotations


def own_version() -> str:
    return version_of("featsql") or "(from source)"


def version_of(package: str) -> str | None:
    """The installed version, None when the package is not installed."""
    from importlib import metadata  # slow to import, and help does without

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
