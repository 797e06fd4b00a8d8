"""`featsql clean`."""

from __future__ import annotations

from featsql.cli.console import Console
from featsql.cli.opening import open_project
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "clean",
    about="Compiled SQL, the manifest and the results of the last run go; a DuckDB file stays.",
    examples=("featsql clean", "featsql clean --target-path out"),
)
@project_options
@talk_options
def command(given: ProjectOptions, console: Console) -> None:
    removed = open_project(given).clean()
    for path in removed:
        console.say(f"deleted {path}", event="Deleted", facts={"path": str(path)})
    if not removed:
        console.say("nothing to delete", event="Deleted")
