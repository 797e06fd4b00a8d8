"""A new project, copied from the template that comes with featsql."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from featsql.base.diagnostics import Diagnostic, FeatsqlError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LEFT_OUT = ("target", "__pycache__", ".git")


def new_project(folder: Path, name: str) -> tuple[Path, ...]:
    """Copy the template into `folder` and call the project `name`; the files made. FS008 when that is not possible."""
    if not _NAME.fullmatch(name):
        raise FeatsqlError(Diagnostic("FS008", f"`{name}` is not a project's name", hints=("use letters, digits and `_`",)))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "name a folder that is not there yet, or an empty one"
        raise FeatsqlError(Diagnostic("FS008", f"`{folder}` is not empty", hints=(hint,)))
    template = _template()
    shutil.copytree(template, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    for file in ("featsql.yml", "profiles.yml"):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^(name|profile): flights$", rf"\1: {name}", text, flags=re.MULTILINE)
        text = re.sub(r"^flights:$", f"{name}:", text, flags=re.MULTILINE)
        path.write_text(text.replace("target/flights.duckdb", f"target/{name}.duckdb"), encoding="utf-8")
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _template() -> Path:
    """Beside the package in an installed wheel, beside its parent in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "project_template", package.parent / "project_template"):
        if (folder / "featsql.yml").is_file():
            return folder
    raise FeatsqlError(
        Diagnostic("FS900", "the project template is not where it was installed", hints=("install featsql again",))
    )
