"""Edits, one after the other, and both compiles after each."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

from featsql import FeatsqlError, Project
from featsql.base.diagnostics import Diagnostic
from featsql.base.pretty import render_all
from featsql.compiling import whole
from featsql.warm import recompile
from tests.warm import shop
from tests.warm.shop import World

Made = TypeVar("Made")
AFRESH = 20
"""So many edits, and the project is whole again."""
MENDED = 0.6
"""How probably what is wrong is mended before the next edit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a compile shows: what it says, and what is on disk afterwards (nothing of that if it failed)."""

    said: str
    files: dict[str, bytes]
    manifest: str


def campaign(folder: Path, seed: int, edits: int) -> Counter[str]:
    """How often a warm compile went which way. AssertionError for the first edit after which the two differ."""
    dice = random.Random(seed)
    counted: Counter[str] = Counter()
    world = shop.whole()
    history: list[str] = []
    is_wrong = False
    for number in range(edits):
        if number % AFRESH == 0 or (is_wrong and dice.random() < MENDED):
            world, history = shop.whole(), []
        history.append(shop.edit(world, dice))
        write(folder, world)
        way, warm = way_of(lambda: outcome(folder, world, "target"))  # noqa: B023
        counted[way] += 1
        cold = outcome(folder, world, None)
        assert warm == cold, f"seed {seed}, edit {number}, {way}: {history}\n{_differences(warm, cold)}"
        is_wrong = not cold.files
    return counted


def _differences(warm: Outcome, cold: Outcome) -> str:
    said = "" if warm.said == cold.said else f"warm:\n{warm.said}\ncold:\n{cold.said}\n"
    names = [name for name in sorted(warm.files | cold.files) if warm.files.get(name) != cold.files.get(name)]
    return f"{said}files: {names}, manifest: {'as cold' if warm.manifest == cold.manifest else 'another'}"


def outcome(folder: Path, world: World, target_path: str | None) -> Outcome:
    """Compile, where an earlier compile has left something, or (None) where none was."""
    place = target_path or "afresh"
    if target_path is None:
        shutil.rmtree(folder / place, ignore_errors=True)
    warnings: list[Diagnostic] = []
    try:
        with mock.patch.dict(os.environ, world.environment):
            project = Project(folder, target=world.target, target_path=place, variables=world.variables)
            made = project.compile(as_of=world.as_of, tell=warnings.extend)
    except FeatsqlError as error:
        return Outcome(render_all(warnings) + render_all(error.diagnostics), {}, "")
    compiled = folder / place / "compiled" / project.target.type
    files = {path.name: path.read_bytes() for path in sorted(compiled.iterdir())}
    assert sorted(f"{name}.sql" for name in made.files) == sorted(files)
    manifest = json.loads((folder / place / "manifest.json").read_text(encoding="utf-8"))
    del manifest["metadata"]["generated_at"]
    return Outcome(render_all(warnings), files, json.dumps(manifest))


def write(folder: Path, world: World) -> None:
    """Make the folder hold the world's files and no others; those that stay the same are not touched."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(("target/", "afresh/")) and name not in world.files:
            path.unlink()
    for name, text in world.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def way_of(compiling: Callable[[], Made]) -> tuple[str, Made]:
    """Which way a compile goes: `unchanged`, `part`, or `whole`; and what it gives."""
    way = ["unchanged"]
    compile_whole, recompiled = whole.compile_whole, recompile.recompiled

    def counting_whole(*given: Any) -> Any:
        way[0] = "whole"
        return compile_whole(*given)

    def counting_part(*given: Any) -> Any:
        way[0] = "part"
        return recompiled(*given)

    with mock.patch.object(whole, "compile_whole", counting_whole), mock.patch.object(recompile, "recompiled", counting_part):
        made = compiling()
    return way[0], made
