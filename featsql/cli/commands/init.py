"""`featsql init`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from featsql.cli.amounts import counted
from featsql.cli.console import Console
from featsql.cli.options import command as featsql_command
from featsql.cli.options import talk_options


@featsql_command(
    "init",
    about="NAME is its folder. It holds a year of flights, features of planes, routes and airports, and two training sets; "
    "it needs no warehouse.",
    examples=("featsql init flights", "cd flights && featsql build"),
)
@click.argument("name")
@talk_options
def command(name: str, console: Console) -> None:
    from featsql.project.template import new_project

    folder = Path(name)
    files = new_project(folder, folder.absolute().name)
    facts = {"folder": str(folder.absolute()), "files": len(files)}
    console.say(f"made {name}: {counted(len(files), 'file')}", event="ProjectMade", facts=facts)
    if console.log_format == "json":
        return
    console.say()
    console.say("next, and README.md says more:")
    for line in (f"cd {shlex.quote(name)}", "featsql build", "featsql show bad_days", "featsql ls"):
        console.say("  ", ("bold", line))
