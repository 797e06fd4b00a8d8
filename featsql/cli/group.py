"""The root command: knows each command's name and summary, and imports a command when it is typed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Final

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest

COMMANDS: Final[Mapping[str, str]] = {
    "init": "Make a new project.",
    "run": "Build the tables and views of the project's models.",
    "build": "Load the seeds, then build the models.",
    "retry": "Do what the last run did not get done.",
    "test": "Test the features: unit tests, and the data that the target has.",
    "source": "Check how fresh the sources are.",
    "compile": "Write the SQL of every node, without a connection.",
    "snapshot": "Take in the changes of the tables whose history is kept.",
    "seed": "Load the csv files of the project as tables.",
    "ls": "List the nodes of the project.",
    "show": "Show the rows that a node or a query would have.",
    "retrieve": "Make a training set for any file of keys and times.",
    "why": "Show the rows that make a feature's value, and those left out.",
    "explain": "Show how a training set or feature view is computed, and why so.",
    "lineage": "Show what a column is made of, and what is made of it.",
    "diff": "Show what a change means for features: new, gone, other values, other words.",
    "docs": "Write the site of the project, or serve it.",
    "debug": "Check the project and its connection, or show a stage of the compiler.",
    "state": "Print what the target remembers of runs, or repair it.",
    "clean": "Delete what featsql generated.",
}
ALIASES: Final[Mapping[str, str]] = {"list": "ls"}
LATER: Final = frozenset({"test", "snapshot", "lineage", "diff", "publish", "docs", "source", "retry", "state"} - COMMANDS.keys())
"""Commands that featsql knows by name and does not have yet."""


class FeatsqlCommand(click.Command):
    """A command whose options may take several values in a row, as dbt's do: `-s a b` is `-s a -s b`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        greedy = {opt for p in self.params if isinstance(p, GreedyOption) for opt in (*p.opts, *p.secondary_opts)}
        return super().parse_args(ctx, spread_values(args, greedy))


class GreedyOption(click.Option):
    """An option that takes each word up to the next option."""


def spread_values(args: list[str], greedy: set[str]) -> list[str]:
    """Repeat a greedy option before each of its values.

    >>> spread_values(["-s", "a", "b", "-x"], {"-s"})
    ['-s', 'a', '-s', 'b', '-x']
    """
    spread: list[str] = []
    current: str | None = None
    taken = 0
    for index, word in enumerate(args):
        if word == "--":
            return spread + args[index:]
        if word.startswith("-") and word != "-":
            current, taken = (word if word in greedy else None), 0
        elif current:
            if taken:
                spread.append(current)
            taken += 1
        spread.append(word)
    return spread


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"featsql.cli.commands.{name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and args[0] not in (*COMMANDS, *ALIASES):
            raise FeatsqlError(_unknown(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _unknown(name: str) -> Diagnostic:
    if name in LATER:
        return Diagnostic("FS009", f"`featsql {name}` is not available in this version")
    hints = nearest(name, (*COMMANDS, *ALIASES)) or ("`featsql --help` lists the commands",)
    return Diagnostic("FS008", f"`{name}` is not a command of featsql", hints=hints)
