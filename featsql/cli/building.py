"""What `run`, `build` and `seed` share: do the steps and tell about it, or only print them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from featsql.cli import exits
from featsql.cli.console import Console
from featsql.cli.opening import parsed_project
from featsql.cli.options import BuildOptions, DryRunOptions, ProjectOptions, SelectionOptions
from featsql.cli.progress import Progress
from featsql.cli.steps import step_lines, steps_json
from featsql.ir.query import RunResult
from featsql.run.junit import write_junit

if TYPE_CHECKING:
    from featsql.api import Project

Verb = Literal["run", "build", "seed", "snapshot"]


@dataclass(frozen=True, slots=True)
class TestedBuild:
    """What `build` does beside building."""

    store_failures: bool = False
    junit_xml: str | None = None


def perform(
    verb: Verb,
    given: ProjectOptions,
    selection: SelectionOptions,
    building: BuildOptions,
    dry: DryRunOptions,
    console: Console,
    tested: TestedBuild | None = None,
) -> int:
    """Do what the verb says; 0 if every node came out well, 1 if not."""
    project = parsed_project(given, console)
    if dry.dry_run:
        nodes = project.plan_run(verb, **asdict(selection), as_of=building.as_of)
        for line in (steps_json(nodes),) if dry.output == "json" else step_lines(nodes):
            console.data(line)
        return exits.DONE
    with Progress(console, project.settings.name) as progress:
        result = _done(verb, project, selection, building, progress, tested or TestedBuild())
    if tested and tested.junit_xml:
        write_junit(tested.junit_xml, project.settings.name, result)
    return exits.DONE if result.ok else exits.FAILED


def _done(
    verb: Verb,
    project: Project,
    selection: SelectionOptions,
    building: BuildOptions,
    progress: Progress,
    tested: TestedBuild,
) -> RunResult:
    chosen = asdict(selection)
    match verb:
        case "run":
            return project.run(**chosen, **asdict(building), listener=progress)
        case "build":
            return project.build(**chosen, **asdict(building), store_failures=tested.store_failures, listener=progress)
        case "snapshot":
            return project.snapshot(**chosen, as_of=building.as_of, fail_fast=building.fail_fast, listener=progress)
        case "seed":
            return project.seed(**chosen, fail_fast=building.fail_fast, listener=progress)
