"""`featsql show`."""

from __future__ import annotations

from typing import Literal

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.amounts import counted
from featsql.cli.console import Console
from featsql.cli.opening import one_name, parsed_project
from featsql.cli.options import (
    ProjectOptions,
    SelectionOptions,
    as_of_option,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command
from featsql.cli.printing import print_table


@featsql_command(
    "show",
    about="The query runs on the target; nothing is built. It reads what earlier runs have built of the nodes before it.",
    examples=(
        "featsql show late_arrivals",
        "featsql show plane_delays --limit 20 -o csv",
        "featsql show --inline \"select count(*) from {{ ref('stg_flights') }}\"",
    ),
)
@click.argument("node", required=False)
@selection_options
@click.option("--inline", metavar="SQL", help="A query in place of a node; a template, as a model is.")
@click.option("--limit", type=click.IntRange(min=-1), default=5, show_default=True, help="The most rows to show; -1 is all.")
@as_of_option
@click.option("-o", "--output", type=click.Choice(["table", "csv", "json"]), default="table", help="How rows are printed.")
@project_options
@talk_options
def command(
    given: ProjectOptions,
    node: str | None,
    selection: SelectionOptions,
    inline: str | None,
    limit: int,
    as_of: str | None,
    output: Literal["table", "csv", "json"],
    console: Console,
) -> None:
    _check_one(node, selection, inline)
    project = parsed_project(given, console)
    if node is None and inline is None:
        node = one_name(project, selection, "show")
    rows = project.show(node, inline=inline, limit=None if limit < 0 else limit, as_of=as_of)
    print_table(rows, output, console)
    more = "; `--limit -1` shows all" if rows.num_rows == limit else ""
    console.say(("dim", counted(rows.num_rows, "row") + more), event="Shown", facts={"rows": rows.num_rows})


def _check_one(node: str | None, selection: SelectionOptions, inline: str | None) -> None:
    given = [node is not None, selection.is_given, inline is not None]
    if sum(given) != 1:
        fact = "`show` needs something to show" if not any(given) else "`show` shows one thing at a time"
        hints = ("give the name of a node, or `-s SELECTOR`, or `--inline SQL`",)
        raise FeatsqlError(Diagnostic("FS008", fact, hints=hints))
