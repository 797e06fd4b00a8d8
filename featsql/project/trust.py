"""What a project of strangers may make featsql read and write: nothing outside its own folder."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from featsql.base.diagnostics import Diagnostic, FeatsqlError, raise_errors
from featsql.ir.project import Settings
from featsql.project.files import PROFILES_FILE, SETTINGS_FILE, find_root, load_settings

Trust = Literal["full", "none"]
"""`none`: a pull request of somebody. It sees no environment variables, is not run, and stays in its folder."""


def settings_of(start: Path, trust: Trust) -> tuple[Path, Settings]:
    """The folder of the project at or above `start`, and its settings. Without trust, FS002 for what leads out of the folder."""
    root = find_root(start)
    if trust == "full":
        return root, load_settings(root)
    _refuse(root, (root / name for name in (SETTINGS_FILE, PROFILES_FILE)))
    settings = load_settings(root)
    named = (*settings.model_paths, *settings.macro_paths, *settings.seed_paths, *settings.test_paths, settings.target_path)
    _refuse(root, (root / name for name in named))
    _refuse(root, (path for name in named[:-1] for path in _files(root / name)))
    return root, settings


def only_trusted(trust: Trust) -> None:
    """FS008 where a project that is not trusted would be connected to anything."""
    if trust == "none":
        raise FeatsqlError(Diagnostic("FS008", "a project that is not trusted is compiled and nothing else"))


def is_inside(path: str | Path, root: Path) -> bool:
    """Does a path, or everything that a glob matches, lie in the folder, links followed?"""
    text = os.fspath(path)
    matches = glob.glob(text, recursive=True) if "*" in text else [text]  # noqa: PTH207
    return all(Path(match).resolve().is_relative_to(root.resolve()) for match in matches)


def _files(folder: Path) -> Iterator[Path]:
    for at, _, names in os.walk(folder):
        yield from (Path(at) / name for name in names)


def _refuse(root: Path, paths: Iterable[Path]) -> None:
    """FS002 for each that is there and leads out: what it is linked to is not read, and not shown in an error."""
    hints = ("compile the project without `--untrusted`, if it is trusted",)
    away = [path.relative_to(root).as_posix() for path in paths if path.exists() and not is_inside(path, root)]
    raise_errors(Diagnostic("FS002", f"`{name}` leads out of the project", hints=hints) for name in away)
