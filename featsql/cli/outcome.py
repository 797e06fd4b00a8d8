"""From words to an exit code: the one place where errors of every kind end."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from itertools import pairwise
from typing import TextIO

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli import exits, stopping
from featsql.cli.complaints import complaint
from featsql.cli.console import Console
from featsql.cli.root import root


def exit_code_of(words: Sequence[str]) -> int:
    """Do the command that `words` say, and tell how it ended."""
    for stream in (sys.stdout, sys.stderr):
        _make_tolerant(stream)
    console = _first_console(words)
    try:
        code = _invoke(words, console)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except stopping.Terminated:
        console.say("stopped by TERM", event="Stopped", level="error")
        return exits.TERMINATED
    except KeyboardInterrupt:
        console.say("stopped by Ctrl-C", event="Stopped", level="error")
        return exits.INTERRUPTED
    except BrokenPipeError:
        _give_up(sys.stdout)
        return exits.DONE
    except FeatsqlError as error:
        console.findings(error.diagnostics)
        return exits.HELD if any(d.code == "FS703" for d in error.diagnostics) else exits.WRONG
    except OSError as error:
        _give_up(sys.stdout)
        return _end(_of_os_error(error), error, console)
    except Exception as error:
        return _end(_of_bug(error, console), error, console)


def _invoke(words: Sequence[str], console: Console) -> int:
    try:
        with root.make_context("featsql", list(words), obj=console) as context:
            return root.invoke(context) or exits.DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        raise FeatsqlError(complaint(error)) from None


def _end(diagnostic: Diagnostic, error: Exception, console: Console) -> int:
    if console.debug:
        console.say("".join(traceback.format_exception(error)).rstrip(), event="Traceback", level="error")
    console.findings((diagnostic,))
    return exits.WRONG


def _of_os_error(error: OSError) -> Diagnostic:
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return Diagnostic("FS002", f"`{error.filename}`: {reason}" if error.filename else reason)


def _of_bug(error: Exception, console: Console) -> Diagnostic:
    said = str(error).strip()
    hints = () if console.debug else ("run the command again with `--debug` to see the traceback",)
    return Diagnostic(
        "FS900",
        f"a bug in featsql: {type(error).__name__}" + (f": {said}" if said else ""),
        notes=("nothing is wrong with the project or the command as far as featsql can tell",),
        hints=hints,
    )


def _first_console(words: Sequence[str]) -> Console:
    """The console for what happens before the options are read."""
    as_json = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
    return Console("json" if as_json else "text", debug=any(word in ("-d", "--debug") for word in words))


def _make_tolerant(stream: TextIO) -> None:
    """Write out what the stream's encoding lacks, in place of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _give_up(stream: TextIO | None) -> None:
    """Nobody reads any more: send what is left nowhere, so that Python's own flush at the end cannot fail."""
    try:
        if stream is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
    except (OSError, ValueError):
        return
