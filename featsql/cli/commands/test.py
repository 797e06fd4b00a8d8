"""`featsql test`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
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
        "featsql test --equivalence dev,prod --sample 1000",
    ),
)
@click.option(
    "--only",
    cls=GreedyOption,
    multiple=True,
    metavar="SORT",
    help="Sorts of tests to run: unit, data, freshness, lateness, serving, leakage. Default: all.",
)
@click.option(
    "--equivalence",
    metavar="TARGET,TARGET",
    help="Run the project on two targets over the same rows, aside, and compare training sets and online tables. Targets by "
    "name, or by type.",
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="ROWS", help="With --equivalence: the most rows of a source. Default: 10000."
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
    equivalence: str | None,
    sample: int | None,
    store_failures: bool,
    fail_fast: bool,
    junit_xml: str | None,
    as_of: str | None,
    console: Console,
) -> int:
    from featsql.cli.opening import parsed_project  # not at the top: help shall be quick
    from featsql.cli.progress import Progress
    from featsql.run.junit import write_junit

    _check_together(equivalence, sample, only, store_failures)
    project = parsed_project(given, console)
    with Progress(console, project.settings.name) as progress:
        shared: dict[str, Any] = {**asdict(selection), "as_of": as_of, "fail_fast": fail_fast, "listener": progress}
        if equivalence:
            result = project.equivalence(equivalence, sample=sample, **shared)
        else:
            result = project.test(only=only, store_failures=store_failures, **shared)
    if junit_xml:
        write_junit(junit_xml, project.settings.name, result)
    return exits.DONE if result.ok else exits.FAILED


def _check_together(equivalence: str | None, sample: int | None, only: tuple[str, ...], store_failures: bool) -> None:
    """FS008 for options that have no meaning beside each other."""
    if sample and not equivalence:
        raise FeatsqlError(Diagnostic("FS008", "`--sample` belongs to `--equivalence`"))
    other = "--only" if only else "--store-failures" if store_failures else ""
    if equivalence and other:
        hints = (f"leave `{other}` out",)
        raise FeatsqlError(Diagnostic("FS008", f"`--equivalence` is a test by itself: `{other}` says nothing of it", hints=hints))
