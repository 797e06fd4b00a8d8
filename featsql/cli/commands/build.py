"""`featsql build`."""

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
    "build",
    about="It is `seed` and `run` in one, in the order of the graph.",
    examples=("featsql build", "featsql build -s +late_arrivals", "featsql build -x --log-format json"),
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

    return perform("build", given, selection, building, dry, console)
