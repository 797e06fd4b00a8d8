"""The way into the program. Imports next to nothing, so that Ctrl-C ends it quietly from its first moment on."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from featsql.cli import exits, stopping


def entry() -> NoReturn:
    """The console script: one command, then the end of the process."""
    stopping.install()
    gc.disable()  # a command is short, and a compile makes much that lives to its end: looking for garbage finds none
    code = main()
    stopping.stop_at_once()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, broken, or never there
            stream.flush()
    os._exit(code)  # taking a large project apart object by object would take a tenth of the time that reading it took


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one command; its exit code says how it ended.

    0 done, 1 a node failed, 2 the project, its arguments or the connection are wrong, 75 someone else holds the target,
    130 / 143 stopped by Ctrl-C / TERM.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from featsql.cli.outcome import exit_code_of

        return exit_code_of(words)
    except stopping.Terminated:
        return exits.TERMINATED
    except KeyboardInterrupt:
        return exits.INTERRUPTED
