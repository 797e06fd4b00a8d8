"""From options to a project."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.console import Console
from featsql.cli.options import ProjectOptions, SelectionOptions

if TYPE_CHECKING:
    from featsql.api import Project
    from featsql.project.trust import Trust


def open_project(given: ProjectOptions, trust: Trust = "full") -> Project:
    """The project that the options name, not parsed yet. Raises what reading its settings finds wrong."""
    from featsql.api import Project

    options = asdict(given)
    folder = options.pop("project_dir") or "."
    return Project(folder, **options) if trust == "full" else Project(folder, trust=trust, **options)


def parsed_project(given: ProjectOptions, console: Console, trust: Trust = "full") -> Project:
    """The same, parsed and checked; what it warns of is told."""
    project = open_project(given, trust)
    console.findings(project.warnings)
    return project


def selected(project: Project, selection: SelectionOptions) -> tuple[str, ...]:
    """Ids of the nodes that can be built, in the order of the graph. Raises FS007 for an empty selection."""
    return project.select(**asdict(selection))


def one_name(project: Project, selection: SelectionOptions, verb: str) -> str:
    """The name of the one node that is selected. Raises FS008 if there are more."""
    names = [project.graph.nodes[node_id].name for node_id in selected(project, selection)]
    if len(names) == 1:
        return names[0]
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (", ..." if len(names) > 5 else "")
    raise FeatsqlError(Diagnostic("FS008", f"`{verb}` takes one node, and {len(names)} are selected: {shown}"))
