"""`featsql snapshot`."""

from __future__ import annotations

import click

from featsql.cli.console import Console
from featsql.cli.options import (
    BuildOptions,
    DryRunOptions,
    ProjectOptions,
    SelectionOptions,
    as_of_option,
    dry_run_options,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command


@featsql_command(
    "snapshot",
    about="`featsql run` and `featsql build` do so too, with everything else. A history is never rebuilt: the table behind it "
    "has forgotten.",
    examples=("featsql snapshot", "featsql snapshot -s customers_history -t prod"),
)
@selection_options
@as_of_option
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first snapshot that fails.")
@dry_run_options
@project_options
@talk_options
def command(
    given: ProjectOptions,
    selection: SelectionOptions,
    as_of: str | None,
    fail_fast: bool,
    dry: DryRunOptions,
    console: Console,
) -> int:
    from featsql.cli.building import perform  # not at the top: help shall be quick

    building = BuildOptions(as_of=as_of, fail_fast=fail_fast)
    return perform("snapshot", given, selection, building, dry, console)
