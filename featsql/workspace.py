"""A project on disk and one of its targets: what reads it, opens its warehouse and knows where its files go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.ir.project import Target
from featsql.ir.query import NodeSteps, Query
from featsql.run.moments import Moment, as_of_us

if TYPE_CHECKING:
    from featsql.compile import Compiler, Fingerprints, RenderedProject
    from featsql.engines.base import Engine, Mode
    from featsql.ir.graph import FeatureGraph
    from featsql.ir.model import TemplateContext
    from featsql.project.trust import Trust
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


@dataclass(slots=True)
class Loaded:
    """What was read of a project so far; the graph is typed with `catalog`."""

    rendered: RenderedProject
    graph: FeatureGraph
    catalog: dict[str, Any]
    warnings: tuple[Diagnostic, ...]
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
    ) -> None:
        from featsql.engines import describer
        from featsql.project.files import load_target, variables_of
        from featsql.project.trust import settings_of

        self._trust: Trust = trust
        self._options = (target, profile, profiles_dir, target_path, variables, threads, trust)
        self._env = dict(os.environ) if trust == "full" else {}
        self.root, self.settings = settings_of(root, trust)
        profiles_dir = profiles_dir if trust == "full" else str(self.root)
        self._variables = {**self.settings.variables, **variables_of(variables)}
        found = load_target(self.root, self.settings, profile, target, profiles_dir, self._env)
        self.target: Target = replace(found, threads=threads) if threads else found
        self.target_path = self.root / (target_path or self.settings.target_path)
        self._describe = describer(self.settings.dialect)
        self._loaded: Loaded | None = None

    @property
    def graph(self) -> FeatureGraph:
        """The feature graph, checked as far as that goes without a connection."""
        return self.load().graph

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

    def beside(self, target: str) -> Workspace | None:
        """The same project and another target of its profile; None where the profile has none of that name."""
        try:
            return Workspace(self.root, target, *self._options[1:])
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

    def load(self) -> Loaded:
        """Stages 1 to 5."""
        self._loaded = self._loaded or self._read()
        return self._loaded

    def _read(self) -> Loaded:
        from featsql.compile import build_graph, read_project
        from featsql.project.catalog import columns_of_files
        from featsql.project.files import load_files

        timings: dict[str, float] = {}
        files = load_files(self.root, self.settings)
        context = self._context()
        rendered, parsed = read_project(files, context, timings)
        catalog = columns_of_files(files, rendered.declarations, self._trust)
        graph, warnings = build_graph(parsed, self._inputs(None, catalog), timings)
        return Loaded(rendered, graph, catalog, warnings, timings)

    def _context(self) -> TemplateContext:
        from featsql.project.files import template_context

        return template_context(self._variables, self._env, self.target, self.settings.name)

    def _inputs(self, as_of: AsOf, catalog: Mapping[str, Any]) -> Any:
        from featsql.ir.project import CompileInputs

        target = self.target
        return CompileInputs(target.type, target.schema, as_of_us(as_of), target.database, catalog, self._describe)

    def compiler(self, as_of: AsOf) -> Compiler:
        """Stages 6 to 8, as far as columns are known without a connection."""
        from featsql.compile import Compiler
        from featsql.run.counting import load_amounts

        loaded = self.load()
        inputs = self._inputs(as_of, loaded.catalog)
        return Compiler(loaded.graph, inputs, self.root.as_posix(), load_amounts(self.amounts_path, self.target.name))

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
            graph, warnings = build_graph(parse_project(loaded.rendered), self._inputs(as_of, catalog))
            self._loaded = Loaded(loaded.rendered, graph, catalog, warnings, loaded.timings)
        return self.compiler(as_of)

    def steps(self, node_ids: Sequence[str], compiler: Compiler) -> tuple[NodeSteps, ...]:
        """Stage 9 of each of the nodes that do something."""
        from featsql.materialize.steps import steps_of, with_parents_that_are_built

        nodes = (compiler.graph.nodes[node_id] for node_id in node_ids)
        made = (steps_of(node, compiler.queries(node), compiler.root) for node in nodes)
        return tuple(with_parents_that_are_built(steps, compiler.graph) for steps in made if steps.steps)

    @contextmanager
    def engine(self, mode: Mode) -> Iterator[Engine]:
        """The target, opened. FS008 for a project that is not trusted."""
        from featsql.engines import connect
        from featsql.project.trust import only_trusted

        only_trusted(self._trust)
        engine = connect(self.target, self.root.as_posix(), mode)
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def opened(self, mode: Mode, as_of: AsOf) -> Iterator[tuple[Engine, Compiler]]:
        """The target, opened, and the compiler with the columns of its tables."""
        with self.engine(mode) as engine:
            yield engine, self.with_tables_of(engine, as_of)

    def bench(self, compiler: Compiler) -> Bench:
        """What tests are run with; nothing is open yet."""
        from featsql.run.suites.base import Bench, nothing_open
        from featsql.run.testing import load_memory

        memory = load_memory(self.memory_path, self.target.name)
        return Bench(compiler, self.load().rendered, self._context(), nothing_open, memory=memory)

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

        return compiler.inline(parse_inline(sql, self.load().rendered, self._context()))

    def write_manifest(self, compiler: Compiler) -> None:
        from featsql.artifacts import manifest
        from featsql.resolve.exposures import exposures_of
        from featsql.run.journal import metadata_of, write_json

        exposures = exposures_of(self.load().rendered.declarations, compiler.graph)
        queries = {node.id: compiler.queries(node) for node in compiler.graph.nodes.values()}
        marks = {node_id: asdict(found) for node_id, found in self.fingerprints().items()}
        content = manifest(compiler.graph, queries, metadata_of(self.target), exposures, marks)
        write_json(self.target_path / "manifest.json", content)
