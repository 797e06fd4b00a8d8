"""From arguments to an exit code: the one place where errors of every kind end."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import IO

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli import stopping
from featsql.cli.console import Console
from featsql.cli.group import LazyGroup
from featsql.cli.options import CONTEXT, anywhere_options

EXIT_DONE, EXIT_FAILED, EXIT_WRONG, EXIT_HELD = 0, 1, 2, 75

_EPILOG = """\b
Examples:
  featsql init flights
  featsql build
  featsql run -s +churn_training
"""


@click.group(cls=LazyGroup, invoke_without_command=True, epilog=_EPILOG, context_settings=CONTEXT)
@click.option("-V", "--version", is_flag=True, help="Print the version.")
@anywhere_options
@click.pass_context
def root(context: click.Context, version: bool, **given: object) -> None:
    """Compile and run ML features written in SQL.

    A feature is a SELECT with a header; featsql joins features to labels as of each label's time, and never later.
    """
    if version:
        click.echo(f"featsql {_version()}")
    elif context.invoked_subcommand is None:
        click.echo(context.get_help())
    else:
        typed = {name: value for name, value in given.items() if _was_typed(context, name)}
        context.default_map = {context.invoked_subcommand: typed}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it ended (0 done, 1 a node failed, 2 wrong, 75 held, 130/143 stopped)."""
    stopping.install()
    _tame(sys.stdout), _tame(sys.stderr)
    words = list(sys.argv[1:] if arguments is None else arguments)
    console = _console_for(words)
    try:
        code = _invoke(words, console)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except stopping.Terminated:
        console.say("stopped by TERM", event="Stopped", level="error")
        return stopping.EXIT_TERMINATED
    except KeyboardInterrupt:
        console.say("stopped by Ctrl-C", event="Stopped", level="error")
        return stopping.EXIT_INTERRUPTED
    except BrokenPipeError:
        _forget(sys.stdout)
        return EXIT_DONE
    except OSError as error:
        _forget(sys.stdout)
        return _report(_of_os_error(error), console)
    except Exception as error:
        return _bug(error, console)


def _invoke(words: list[str], console: Console) -> int:
    try:
        with root.make_context("featsql", words, obj=console) as context:
            return root.invoke(context) or EXIT_DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except FeatsqlError as error:
        return _report(error, console)
    except click.ClickException as error:
        return _report(_of_usage_error(error), console)
    except RecursionError as error:
        return _bug(error, console)


def _report(error: FeatsqlError, console: Console) -> int:
    console.findings(error.diagnostics)
    return EXIT_HELD if any(d.code == "FS703" for d in error.diagnostics) else EXIT_WRONG
