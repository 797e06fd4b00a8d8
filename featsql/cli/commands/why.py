"""`featsql why`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "why",
    about=(
        "The value is the one that a training set has for that key at that time. Nothing is built. "
        "Rows are named with what they are to the value: known too late, outside the window, filtered out, and so on."
    ),
    examples=(
        "featsql why plane_delays.plane_late_30d --key N14228 --at 2013-03-08T06:00",
        "featsql why route_history.route_flights_28d --key origin=JFK --key dest=BOS --at 2013-03-08",
        "featsql why system_delays.system_flights_today --at 2013-03-08T15:30 -o json",
    ),
)
@click.argument("feature", metavar="VIEW.FEATURE")
@click.option(
    "--key",
    multiple=True,
    metavar="[NAME=]VALUE",
    help="The entity. The name may be left out where there is one key; once for each key where there are more.",
)
@click.option(
    "--at",
    metavar="TIMESTAMP",
    help="The time t, such as 2026-01-31 or 2026-01-31T12:00:00Z; UTC without a zone. Default: now.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="The most rows to show of those that make the value, and of those left out. All are counted.",
)
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", help="How it is printed.")
@project_options
@talk_options
def command(
    given: ProjectOptions,
    feature: str,
    key: tuple[str, ...],
    at: str | None,
    limit: int,
    output: Literal["table", "json"],
    console: Console,
) -> None:
    from featsql.cli.why_json import as_json  # not at the top: help shall be quick
    from featsql.cli.why_page import print_page

    values = _key_of(key)
    found = parsed_project(given, console).why(feature, values, at, limit=limit)
    if output == "json":
        console.data(as_json(found))
    else:
        print_page(found, console)


def _key_of(words: Sequence[str]) -> str | dict[str, str] | None:
    """One bare value, or values by name; None without any."""
    if len(words) == 1 and "=" not in words[0]:
        return words[0]
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            hint = "write `--key NAME=VALUE`, once for each key"
            raise FeatsqlError(Diagnostic("FS008", f"`--key {word}` does not say which key it is", hints=(hint,)))
        if name in values:
            raise FeatsqlError(Diagnostic("FS008", f"`--key {name}` is given twice"))
        values[name] = value
    return values or None
