"""`featsql docs generate` and `featsql docs serve`."""

from __future__ import annotations

from typing import Literal

import click

from featsql.cli.console import Console
from featsql.cli.opening import open_project, parsed_project
from featsql.cli.options import ProjectOptions, as_of_option, project_options, talk_options
from featsql.cli.options import command as featsql_command


@featsql_command(
    "docs",
    about=(
        "`generate` writes a site to target/docs: pages of entities, features, training sets, models and sources, with lineage "
        "by column. It opens from disk and needs no server and no network. `serve` shows it on this machine, and again when the "
        "project changes."
    ),
    examples=("featsql docs generate", "featsql docs generate --stats --single-file", "featsql docs serve"),
)
@click.argument("action", type=click.Choice(["generate", "serve"]))
@click.option("--stats", is_flag=True, help="generate: count rows, NULLs and distributions, with one scan a table.")
@click.option("--single-file", is_flag=True, help="generate: everything in one index.html.")
@click.option("--host", default="127.0.0.1", show_default=True, help="serve: the address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="serve: the port; 0 takes a free one."
)
@click.option("--allow-remote", is_flag=True, help="serve: let other machines in, with a token that is printed.")
@as_of_option
@project_options
@talk_options
def command(
    given: ProjectOptions,
    action: Literal["generate", "serve"],
    stats: bool,
    single_file: bool,
    host: str,
    port: int,
    allow_remote: bool,
    as_of: str | None,
    console: Console,
) -> None:
    if action == "serve":
        from featsql.cli.docs_serving import serve  # not at the top: help shall be quick

        serve(lambda: open_project(given), console, host, port, allow_remote)
        return
    project = parsed_project(given, console)

    def counted(name: str, done: int, of: int) -> None:
        console.say(f"counted {name} ({done} of {of})", event="TableCounted")

    site = project.docs(single_file=single_file, counted=counted if stats else None, as_of=as_of)
    console.say(f"{site.page}: {site.files} files, {site.size / 1e6:.1f} MB", event="DocsGenerated")
