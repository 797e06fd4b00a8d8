"""The command `featsql` itself."""

from __future__ import annotations

import click
from click.core import ParameterSource

from featsql.cli.group import LazyGroup
from featsql.cli.options import CONTEXT, anywhere_options

_EPILOG = """\b
Examples:
  featsql init flights
  featsql build
  featsql run -s +late_arrivals
"""


@click.group(cls=LazyGroup, invoke_without_command=True, epilog=_EPILOG, context_settings=CONTEXT)
@click.option("-V", "--version", is_flag=True, help="Print the version.")
@anywhere_options
@click.pass_context
def root(context: click.Context, /, version: bool, **given: object) -> None:
    """Compile and run ML features written in SQL.

    A feature is a SELECT with a header; featsql joins features to labels as of each label's time, and never later.
    """
    if version:
        from featsql.base.release import release

        click.echo(f"featsql {release()}")
        context.exit()
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())
    else:
        typed = {name: value for name, value in given.items() if _is_typed(context, name)}
        context.default_map = {context.invoked_subcommand: typed}


def _is_typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE
