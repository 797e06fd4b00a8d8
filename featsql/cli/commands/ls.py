"""`featsql ls`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from featsql.base.diagnostics import FeatsqlError
from featsql.cli.console import Console
from featsql.cli.group import GreedyOption
from featsql.cli.opening import parsed_project
from featsql.cli.options import (
    ProjectOptions,
    SelectionOptions,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command

if TYPE_CHECKING:
    from featsql.api import Project
    from featsql.cli.listing import Output
    from featsql.ir.graph import Node

_KINDS = ("model", "feature_view", "training_set", "snapshot", "seed", "source")


@featsql_command(
    "ls",
    about="Sources are listed with `--kind source` or `--kind all`, or when nothing else is selected.",
    examples=("featsql ls", "featsql ls -s +late_arrivals -o path", "featsql ls --kind source -o json"),
)
@selection_options
@click.option(
    "--kind",
    "--resource-type",
    "kinds",
    cls=GreedyOption,
    multiple=True,
    type=click.Choice([*_KINDS, "all"]),
    metavar="KIND",
    help=f"Only nodes of these kinds: {', '.join(_KINDS)}, or all.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["name", "path", "selector", "json"]),
    default="name",
    help="What stands on a line; json: one object a line.",
)
@project_options
@talk_options
def command(given: ProjectOptions, selection: SelectionOptions, kinds: tuple[str, ...], output: Output, console: Console) -> None:
    from featsql.cli.listing import line_of  # not at the top: help shall be quick

    project = parsed_project(given, console)
    nodes = [project.graph.nodes[node_id] for node_id in _selected(project, selection, console)]
    for node in _of_kinds(nodes, kinds):
        console.data(line_of(node, output, project.settings.name))


def _selected(project: Project, selection: SelectionOptions, console: Console) -> tuple[str, ...]:
    """What is selected, sources too; a selector that means nothing is warned of."""

    def select(allow_empty: bool) -> tuple[str, ...]:
        return project.select(**{**asdict(selection), "allow_empty": allow_empty}, include_sources=True)

    found = select(True)
    if not selection.allow_empty:
        try:
            select(False)
        except FeatsqlError as error:
            console.findings(replace(d, severity="warning") for d in error.diagnostics)
    return found


def _of_kinds(nodes: Sequence[Node], kinds: Sequence[str]) -> Sequence[Node]:
    if kinds:
        return [n for n in nodes if n.kind in kinds or "all" in kinds]
    return [n for n in nodes if n.kind != "source"] or nodes
