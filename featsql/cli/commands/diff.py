"""`featsql diff`."""

from __future__ import annotations

from typing import Literal

import click

from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, as_of_option, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "diff",
    about=(
        "Of each feature view and training set that may have other values than at a git commit, both are computed over today's "
        "sources and compared: how many rows, how many values, NULLs before and after, and how far the distribution moved. "
        "Against another target of the profile, tables are compared as they stand in both. "
        "Against a folder with an earlier manifest.json, nothing is computed. Nothing is written."
    ),
    examples=(
        "featsql diff --against main",
        "featsql diff --against main -o markdown",
        "featsql diff --against HEAD~1 --no-values",
        "featsql diff --against prod",
    ),
)
@click.option(
    "--against",
    required=True,
    metavar="REF|TARGET|FOLDER",
    help="A branch, tag or commit; another target; or a folder with a manifest.json.",
)
@click.option("--values/--no-values", default=True, help="Compare values too. Default: yes.")
@click.option("-o", "--output", type=click.Choice(["text", "json", "markdown"]), default="text", help="How it is printed.")
@as_of_option
@project_options
@talk_options
def command(
    given: ProjectOptions,
    against: str,
    values: bool,
    output: Literal["text", "json", "markdown"],
    as_of: str | None,
    console: Console,
) -> None:
    from featsql.cli.diff_text import as_json, as_markdown, as_text  # help shall be quick

    changes = parsed_project(given, console).diff(against, values=values, as_of=as_of)
    match output:
        case "text":
            console.data("\n".join(as_text(changes)))
        case "json":
            console.data(as_json(changes))
        case "markdown":
            console.data("\n".join(as_markdown(changes)))
