"""`featsql seed`."""

from __future__ import annotations

import click

from featsql.cli.console import Console
from featsql.cli.options import (
    BuildOptions,
    DryRunOptions,
    ProjectOptions,
    SelectionOptions,
    dry_run_options,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command


@featsql_command("seed", examples=("featsql seed", "featsql seed -s carriers -t prod"))
@selection_options
@click.option("-f", "--full-refresh", is_flag=True, help="Taken for dbt's sake: a seed is always loaded whole.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first seed that fails.")
@dry_run_options
@project_options
@talk_options
def command(
    given: ProjectOptions,
    selection: SelectionOptions,
    full_refresh: bool,
    fail_fast: bool,
    dry: DryRunOptions,
    console: Console,
) -> int:
    from featsql.cli.building import perform  # not at the top: help shall be quick

    building = BuildOptions(full_refresh=full_refresh, fail_fast=fail_fast)
    return perform("seed", given, selection, building, dry, console)
