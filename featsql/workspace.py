"""A project on disk and one of its targets: what reads it, opens its warehouse and knows where its files go."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.fingerprint import fingerprint
from featsql.ir.project import ProjectFiles, Target
from featsql.ir.query import NodeSql, NodeSteps, Query
from featsql.run.moments import Moment, as_of_us

if TYPE_CHECKING:
    from featsql.artifacts import ManifestText
    from featsql.compile import Compiler, Fingerprints, RenderedProject
    from featsql.engines.base import Engine, Mode
    from featsql.ir.graph import FeatureGraph
    from featsql.ir.header import SourceTable
    from featsql.ir.model import Column, Template, TemplateContext
    from featsql.ir.reach import ModelReach
    from featsql.project.trust import Trust
    from featsql.run.ledger import Ledger
    from featsql.run.suites.base import Bench

Command = Literal["run", "build", "seed", "snapshot"]
AsOf = Moment | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What the options of a command name: see `featsql ls --help`. Nothing named: everything."""

    select: Sequence[str] = ()
    exclude: Sequence[str] = ()
    selector: str | None = None
    allow_empty: bool = False
    state: str | None = None
    """A folder with an earlier manifest, for `state:modified`."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Where a project stands that is run for a comparison: all of its relations in one schema, named as their nodes.

    `tables` stand in for its sources, by node id; `columns` are theirs. What they replace is nowhere read.
    """

    schema: str
    tables: Mapping[str, str]
    columns: Mapping[str, tuple[Column, ...]]


@dataclass(slots=True)
class Loaded:
    """What was read of a project so far; the graph is typed with `catalog`."""

    rendered: RenderedProject
    graph: FeatureGraph
    catalog: dict[str, Any]
    warnings: tuple[Diagnostic, ...]
    reaches: Mapping[str, ModelReach]
    """What the columns of models can reach, by node id."""
    timings: dict[str, float] = field(default_factory=dict)


