"""`featsql lineage`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import ProjectOptions, project_options, talk_options
from featsql.cli.options import command as featsql_command

if TYPE_CHECKING:
    from featsql.ir.graph import FeatureGraph
    from featsql.ir.lineage import Lineage


@featsql_command(
    "lineage",
    about=(
        "Of a column: every column it is made of or goes into, with the expression and the line that say so. "
        "Of a node: what it reads and what reads it. Nothing connects."
    ),
    examples=(
        "featsql lineage late_arrivals",
        "featsql lineage plane_delays.plane_late_30d --up",
        "featsql lineage nyc.flights.departure_delay --down -o mermaid",
    ),
)
@click.argument("name", metavar="NODE[.COLUMN]")
@click.option("--up", is_flag=True, help="Only what it comes from.")
@click.option("--down", is_flag=True, help="Only what it goes into.")
@click.option("-o", "--output", type=click.Choice(["tree", "json", "mermaid", "dot"]), default="tree", help="How it is printed.")
@project_options
@talk_options
def command(
    given: ProjectOptions,
    name: str,
    up: bool,
    down: bool,
    output: Literal["tree", "json", "mermaid", "dot"],
    console: Console,
) -> None:
    from featsql.cli.lineage_text import Asked, Drawing, as_dot, as_json, as_mermaid, as_tree  # help shall be quick

    project = parsed_project(given, console)
    graph, lineage = project.graph, project.lineage
    node, column = _asked(name, graph, lineage)
    drawing = Drawing(graph, lineage, Asked(node, column, up or not down, down or not up))
    match output:
        case "tree":
            for line in as_tree(drawing):
                console.painted_data(line)
        case "json":
            console.data(as_json(drawing))
        case "mermaid":
            console.data(as_mermaid(drawing))
        case "dot":
            console.data(as_dot(drawing))


def _asked(name: str, graph: FeatureGraph, lineage: Lineage) -> tuple[str, str | None]:
    """The id of the node and the column of it that a name means. FS401 and FS404 with the nearest ones."""
    ids = {node.name.lower(): node_id for node_id, node in graph.nodes.items()}
    if name.lower() in ids:
        return ids[name.lower()], None
    node, dot, column = name.rpartition(".")
    if not dot or node.lower() not in ids:
        known = [n.name for n in graph.nodes.values()]
        wanted = node if dot and not nearest(name, known) else name
        raise FeatsqlError(Diagnostic("FS401", f"there is no node `{wanted}`", hints=nearest(wanted, known)))
    found = ids[node.lower()]
    columns = lineage.columns.get(found, ())
    for known_column in columns:
        if known_column.lower() == column.lower():
            return found, known_column
    hints = nearest(column, columns) or ((f"columns: {', '.join(f'`{c}`' for c in columns[:12])}",) if columns else ())
    raise FeatsqlError(Diagnostic("FS404", f"`{graph.nodes[found].name}` has no column `{column}`", hints=hints))
