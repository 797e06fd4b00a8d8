"""`featsql explain`."""

from __future__ import annotations

from typing import Literal

import click

from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, as_of_option, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "explain",
    about=(
        "NODE is a training set, a feature view (its history) or VIEW__online. For each view that it uses: what is computed, by "
        "which strategy and why, and why by no other. The values are the same by any; the time is not. Nothing connects without "
        "--analyze, and nothing is built with it."
    ),
    examples=(
        "featsql explain late_arrivals",
        "featsql explain late_arrivals --analyze",
        "featsql explain plane_delays__online --sql",
        "featsql explain late_arrivals -o json",
    ),
)
@click.argument("node", metavar="NODE")
@click.option("--analyze", is_flag=True, help="Count now, run the plan, and tell the rows and seconds of each relation.")
@click.option("--sql", is_flag=True, help="The generated SQL as well.")
@as_of_option
@click.option("-o", "--output", type=click.Choice(["tree", "json"]), default="tree", help="How it is printed.")
@project_options
@talk_options
def command(
    given: ProjectOptions,
    node: str,
    analyze: bool,
    sql: bool,
    as_of: str | None,
    output: Literal["tree", "json"],
    console: Console,
) -> None:
    from featsql.cli.explain_json import as_json  # not at the top: help shall be quick
    from featsql.cli.explain_page import print_page, print_sql

    project = parsed_project(given, console)
    if analyze:
        console.say(f"measuring `{node}`: as long as a build of it, and somewhat longer", event="Measuring")
    found = project.explain(node, analyze=analyze, as_of=as_of)
    if output == "json":
        console.data(as_json(found, sql=found.sql if sql else None))
        return
    print_page(found, console)
    if sql:
        print_sql(found, console)
