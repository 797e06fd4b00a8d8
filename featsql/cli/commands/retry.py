"""`featsql retry`."""

from __future__ import annotations

from featsql.cli import exits
from featsql.cli.console import Console
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "retry",
    about="Takes the nodes, the options and the time of the last `run`, `build`, `seed` or `snapshot` from the target, whatever "
    "ended it: an error, Ctrl-C, or a machine that died. What was published is not built again.",
    examples=("featsql retry", "featsql retry -t prod"),
)
@project_options
@talk_options
def command(given: ProjectOptions, console: Console) -> int:
    from featsql.cli.opening import parsed_project  # not at the top: help shall be quick
    from featsql.cli.progress import Progress

    project = parsed_project(given, console)
    with Progress(console, project.settings.name) as progress:
        result = project.retry(listener=progress)
    if result is None:
        console.say("nothing to do: all of the last run is done", event="NothingToDo")
        return exits.DONE
    return exits.DONE if result.ok else exits.FAILED
