"""The options that commands share, gathered into values, so that a command takes few arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, Literal, TypeVar

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
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
    threads: int | None


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    select: tuple[str, ...]
    exclude: tuple[str, ...]
    selector: str | None
    allow_empty: bool
    state: str | None

    @property
    def is_given(self) -> bool:
        return bool(self.select or self.exclude or self.selector)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How `run` and `build` go about it; the names are those of `Project.run`."""

    as_of: str | None = None
    full_refresh: bool = False
    fail_fast: bool = False
    empty: bool = False
    start: str | None = None
    end: str | None = None
    chunk: str | None = None
    force: bool = False
    wait: str | None = None


@dataclass(frozen=True, slots=True)
class DryRunOptions:
    dry_run: bool
    output: Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class TalkOptions:
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
    return _gather("given", ProjectOptions, _PROJECT, function)


def selection_options(function: Callback) -> Callback:
    return _gather("selection", SelectionOptions, _SELECTION, _with_options(_LATER, function))


def build_options(function: Callback) -> Callback:
    return _gather("building", BuildOptions, _BUILD, function)


def dry_run_options(function: Callback) -> Callback:
    return _gather("dry", DryRunOptions, _DRY_RUN, function)


def talk_options(function: Callback) -> Callback:
    """Options of how the command talks; the function gets the `console` that they make."""
    return _gather("talk", TalkOptions, _TALK, _with_console(function))


def anywhere_options(function: Callback) -> Callback:
    """The options that may also stand before the command, hidden in the root's help."""
    return _with_options((*_PROJECT, *_TALK), function, hidden=True)


def _option(*names: str, **settings: Any) -> Callable[[bool], Decorator]:
    return lambda hidden: click.option(*names, **{"hidden": hidden, **settings})


def _refuse(context: click.Context, parameter: click.Parameter, value: object) -> None:
    if value:
        raise FeatsqlError(Diagnostic("FS009", f"`{parameter.opts[0]}` is not available in this version"))


_FOLDER = click.Path(file_okay=False)
_AS_OF = _option(
    "--as-of",
    metavar="TIMESTAMP",
    help="The time t of online tables, such as 2026-01-31 or 2026-01-31T12:00:00Z; UTC without a zone. Default: now.",
)
as_of_option: Decorator = _AS_OF(False)

_PROJECT = (
    _option("--project-dir", type=_FOLDER, help="The folder of featsql.yml. Default: this folder or one above it."),
    _option("--profiles-dir", type=_FOLDER, help="The folder of profiles.yml."),
    _option("--profile", metavar="NAME", help="The profile, in place of featsql.yml's."),
    _option("-t", "--target", metavar="NAME", help="The target, in place of the profile's default."),
    _option("--target-path", type=_FOLDER, help="The folder for what is generated. Default: target."),
    _option("--vars", "variables", metavar="YAML", help="Variables that replace featsql.yml's, such as '{start: 2024-01-01}'."),
    _option("--threads", type=click.IntRange(min=1), help="Threads of the warehouse. Default: the profile's."),
)

_SELECTION = (
    _option(
        "-s",
        "--select",
        cls=GreedyOption,
        multiple=True,
        metavar="SELECTOR",
        help=(
            "Nodes to take: names, +name+, @name, path:, tag:, kind:, entity:, owner:, source:, result:, state:modified. "
            "Space: or, comma: and."
        ),
    ),
    _option("--exclude", cls=GreedyOption, multiple=True, metavar="SELECTOR", help="Nodes to leave out."),
    _option("--selector", metavar="NAME", help="A selection that featsql.yml names."),
    _option("--allow-empty", is_flag=True, help="Selecting nothing is no error."),
    _option("--state", type=_FOLDER, help="A folder with an earlier manifest.json, which `state:modified` compares with."),
)

_LATER = (_option("--defer", is_flag=True, callback=_refuse, expose_value=False, hidden=True),)

_BUILD = (
    _AS_OF,
    _option("-f", "--full-refresh", is_flag=True, help="Rebuild whole what is otherwise added to."),
    _option("-x", "--fail-fast", is_flag=True, help="Stop at the first node that fails."),
    _option(
        "--from",
        "start",
        metavar="TIMESTAMP",
        help="Of incremental models with intervals and of backfilled views: compute anew what lies from this time on.",
    ),
    _option("--to", "end", metavar="TIMESTAMP", help="The end of that time, which is left out. Default: the time of the run."),
    _option(
        "--chunk",
        metavar="LENGTH",
        help="Compute intervals and grids in parts such as 30d, each published by itself: what is done stays done.",
    ),
    _option(
        "--wait", metavar="LENGTH", help="How long to wait while another run holds the target, such as 10m. Default: not at all."
    ),
    _option("--force", is_flag=True, help="Build also what is current: its inputs, its SQL and its settings are what they were."),
    _option("--empty", is_flag=True, hidden=True),
)

_DRY_RUN = (
    _option("--dry-run", is_flag=True, help="Print the steps and do none of them."),
    _option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="How --dry-run prints the steps."),
)

_TALK = (
    _option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
    _option("-d", "--debug", is_flag=True, help="Say more: what starts, and tracebacks of bugs."),
    _option("--log-format", type=click.Choice(["text", "json"]), default="text", help="json: one object a line, on stderr."),
)


def _with_options(options: tuple[Callable[[bool], Decorator], ...], function: Callback, *, hidden: bool = False) -> Callback:
    for option in reversed(options):
        function = option(hidden)(function)
    return function


def _gather(name: str, into: type[Gathered], options: tuple[Callable[[bool], Decorator], ...], function: Callback) -> Callback:
    """Give the function one argument in place of one an option."""
    names = [f.name for f in fields(into)]  # type: ignore[arg-type]

    @wraps(function)
    def gathered(**arguments: Any) -> Any:
        arguments[name] = into(**{key: arguments.pop(key) for key in names})
        return function(**arguments)

    return _with_options(options, gathered)


def _with_console(function: Callback) -> Callback:
    @wraps(function)
    def with_console(talk: TalkOptions, **arguments: Any) -> Any:
        console = click.get_current_context().find_object(Console)
        assert console is not None, "main() puts it there"
        console.log_format, console.quiet, console.debug = talk.log_format, talk.quiet, talk.debug
        return function(console=console, **arguments)

    return with_console
