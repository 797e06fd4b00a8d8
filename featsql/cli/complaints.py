"""What click finds wrong with the words of a command, as a diagnostic of ours."""

from __future__ import annotations

import click

from featsql.base.diagnostics import Diagnostic


def complaint(error: click.ClickException) -> Diagnostic:
    """FS008, in our words where click says what it is about."""
    return Diagnostic("FS008", _message(error), hints=_hints(error))


def _message(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            return f"there is no option `{error.option_name}`"
        case click.MissingParameter():
            return f"{_named(error)} is missing"
        case click.BadOptionUsage():
            return f"the option `{error.option_name}` needs a value" if "requires" in error.message else _lower(error.message)
        case click.BadParameter():
            return f"{_named(error)}: {_lower(error.message)}"
    return _lower(error.format_message())


def _named(error: click.BadParameter) -> str:
    parameter = error.param
    if parameter is None:
        return "an argument"
    if isinstance(parameter, click.Option):
        return "the option " + " / ".join(f"`{name}`" for name in parameter.opts)
    return f"the argument `{parameter.human_readable_name}`"


def _lower(said: str) -> str:
    said = said.rstrip(".").replace("'", "`")
    return said[:1].lower() + said[1:]


def _hints(error: click.ClickException) -> tuple[str, ...]:
    hints: list[str] = []
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        hints.append("did you mean " + " or ".join(f"`{name}`" for name in sorted(error.possibilities)) + "?")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hints.append(f"`{error.ctx.command_path} --help` shows what it takes")
    return tuple(hints)
