"""`featsql compile`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from featsql.cli.amounts import counted
from featsql.cli.console import Console
from featsql.cli.opening import open_project, selected
from featsql.cli.options import (
    ProjectOptions,
    SelectionOptions,
    as_of_option,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command

if TYPE_CHECKING:
    from featsql.compiling import Compiled


@featsql_command(
    "compile",
    about="The files can be pasted into the warehouse's own worksheet. With one node selected its SQL is printed as "
    "well; of a feature view, that of its history.",
    examples=("featsql compile", "featsql compile -t prod --untrusted", "featsql compile -s late_arrivals"),
)
@selection_options
@as_of_option
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="json: name, path and SQL of each.")
@click.option(
    "--untrusted",
    is_flag=True,
    help="For a stranger's pull request: no environment variables, no file outside of the project.",
)
@project_options
@talk_options
def command(
    given: ProjectOptions,
    selection: SelectionOptions,
    as_of: str | None,
    output: Literal["text", "json"],
    untrusted: bool,
    console: Console,
) -> None:
    project = open_project(given, "none" if untrusted else "full")
    nodes: tuple[str, ...] | None = None
    if selection.is_given:
        console.findings(project.warnings)
        nodes = selected(project, selection)
    compiled = project.compile(nodes, as_of=as_of, tell=None if nodes is not None else console.findings)
    if output == "json":
        console.data(_as_json(compiled))
    elif nodes is not None and len(nodes) == 1:
        name = project.graph.nodes[nodes[0]].name
        if name in compiled.files:
            console.data(compiled.files[name].read_text(encoding="utf-8"))
    _tell(compiled, console)


def _as_json(compiled: Compiled) -> str:
    lines = [
        json.dumps({"name": name, "path": path.as_posix(), "sql": path.read_text(encoding="utf-8")}, ensure_ascii=False)
        for name, path in compiled.files.items()
    ]
    return "[" + ",\n ".join(lines) + "]"


def _tell(compiled: Compiled, console: Console) -> None:
    files = tuple(compiled.files.values())
    if not files:
        console.say("nothing to compile", event="Compiled", facts={"files": []})
        return
    where = files[0] if len(files) == 1 else _folder(files)
    facts = {"files": [path.as_posix() for path in files]}
    console.say(f"wrote {counted(len(files), 'query')} to {_near(where)}", event="Compiled", facts=facts)


def _folder(files: tuple[Path, ...]) -> Path:
    return Path(os.path.commonpath(files))


def _near(path: Path) -> str:
    """The path as seen from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
