"""The options that commands share, gathered into values, so that a command takes few arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeVar

import click

from featsql.cli.console import Console, LogFormat
from featsql.cli.group import COMMANDS, FeatsqlCommand, GreedyOption

Callback = Callable[..., Any]
Decorator = Callable[[Callback], Callback]
Gathered = TypeVar("Gathered")


@dataclass(frozen=True, slots=True)
class ProjectOptions:
    """Where the project is and which target it meets; None is the project's own choice."""

    project_dir: str | None
    profiles_dir: str | None
    profile: str | None
    target: str | None
    target_path: str | None
    variables: str | None


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    select: tuple[str, ...]
    exclude: tuple[str, ...]
    selector: str | None
    allow_empty: bool


@dataclass(frozen=True, slots=True)
class OutputOptions:
    quiet: bool
    debug: bool
    log_format: LogFormat


def command(name: str, *, about: str = "", examples: tuple[str, ...]) -> Callable[[Callback], click.Command]:
    """Make the function a command: its summary stands in `COMMANDS`, its help ends with the examples."""
    text = "\n\n".join(part for part in (COMMANDS[name], about) if part)
    epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
    return click.command(name, cls=FeatsqlCommand, help=text, epilog=epilog, context_settings=CONTEXT)


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def project_options(function: Callback) -> Callback:
    return _gather("project", ProjectOptions, _PROJECT, function)


def selection_options(function: Callback) -> Callback:
    return _gather("selection", SelectionOptions, _SELECTION, function)


def output_options(function: Callback) -> Callback:
    """Options of how the command talks; the function gets the `console` that they make."""
    gathered = _gather("output", OutputOptions, _OUTPUT, _with_console(function))
    return gathered


def anywhere_options(function: Callback) -> Callback:
    """The options that may also stand before the command, hidden in the root's help."""
    for option in (*_PROJECT, *_OUTPUT):
        function = option(True)(function)
    return function


as_of_option: Decorator = click.option(
    "--as-of",
    metavar="TIMESTAMP",
    help="The time t of online tables, such as 2026-01-31 or 2026-01-31T12:00:00Z; UTC without a zone. Default: now.",
)
threads_option: Decorator = click.option(
    "--threads", type=click.IntRange(min=1), help="Threads of the warehouse. Default: the profile's."
)


def _option(*names: str, **settings: Any) -> Callable[[bool], Decorator]:
    return lambda hidden: click.option(*names, **settings, hidden=hidden)


_FOLDER = click.Path(file_okay=False)

_PROJECT = (
    _option("--project-dir", type=_FOLDER, help="The folder of featsql.yml. Default: this folder or one above it."),
    _option("--profiles-dir", type=_FOLDER, help="The folder of profiles.yml."),
    _option("--profile", metavar="NAME", help="The profile, in place of featsql.yml's."),
    _option("-t", "--target", metavar="NAME", help="The target, in place of the profile's default."),
    _option("--target-path", type=_FOLDER, help="The folder for what is generated. Default: target."),
    _option("--vars", "variables", metavar="YAML", help="Variables that replace featsql.yml's, such as '{start: 2024-01-01}'."),
)

_SELECTION = (
    _option(
        "-s",
        "--select",
        "-m",
        "--model",
        "--models",
        cls=GreedyOption,
        multiple=True,
        metavar="SELECTOR",
        help="Nodes to take: names, +name+, @name, path:, tag:, kind:, entity:, owner:, source:, result:. Space is or, comma and.",
    ),
    _option("--exclude", cls=GreedyOption, multiple=True, metavar="SELECTOR", help="Nodes to leave out."),
    _option("--selector", metavar="NAME", help="A selection that featsql.yml names."),
    _option("--allow-empty", is_flag=True, help="Selecting nothing is no error."),
)

_OUTPUT = (
    _option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    _option("-d", "--debug", is_flag=True, help="Say more: timings, and tracebacks of bugs."),
    _option("--log-format", type=click.Choice(["text", "json"]), default="text", help="json: one object a line, on stderr."),
)


def _gather(
    name: str, into: type[Gathered], options: tuple[Callable[[bool], Decorator], ...], function: Callback
) -> Callback:
    """Give the function one argument in place of one an option."""
    names = [f.name for f in fields(into)]  # type: ignore[arg-type]

    @wraps(function)
    def gathered(**arguments: Any) -> Any:
        arguments[name] = into(**{key: arguments.pop(key) for key in names})
        return function(**arguments)

    decorated: Callback = gathered
    for option in reversed(options):
        decorated = option(False)(decorated)
    return decorated


def _with_console(function: Callback) -> Callback:
    @wraps(function)
    def with_console(output: OutputOptions, **arguments: Any) -> Any:
        console = click.get_current_context().find_object(Console)
        assert console is not None, "main() puts it there"
        console.log_format, console.quiet, console.debug = output.log_format, output.quiet, output.debug
        return function(console=console, **arguments)

    return with_console