class Workspace:
    """Files are read when they are first needed, and once. Raises `FeatsqlError` with everything that a stage found wrong."""

    def __init__(
        self,
        root: Path,
        target: str | None = None,
        profile: str | None = None,
        profiles_dir: str | None = None,
        target_path: str | None = None,
        variables: Mapping[str, object] | str | None = None,
        threads: int | None = None,
        trust: Trust = "full",
        aside: Aside | None = None,
    ) -> None:
        from featsql.engines import describer
        from featsql.project.files import load_target, variables_of
        from featsql.project.trust import settings_of

        self._trust: Trust = trust
        self._options = (target, profile, profiles_dir, target_path, variables, threads, trust)
        self.environment = dict(os.environ) if trust == "full" else {}
        self.root, self.settings = settings_of(root, trust)
        profiles_dir = profiles_dir if trust == "full" else str(self.root)
        given = variables_of(variables)
        self.variables = {**self.settings.variables, **given}
        self.variables_mark = fingerprint(repr(sorted(given.items())))
        """Tells apart what was given for this command alone, and tells nothing of it."""
        self._profile = (profile, profiles_dir)
        found = load_target(self.root, self.settings, profile, target, profiles_dir, self.environment)
        found = replace(found, threads=threads) if threads else found
        self.target: Target = replace(found, schema=aside.schema) if aside else found
        self._aside = aside
        self.target_path = self.root / (target_path or self.settings.target_path)
        self._describe = describer(self.settings.dialect)
        self._loaded: Loaded | None = None
        self._files: ProjectFiles | None = None

    @property
    def graph(self) -> FeatureGraph:
        """The feature graph, checked as far as that goes without a connection."""
        return self.load().graph

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    @property
    def is_trusted(self) -> bool:
        return self._trust == "full"

    @property
    def files(self) -> ProjectFiles:
        """Every file of the project, as it is when first asked for."""
        from featsql.project.files import load_files

        self._files = self._files or load_files(self.root, self.settings)
        return self._files

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return self.load().warnings

    def select(self, selection: Selection, include_sources: bool = False) -> tuple[str, ...]:
        """Ids of the selected nodes in the order of the graph; sources only where asked for. FS007 for what selects nothing."""
        from featsql.resolve import selectors
        from featsql.run.journal import last_results

        selects = [*selection.select]
        if selection.selector:
            selects.append(selectors.named_selector(self.settings.selectors, selection.selector))
        results = last_results(self.target_path / "run_results.json")
        modified = self.modified(Path(selection.state)) if selection.state else None
        if include_sources:
            found = selectors.resolve_selection(self.graph, selects, selection.exclude, results, modified)
            if found.unmatched and not selection.allow_empty:
                raise FeatsqlError(*found.unmatched)
            chosen = found.nodes
        else:
            chosen = selectors.select(
                self.graph, selects, selection.exclude, results, modified, allow_empty=selection.allow_empty
            )
        return tuple(node_id for node_id in self.graph.nodes if node_id in chosen)

    def elsewhere(self, root: Path) -> Workspace:
        """The same target of the project as it stands in another folder."""
        return Workspace(root, *self._options)

    def outputs(self) -> Mapping[str, str]:
        """The types of the targets that the profile has, by name."""
        from featsql.project.files import load_outputs

        profile, profiles_dir = self._profile
        return load_outputs(self.root, self.settings, profile, profiles_dir, self.environment)

    def on(self, target: str, aside: Aside | None = None) -> Workspace:
        """The same project with another of the profile's targets; with `aside`, in a schema by itself."""
        return Workspace(self.root, target, *self._options[1:], aside=aside)

    def beside(self, target: str) -> Workspace | None:
        """The same project and another target of its profile; None where the profile has none of that name."""
        try:
            return self.on(target)
        except FeatsqlError as error:
            if [found.code for found in error.diagnostics] == ["FS005"]:
                return None
            raise

    def modified(self, state: Path) -> frozenset[str]:
        """Ids of nodes that are not in the manifest of that folder, or have other rows by what is written of them."""
        from featsql.project.states import rows_by_node

        then = rows_by_node(state)
        return frozenset(node_id for node_id, now in self.fingerprints().items() if then.get(node_id) != now.rows)

    def fingerprints(self) -> Mapping[str, Fingerprints]:
        """By node id."""
        from featsql.compile import fingerprints

        loaded = self.load()
        return fingerprints(loaded.graph, loaded.rendered)

    def load(self, ahead: Callable[[Compiler], None] | None = None) -> Loaded:
        """Stages 1 to 5. `ahead` is given the compiler of the graph before that is checked, if it is not known yet."""
        self._loaded = self._loaded or self._read(ahead)
        return self._loaded

    def _read(self, ahead: Callable[[Compiler], None] | None) -> Loaded:
        from featsql.compile import build_graph, parse_project, read_project
        from featsql.project.catalog import columns_of_files

        timings: dict[str, float] = {}
        files, context = self.files, self.context
        rendered, parsed = read_project(files, context, timings)
        if self._aside:
            rendered = _moved(rendered, self._aside)
            parsed = parse_project(rendered)
        catalog = columns_of_files(files, rendered.declarations, self._trust)
        catalog |= self._aside.columns if self._aside else {}
        told = (lambda graph: ahead(self.compiler_of(graph, catalog, None))) if ahead else None
        built = build_graph(parsed, self.inputs(None, catalog), timings, told)
        return Loaded(rendered, built.graph, catalog, built.warnings, built.reaches, timings)

    @property
    def context(self) -> TemplateContext:
        """What templates can see, but for macros."""
        from featsql.project.files import template_context

        return template_context(self.variables, self.environment, self.target, self.settings.name)

    def inputs(self, as_of: AsOf, catalog: Mapping[str, Any]) -> Any:
        from featsql.ir.project import CompileInputs

        target = self.target
        return CompileInputs(target.type, target.schema, as_of_us(as_of), target.database, catalog, self._describe)

    def compiler(self, as_of: AsOf) -> Compiler:
        """Stages 6 to 8, as far as columns are known without a connection."""
        loaded = self.load()
        return self.compiler_of(loaded.graph, loaded.catalog, as_of)

    def compiler_of(self, graph: FeatureGraph, catalog: Mapping[str, Any], as_of: AsOf) -> Compiler:
        """Stages 6 to 8 of a graph."""
        from featsql.compile import Compiler
        from featsql.run.counting import load_amounts

        amounts = load_amounts(self.amounts_path, self.target.name)
        return Compiler(graph, self.inputs(as_of, catalog), self.root.as_posix(), amounts)

    @property
    def memory_path(self) -> Path:
        """What tests remember of the runs in which they passed."""
        return self.target_path / "test_memory.json"

    @property
    def amounts_path(self) -> Path:
        """What was counted for the choice of plans."""
        return self.target_path / "statistics.json"

    def with_tables_of(self, engine: Engine, as_of: AsOf) -> Compiler:
        """The compiler, with the columns that the warehouse's own tables tell."""
        from featsql.compile import build_graph, parse_project
        from featsql.project.catalog import changes, columns_of_tables

        loaded = self.load()
        told = columns_of_tables(engine, loaded.rendered.files, loaded.rendered.declarations, self.target.type)
        known = {n.id: n.columns for n in loaded.graph.nodes.values() if n.columns is not None}
        if changes(told, known):
            catalog = {**loaded.catalog, **told}
            # parsed anew: typing leaves its marks on a tree
            built = build_graph(parse_project(loaded.rendered), self.inputs(as_of, catalog))
            self._loaded = replace(loaded, graph=built.graph, catalog=catalog, warnings=built.warnings, reaches=built.reaches)
        return self.compiler(as_of)

    def steps(self, node_ids: Sequence[str], compiler: Compiler) -> tuple[NodeSteps, ...]:
        """Stage 9 of each of the nodes that do something."""
        from featsql.materialize.steps import steps_of, with_parents_that_are_built

        nodes = (compiler.graph.nodes[node_id] for node_id in node_ids)
        made = (steps_of(node, compiler.queries(node), compiler.root) for node in nodes)
        return tuple(with_parents_that_are_built(steps, compiler.graph) for steps in made if steps.steps)

    @contextmanager
    def engine(self, mode: Mode, wait_seconds: float = 0.0) -> Iterator[Engine]:
        """The target, opened; another run that holds it is waited for so long. FS703; FS008 for a project that is not trusted."""
        from featsql.engines.waiting import connect_in_turn
        from featsql.project.trust import only_trusted

        only_trusted(self._trust)
        engine = connect_in_turn(self.target, self.root.as_posix(), mode, wait_seconds)
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def opened(self, mode: Mode, as_of: AsOf) -> Iterator[tuple[Engine, Compiler]]:
        """The target, opened, and the compiler with the columns of its tables."""
        with self.engine(mode) as engine:
            yield engine, self.with_tables_of(engine, as_of)

    def ledger(self, engine: Engine) -> Ledger:
        """What the target remembers of this project's runs."""
        from featsql.run.ledger import ledger_of

        return ledger_of(engine, self.target.type, self.target.database, self.settings.name, self.target.name)

    def bench(self, compiler: Compiler) -> Bench:
        """What tests are run with; nothing is open yet."""
        from featsql.run.suites.base import Bench, nothing_open
        from featsql.run.testing import load_memory

        memory = load_memory(self.memory_path, self.target.name)
        return Bench(compiler, self.load().rendered, self.context, nothing_open, memory=memory)

    def shown(self, name: str, compiler: Compiler) -> Query:
        """The query of a node or of `NAME__online`; of a seed, all of its rows."""
        from featsql.stages import find_node

        wanted, online = (name.removesuffix("__online"), True) if name.endswith("__online") else (name, False)
        made = compiler.queries(find_node(compiler.graph, wanted))
        query = made.online if online else made.main
        if query is None:
            return self.inline(f"select * from {{{{ ref('{wanted}') }}}}", compiler)
        return query

    def inline(self, sql: str, compiler: Compiler) -> Query:
        """A query in the project's SQL, given as text."""
        from featsql.compile import parse_inline

        return compiler.inline(parse_inline(sql, self.load().rendered, self.context))

    def manifest(self, sql: Mapping[str, NodeSql], marks: Mapping[str, Fingerprints]) -> ManifestText:
        """The manifest with this SQL, by node id."""
        from featsql.artifacts import manifest
        from featsql.resolve.exposures import exposures_of

        graph = self.graph
        exposures = exposures_of(self.load().rendered.declarations, graph)
        return manifest(graph, sql, exposures, {node_id: asdict(found) for node_id, found in marks.items()})

    def manifest_of(self, compiler: Compiler) -> ManifestText:
        """The manifest with the SQL that a compiler makes."""
        sql = {node.id: NodeSql.of(compiler.queries(node)) for node in compiler.graph.nodes.values()}
        return self.manifest(sql, self.fingerprints())

    def write_manifest(self, texts: Sequence[str]) -> None:
        """`texts` are those of `ManifestText`."""
        from featsql.artifacts import manifest_json
        from featsql.run.journal import metadata_of, write_text

        write_text(self.target_path / "manifest.json", manifest_json(self.settings.name, metadata_of(self.target), texts))


def _moved(rendered: RenderedProject, aside: Aside) -> RenderedProject:
    """The project with its relations and sources in the schema of `aside`."""

    def moved(source: SourceTable) -> SourceTable:
        # one that has no table is not read either
        name = aside.tables.get(f"source.{rendered.files.settings.name}.{source.id}", source.identifier)
        return replace(source, schema=aside.schema, identifier=name, database=None, path=None)

    def renamed(template: Template) -> Template:
        return replace(template, header=replace(template.header, schema=None, alias=None))

    return replace(
        rendered,
        templates=tuple(map(renamed, rendered.templates)),
        again=tuple(map(renamed, rendered.again)),
        declarations=tuple(replace(d, sources=tuple(map(moved, d.sources))) for d in rendered.declarations),
    )
