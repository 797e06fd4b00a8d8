"""From a folder to a project's files and its target."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from featsql.base.diagnostics import Diagnostic, FeatsqlError, raise_errors
from featsql.base.spans import SourceFile, Span
from featsql.front.profiles import read_outputs, read_target
from featsql.front.settings import read_settings, read_vars
from featsql.ir.model import TemplateContext
from featsql.ir.project import ProjectFiles, Settings, Target

SETTINGS_FILE = "featsql.yml"
PROFILES_FILE = "profiles.yml"
PROFILES_VARIABLE = "FEATSQL_PROFILES_DIR"


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds featsql.yml. FS001 when there is none."""
    if not start.is_dir():
        raise FeatsqlError(Diagnostic("FS001", f"there is no folder `{start}`"))
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    hint = "`featsql init NAME` makes a new project; `--project-dir` names another folder"
    raise FeatsqlError(Diagnostic("FS001", f"no `{SETTINGS_FILE}` in `{start}` or above it", hints=(hint,)))


def load_settings(root: Path) -> Settings:
    findings: list[Diagnostic] = []
    file = _read(root / SETTINGS_FILE, SETTINGS_FILE, findings)
    settings = read_settings(file, findings) if file else None
    raise_errors(findings)
    assert settings, "settings that cannot be read have an error"
    return settings


def load_files(root: Path, settings: Settings) -> ProjectFiles:
    """Every file of the project, sorted by path. FS002 for each that cannot be read, FS003 for folders that are not there."""
    findings: list[Diagnostic] = []

    def read(folders: tuple[str, ...], *endings: str) -> tuple[SourceFile, ...]:
        paths = {path for folder in folders for path in _below(root, folder, endings)}
        found = (_read(root / path, path, findings) for path in sorted(paths))
        return tuple(file for file in found if file)

    files = ProjectFiles(
        root=root.as_posix(),
        settings=settings,
        models=read(settings.model_paths, ".sql"),
        declarations=read(settings.model_paths, ".yml", ".yaml"),
        macros=read(settings.macro_paths, ".sql"),
        seeds=read(settings.seed_paths, ".csv"),
        tests=read(settings.test_paths, ".sql"),
    )
    if not any((root / folder).is_dir() for folder in settings.model_paths):
        folders = ", ".join(f"`{folder}`" for folder in settings.model_paths)
        hints = ("make it, or set `model_paths`",)
        findings.append(
            Diagnostic("FS003", f"there is no folder {folders} for models", _key(settings.file, "model_paths"), hints=hints)
        )
    raise_errors(findings)
    return files


def _key(file: SourceFile, key: str) -> Span | None:
    """Where a key of the outermost mapping is written, if it is."""
    found = re.search(rf"^{key}\b", file.text, re.MULTILINE)
    return Span(file, *found.span()) if found else None


def _below(root: Path, folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Paths relative to the project; hidden files and folders are nobody's models."""
    for at, folders, names in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.lower().endswith(endings) and not name.startswith("."):
                yield (Path(at) / name).relative_to(root).as_posix()


def _read(path: Path, shown: str, findings: list[Diagnostic]) -> SourceFile | None:
    try:
        content = path.read_bytes()
        return SourceFile(shown, content.decode().replace("\r\n", "\n").replace("\r", "\n"))
    except UnicodeDecodeError as error:
        readable = SourceFile(shown, content.decode(errors="replace"))
        at = len(content[: error.start].decode())
        message = f"this byte, 0x{content[error.start]:02X}, is not UTF-8"
        findings.append(Diagnostic("FS002", message, Span(readable, at, at + 1), hints=("save the file as UTF-8",)))
    except OSError as error:
        findings.append(Diagnostic("FS002", f"`{shown}` cannot be read: {error.strerror or error}"))
    return None


def load_target(
    root: Path, settings: Settings, profile: str | None, target: str | None, profiles_dir: str | None, env: Mapping[str, str]
) -> Target:
    """The target that the profile names."""
    file = _profiles(root, settings, profiles_dir, env)
    return read_target(file, profile or settings.profile, target, env)


def load_outputs(
    root: Path, settings: Settings, profile: str | None, profiles_dir: str | None, env: Mapping[str, str]
) -> dict[str, str]:
    """The types of the profile's targets, by name."""
    file = _profiles(root, settings, profiles_dir, env)
    return read_outputs(file, profile or settings.profile, env)


def _profiles(root: Path, settings: Settings, profiles_dir: str | None, env: Mapping[str, str]) -> SourceFile:
    """Looked for as dbt does: --profiles-dir, environment, project, home folder."""
    folders = [Path(profiles_dir)] if profiles_dir else []
    if not folders and env.get(PROFILES_VARIABLE):
        folders = [Path(env[PROFILES_VARIABLE])]
    if not folders:
        folders = [root, Path.home() / ".featsql"]
    for folder in folders:
        path = folder / PROFILES_FILE
        if path.is_file():
            findings: list[Diagnostic] = []
            shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
            file = _read(path, shown, findings)
            raise_errors(findings)
            assert file
            return file
    looked = ", ".join(f"`{folder}`" for folder in folders)
    example = f"{settings.profile}: {{target: dev, outputs: {{dev: {{type: duckdb, path: dev.duckdb}}}}}}"
    hint = f"write a `{PROFILES_FILE}` beside `{SETTINGS_FILE}`: `{example}`"
    raise FeatsqlError(Diagnostic("FS004", f"there is no `{PROFILES_FILE}` in {looked}", hints=(hint,)))


def variables_of(given: Mapping[str, object] | str | None) -> Mapping[str, object]:
    """`--vars`, as text or as data."""
    if not isinstance(given, str):
        return given or {}
    findings: list[Diagnostic] = []
    found = read_vars(given, findings)
    raise_errors(findings)
    return found


def template_context(variables: Mapping[str, object], env: Mapping[str, str], target: Target, project: str) -> TemplateContext:
    """What templates can see; of the target, nothing of its connection."""
    shown = {
        "name": target.name,
        "profile_name": target.profile,
        "type": target.type,
        "schema": target.schema,
        "database": target.database,
        "threads": target.threads,
    }
    return TemplateContext(variables, env, shown, project=project)
