"""`featsql retrieve`."""

from __future__ import annotations

from pathlib import Path

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.amounts import counted
from featsql.cli.console import Console
from featsql.cli.group import GreedyOption
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command
from featsql.cli.printing import print_table
from featsql.cli.saving import save, writer_for

_PREVIEW_ROWS = 10


@featsql_command(
    "retrieve",
    about="The result has each row of the spine once, its columns unchanged, and the features as of the row's time.",
    examples=(
        "featsql retrieve --spine labels.parquet --timestamp decided_at \\",
        "    --features plane_delays,airport_weather.temp -o training.parquet",
    ),
)
@click.option(
    "--spine",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keys and times: parquet, csv or json.",
)
@click.option("--timestamp", required=True, metavar="COLUMN", help="The spine's time column.")
@click.option(
    "--features",
    cls=GreedyOption,
    required=True,
    multiple=True,
    metavar="NAMES",
    help="Views and features, with commas between: view, view.feature.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the rows go: .parquet, .csv, .json, .jsonl. Default: the first rows are printed.",
)
@project_options
@talk_options
def command(
    given: ProjectOptions,
    spine: Path,
    timestamp: str,
    features: tuple[str, ...],
    output: Path | None,
    console: Console,
) -> None:
    names = _names(features)
    write = writer_for(output) if output else None
    rows = parsed_project(given, console).retrieve(spine, timestamp=timestamp, features=names)
    if output and write:
        save(rows, output, write)
        told = f"wrote {counted(rows.num_rows, 'row')}, {counted(rows.num_columns, 'column')} to {output}"
        console.say(told, event="Retrieved", facts={"rows": rows.num_rows, "path": str(output)})
        return
    print_table(rows.slice(0, _PREVIEW_ROWS), "table", console)
    shown = f"the first {_PREVIEW_ROWS} of " if rows.num_rows > _PREVIEW_ROWS else ""
    more = "; `-o FILE` writes all" if shown else ""
    console.say(("dim", shown + counted(rows.num_rows, "row") + more), event="Retrieved", facts={"rows": rows.num_rows})


def _names(features: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for part in features for name in part.split(",") if name.strip())
    if not names:
        raise FeatsqlError(Diagnostic("FS008", "`--features` names nothing", hints=("such as `--features view,other.feature`",)))
    return names
