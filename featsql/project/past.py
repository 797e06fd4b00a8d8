"""A project as it was at a commit: its files as they were, its data as it is."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError

_NAME_ONE: Final = "name a branch, a tag, a commit, another target of the profile, or a folder with a manifest.json"


@contextmanager
def checkout(root: Path, ref: str, own: Collection[Path]) -> Iterator[Path]:
    """A folder with the project's files of that commit; what git does not keep (data, say) is linked to. FS008 without git.

    `own` is not linked: where models and the like stand, which are those of the commit alone, and what featsql writes.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
    archive = _git(root, "archive", "--format=tar", commit)
    with tempfile.TemporaryDirectory(prefix="featsql-") as scratch:
        folder = Path(scratch)
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        ours = set(_git(root, "ls-files", "-z").decode().split("\0"))
        _link(root, folder, root, {path for path in ours if path}, own)
        yield folder


def _link(root: Path, folder: Path, at: Path, ours: set[str], own: Collection[Path]) -> None:
    """Whatever lies in the project and in no commit of it."""
    for entry in at.iterdir():
        inside = entry.relative_to(root)
        there = folder / inside
        if entry.name == ".git" or entry in own or inside.as_posix() in ours:
            continue
        if entry.is_dir() and any(path.startswith(f"{inside.as_posix()}/") for path in ours):
            there.mkdir(exist_ok=True)
            _link(root, folder, entry, ours, own)
        elif not there.exists():
            there.symlink_to(entry)


def _git(root: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise FeatsqlError(Diagnostic("FS008", "git is not installed here")) from None
    if done.returncode:
        what = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ") or f"git knows no commit `{words[-1][:-9]}`"
        raise FeatsqlError(
            Diagnostic(
                "FS008",
                what,
                hints=(_NAME_ONE,),
            )
        )
    return done.stdout
