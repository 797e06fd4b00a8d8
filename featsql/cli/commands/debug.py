"""`featsql debug`."""

from __future__ import annotations

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.cli import exits
from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "debug",
    about="Without arguments: versions, project, target and connection, one a line. With a STAGE of the compiler and a NODE: "
    "what that stage makes of the node. --list names the stages.",
    examples=("featsql debug", "featsql debug -t prod", "featsql debug --list", "featsql debug plan late_arrivals"),
)
@click.argument("stage", required=False)
@click.argument("node", required=False)
@click.option("--list", "list_stages", is_flag=True, help="List the stages of the compiler.")
@project_options
@talk_options
def command(given: ProjectOptions, stage: str | None, node: str | None, list_stages: bool, console: Console) -> int:
    if list_stages:
        _list_stages(console)
        return exits.DONE
    if stage is None:
        from featsql.cli.checkup import check  # not at the top: help shall be quick

        return check(given, console)
    _check_stage(stage)
    if node is None:
        raise FeatsqlError(Diagnostic("FS008", f"`debug {stage}` needs a node", hints=("`featsql ls` lists the nodes",)))
    console.data(parsed_project(given, console).stage(stage, node))
    return exits.DONE


def _list_stages(console: Console) -> None:
    from featsql.api import STAGES

    room = max(map(len, STAGES))
    for name, summary in STAGES.items():
        console.data(f"{name:<{room}}  {summary}")


def _check_stage(stage: str) -> None:
    from featsql.api import STAGES

    if stage not in STAGES:
        hints = nearest(stage, STAGES) or ("`featsql debug --list` lists the stages",)
        raise FeatsqlError(Diagnostic("FS008", f"`{stage}` is not a stage of the compiler", hints=hints))
