"""`featsql state export | repair`."""

from __future__ import annotations

import json

import click

from featsql.cli.console import Console
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "state",
    about="`export` prints the tables of the schema `_featsql` as JSON. `repair` does at once what the next run would do: "
    "it ends what runs left that died, and forgets what it knows of tables that others changed, so that they are built anew.",
    examples=("featsql state export > state.json", "featsql state repair -t prod"),
)
@click.argument("action", type=click.Choice(["export", "repair"]))
@project_options
@talk_options
def command(given: ProjectOptions, action: str, console: Console) -> None:
    from featsql.cli.opening import open_project  # not at the top: help shall be quick

    project = open_project(given)
    if action == "export":
        console.data(json.dumps(project.state(), indent=2))
        return
    found = project.repair()
    told = [f"ended run {run_id}, which had died" for run_id in found.ended]
    told += [f"{relation} is not what was published: it will be built anew" for relation in found.forgotten]
    told += ["run_results.json told otherwise than the state, and was corrected"] if found.results else []
    for line in told or ["nothing to repair"]:
        console.say(line, event="StateRepaired")
