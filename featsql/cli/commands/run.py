"""`featsql run`."""

from __future__ import annotations

from featsql.cli.console import Console
from featsql.cli.options import (
    BuildOptions,
    DryRunOptions,
    ProjectOptions,
    SelectionOptions,
    build_options,
    dry_run_options,
    project_options,
    selection_options,
    talk_options,
)
from featsql.cli.options import command as featsql_command


@featsql_command(
    "run",
    about="Everything that was built becomes visible at the same instant; a node that fails holds back only itself and what "
    "reads it.",
    examples=(
        "featsql run",
        "featsql run -s +late_arrivals --as-of 2026-01-31",
        "featsql run -t prod --exclude tag:slow --dry-run",
    ),
)
@selection_options
@build_options
@dry_run_options
@project_options
@talk_options
def command(
    given: ProjectOptions,
    selection: SelectionOptions,
    building: BuildOptions,
    dry: DryRunOptions,
    console: Console,
) -> int:
    from featsql.cli.building import perform  # not at the top: help shall be quick

    return perform("run", given, selection, building, dry, console)
