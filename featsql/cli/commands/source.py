"""`featsql source freshness`."""

from __future__ import annotations

from dataclasses import asdict

import click

from featsql.cli import exits
from featsql.cli.console import Console
from featsql.cli.options import (
    ProjectOptions,
    SelectionOptions,
    as_of_option,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command


@featsql_command(
    "source",
    about="`freshness` compares the latest row of each source with the `warn_after` and `error_after` that it declares, by its "
    "`available_at`, or else its `timestamp`. The results are in sources.json of the target path; the exit code is 1 for a "
    "source that is too old.",
    examples=("featsql source freshness", "featsql source freshness -s source:shop.orders --as-of 2026-01-31"),
)
@click.argument("action", type=click.Choice(["freshness"]))
@as_of_option
@selection_options
@project_options
@talk_options
def command(given: ProjectOptions, selection: SelectionOptions, action: str, as_of: str | None, console: Console) -> int:
    from featsql.cli.opening import parsed_project  # not at the top: help shall be quick
    from featsql.cli.progress import Progress

    project = parsed_project(given, console)
    with Progress(console, project.settings.name) as progress:
        result = project.test(**asdict(selection), only=("freshness",), as_of=as_of, listener=progress)
    return exits.DONE if result.ok else exits.FAILED
