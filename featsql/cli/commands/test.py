"""`featsql test`."""

from __future__ import annotations

from dataclasses import asdict

import click

from featsql.cli import exits
from featsql.cli.console import Console
from featsql.cli.group import GreedyOption
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
    "test",
    about="Unit tests run on rows of their own, with no warehouse; data tests read what the target has. Nothing that others "
    "read is changed. The exit code is 1 when a test fails.",
    examples=(
        "featsql test",
        "featsql test -s +late_arrivals --only data --store-failures",
        "featsql test --only unit --junit-xml results.xml",
    ),
)
@click.option(
    "--only",
    cls=GreedyOption,
    multiple=True,
    metavar="SORT",
    help="Sorts of tests to run: unit, data, freshness, lateness, serving, leakage. Default: all.",
)
@click.option("--store-failures", is_flag=True, help="Keep the failing rows of every test as a table.")
@click.option("-x", "--fail-fast", is_flag=True, help="Stop at the first test that fails.")
@click.option("--junit-xml", type=click.Path(dir_okay=False), metavar="FILE", help="Write the results as JUnit's XML too.")
@as_of_option
@selection_options
@project_options
@talk_options
def command(
    given: ProjectOptions,
    selection: SelectionOptions,
    only: tuple[str, ...],
    store_failures: bool,
    fail_fast: bool,
    junit_xml: str | None,
    as_of: str | None,
    console: Console,
) -> int:
    from featsql.cli.opening import parsed_project  # not at the top: help shall be quick
    from featsql.cli.progress import Progress
    from featsql.run.junit import write_junit

    project = parsed_project(given, console)
    with Progress(console, project.settings.name) as progress:
        result = project.test(
            **asdict(selection),
            only=only,
            as_of=as_of,
            fail_fast=fail_fast,
            store_failures=store_failures,
            listener=progress,
        )
    if junit_xml:
        write_junit(junit_xml, project.settings.name, result)
    return exits.DONE if result.ok else exits.FAILED
