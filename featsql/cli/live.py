"""What moves on a terminal while nodes are built: a spinner, a bar, and the names of what is being built."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from featsql.cli.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

_NAMES_SHOWN = 3


def bar_for(console: Console, total: int) -> Bar | NoBar:
    """A bar where someone can see it."""
    return Bar(console, total) if console.is_live and total else NoBar()


class NoBar:
    """The bar of pipes and logs."""

    def begin(self, name: str) -> None:
        return

    def end(self, name: str) -> None:
        return

    def close(self) -> None:
        return


class Bar:
    """One line below everything that the console says, gone when closed."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._running: list[str] = []
        self._progress = _progress()
        self._task = self._progress.add_task("", total=total)
        self._progress.start()
        console.write_line = self._write_above

    def begin(self, name: str) -> None:
        self._running.append(name)
        self._show()

    def end(self, name: str) -> None:
        if name in self._running:
            self._running.remove(name)
        self._progress.advance(self._task)
        self._show()

    def close(self) -> None:
        self._console.write_line = None
        self._progress.stop()

    def _show(self) -> None:
        shown = ", ".join(self._running[:_NAMES_SHOWN]) + (", ..." if len(self._running) > _NAMES_SHOWN else "")
        self._progress.update(self._task, description=shown)

    def _write_above(self, line: str) -> None:
        from rich.text import Text

        self._progress.console.print(Text.from_ansi(line), soft_wrap=True, highlight=False)


def _progress() -> Progress:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        MofNCompleteColumn(),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=RichConsole(file=sys.stderr),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
