"""`featsql build`."""

from __future__ import annotations

import click

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
    about="It is `seed`, `run` and `test` in one, in the order of the graph: unit tests first, then each node is built aside and "
    "tested. What fails is not published, nor is anything that reads it; the rest becomes visible at the same instant.",
    examples=("featsql build", "featsql build -s +late_arrivals", "featsql build -x --junit-xml results.xml"),
)
@click.option("--store-failures", is_flag=True, help="Keep the failing rows of every test as a table.")
@click.option("--junit-xml", type=click.Path(dir_okay=False), metavar="FILE", help="Write the results as JUnit's XML too.")
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
    store_failures: bool,
    junit_xml: str | None,
    console: Console,
) -> int:
    from featsql.cli.building import TestedBuild, perform  # not at the top: help shall be quick

    return perform("build", given, selection, building, dry, console, TestedBuild(store_failures, junit_xml))
