"""A project as a Python object: what the command line does, for notebooks, pipelines and tests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.ir.project import Target
from featsql.ir.query import NodeSteps, Query, RunResult
from featsql.run.events import Listener, Warned, nobody
from featsql.run.moments import Moment, as_of_us, moment_text

if TYPE_CHECKING:
    import pyarrow

    from featsql.compile import Compiler, RenderedProject
    from featsql.documentation import Counted, Site
    from featsql.engines.base import Engine, Mode
    from featsql.ir.explanation import Explanation
    from featsql.ir.graph import FeatureGraph
    from featsql.ir.lineage import Lineage
    from featsql.ir.model import TemplateContext
    from featsql.ir.why import Why
    from featsql.project.trust import Trust
    from featsql.run.suites.base import Bench

Command = Literal["run", "build", "seed"]
AsOf = Moment | None

STAGES: Final[Mapping[str, str]] = {
    "header": "the header and the settings that it gets from featsql.yml",
    "template": "where the SQL template begins, and its text",
    "rendered": "the SQL after Jinja, with markers for refs and sources",
    "parsed": "what the SQL reads and, of a feature view, its parts",
    "graph": "the node in the feature graph: keys, columns, types, parents",
    "plan": "the logical plan: rows, asks, lookups, outputs",
    "relations": "the physical plan: what becomes a CTE each",
    "sql": "the generated SQL",
    "steps": "what a run does for it",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """Generated SQL: by node name, the file that holds it; and the queries, `NAME__online` for online tables."""

    files: Mapping[str, Path]
    queries: Mapping[str, Query]


@dataclass(slots=True)
class _Loaded:
    """What was read of a project so far; the graph is typed with `catalog`."""

    rendered: RenderedProject
    graph: FeatureGraph
    catalog: dict[str, Any]
    warnings: tuple[Diagnostic, ...]
    timings: dict[str, float] = field(default_factory=dict)


class Project:
    """A project on disk and one of its targets. Files are read when they are first needed, and once.

    `root` is the folder of featsql.yml or one below it. Raises `FeatsqlError` with everything that a stage found wrong.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = ".",
        *,
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
        self._env = dict(os.environ) if trust == "full" else {}
        self.root, self.settings = settings_of(Path(root), trust)
        profiles_dir = profiles_dir if trust == "full" else str(self.root)
        self._variables = {**self.settings.variables, **variables_of(variables)}
        found = load_target(self.root, self.settings, profile, target, profiles_dir, self._env)
        self.target: Target = replace(found, threads=threads) if threads else found
        self.target_path = self.root / (target_path or self.settings.target_path)
        self._describe = describer(self.settings.dialect)
        self._loaded: _Loaded | None = None

    # --- reading

    @property
    def graph(self) -> FeatureGraph:
        """The feature graph, checked as far as that goes without a connection."""
        return self._load().graph

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return self._load().warnings

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds that each stage took."""
        return self._load().timings

    @property
    def lineage(self) -> Lineage:
        """Where each column comes from, as far as that is known without a connection."""
        from featsql.compile import trace_graph

        return trace_graph(self.graph)

    def select(
        self,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        include_sources: bool = False,
    ) -> tuple[str, ...]:
        """Ids of the selected nodes in the order of the graph; sources only where asked for. FS007 for what selects nothing."""
        from featsql.resolve import selectors
        from featsql.run.journal import last_results

        selects = [*select]
        if selector:
            selects.append(selectors.named_selector(self.settings.selectors, selector))
        results = last_results(self.target_path / "run_results.json")
        if include_sources:
            found = selectors.resolve_selection(self.graph, selects, exclude, results)
            if found.unmatched and not allow_empty:
                raise FeatsqlError(*found.unmatched)
            chosen = found.nodes
        else:
            chosen = selectors.select(self.graph, selects, exclude, results, allow_empty=allow_empty)
        return tuple(node_id for node_id in self.graph.nodes if node_id in chosen)

    # --- compiling

    def compile(self, nodes: Sequence[str] | None = None, *, as_of: AsOf = None) -> Compiled:
        """Write the SQL of nodes (by id; default: all) under target/compiled/DIALECT, and the manifest. Needs no connection."""
        from featsql.project.cleaning import sweep

        compiler = self._compiler(as_of)
        wanted = self.graph.nodes if nodes is None else nodes
        folder = self.target_path / "compiled" / compiler.inputs.dialect
        queries: dict[str, Query] = {}
        for node_id in wanted:
            node = self.graph.nodes[node_id]
            made = compiler.queries(node)
            if made.main:
                queries[node.name] = made.main
            if made.online:
                queries[f"{node.name}__online"] = made.online
        folder.mkdir(parents=True, exist_ok=True)
        if nodes is None:
            sweep(folder, queries)
        files = {name: folder / f"{name}.sql" for name in queries}
        for name, path in files.items():
            path.write_bytes(f"{queries[name].sql}\n".encode())
        if nodes is None:
            self._write_manifest(compiler)
        return Compiled(files, queries)

    def stage(self, stage: str, node: str, *, as_of: AsOf = None) -> str:
        """What one stage of the compiler (a key of `STAGES`) makes of one node, as text."""
        from featsql.stages import show_stage

        loaded = self._load()
        return show_stage(stage, node, loaded.rendered, loaded.graph, self._compiler(as_of))

    def plan_run(
        self,
        command: Command,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        as_of: AsOf = None,
    ) -> tuple[NodeSteps, ...]:
        """The steps that a command would do, in order; nothing connects."""
        chosen = self._chosen(command, select, exclude, selector, allow_empty)
        return self._steps(chosen, self._compiler(as_of))

    # --- running

    def run(self, **options: Any) -> RunResult:
        """Build the selected models, feature views and training sets. Options: select, exclude, selector, allow_empty, as_of,
        fail_fast, full_refresh, listener."""
        return self._do("run", **options)

    def seed(self, **options: Any) -> RunResult:
        """Load the selected seeds."""
        return self._do("seed", **options)

    def build(self, **options: Any) -> RunResult:
        """Seeds, then models, in the order of the graph."""
        return self._do("build", **options)

    def test(
        self,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        only: Sequence[str] = (),
        as_of: AsOf = None,
        fail_fast: bool = False,
        store_failures: bool = False,
        listener: Listener = nobody,
    ) -> RunResult:
        """Test what the target has now. `only`: sorts of tests, such as `unit` and `data`; unit tests open no warehouse."""
        from featsql.run.journal import results_journal
        from featsql.run.testing import Tester, Testing, run_tests, suites_named

        suites = suites_named(only)
        chosen = self.select(select, exclude, selector, allow_empty, include_sources=True)
        run_id = secrets.token_hex(8)
        moment = moment_text(as_of_us(as_of))
        testing = Testing(chosen, suites, run_id, self.target.name, self._memory_path, fail_fast, store_failures)
        arguments: dict[str, object] = {"which": "test", "select": list(select), "exclude": list(exclude), "as_of": moment}
        file = "sources.json" if only == ("freshness",) else "run_results.json"
        journal = results_journal(self.target_path / file, self.target, run_id, arguments)
        tester = Tester(listener, lambda tests, elapsed: journal((), elapsed, tests), fail_fast)
        return run_tests(testing, self._bench(self._compiler(moment)), lambda mode: self._opened(mode, moment), tester)

    def show(
        self, node: str | None = None, *, inline: str | None = None, limit: int | None = 5, as_of: AsOf = None
    ) -> pyarrow.Table:
        """Rows that a node, or a query in the project's SQL, has now. Nothing is written."""
        from featsql.run.asking import ask

        with self._engine("read") as engine:
            compiler = self._with_tables_of(engine, as_of)
            query = self._inline(inline, compiler) if inline is not None else self._shown(node or "", compiler)
            return ask(engine, query if limit is None else query.limited(limit), compiler)

    def retrieve(self, spine: Any, *, timestamp: str, features: Sequence[str], as_of: AsOf = None) -> pyarrow.Table:
        """The spine's rows and columns, with features as of each row's time.

        `spine` is an Arrow table, a pandas or Polars frame, or the path of a parquet, csv or json file; `features` are
        feature views or `view.feature`. Grain: one row per row of the spine, in its order.
        """
        from featsql.run.retrieval import retrieve
        from featsql.run.spines import to_arrow

        frame = to_arrow(spine)
        with self._engine("read") as engine:
            return retrieve(engine, self._with_tables_of(engine, as_of), frame, timestamp, features)

    def why(self, feature: str, key: Any = None, at: AsOf = None, *, limit: int = 20) -> Why:
        """Why `VIEW.FEATURE` has its value for a key (a value, or a dict of them by name) at a time (None: now), row by row.

        The value is the one that a training set would have there. `limit`: the most rows to name, of those that make the
        value and of those left out; all are counted.
        """
        from featsql.run.asking import ask
        from featsql.run.why import Warehouse, explain

        with self._engine("read") as engine:
            compiler = self._with_tables_of(engine, None)
            warehouse = Warehouse(lambda query, frames: ask(engine, query, compiler, frames), engine.frame_columns)
            return explain(warehouse, compiler, feature, key, as_of_us(at), limit)

    def explain(self, node: str, *, analyze: bool = False, as_of: AsOf = None) -> Explanation:
        """How a training set, a feature view (its history) or `VIEW__online` is computed, and why so. Nothing connects.

        `analyze`: count now, in place of what the last run counted, and measure every relation, in temporary tables.
        """
        from featsql.run import explain

        if not analyze:
            return explain.explain(self._compiler(as_of), node)
        with self._engine("read") as engine:
            return explain.analyze(engine, self._with_tables_of(engine, as_of), node)

    def check_connection(self) -> str:
        """Open the target and close it; the warehouse's name and version."""
        with self._engine("read") as engine:
            return engine.version()

    def docs(self, *, single_file: bool = False, counted: Counted | None = None, as_of: AsOf = None) -> Site:
        """Write the site to target/docs. Nothing connects, unless `counted` is there to hear of each table that is counted."""
        from featsql.documentation import document, write_catalog

        if counted:
            with self._opened("read", as_of) as (engine, compiler):
                write_catalog(engine, compiler, lambda sql: self._inline(sql, compiler), self.target_path, self.target, counted)
        self._write_manifest(compiler := self._compiler(as_of))
        return document(compiler, self.target_path, self.target, single_file)

    def clean(self) -> tuple[Path, ...]:
        """Delete what featsql generated under the target path, but not a warehouse that stands there; what was deleted."""
        from featsql.project.cleaning import remove_generated

        return remove_generated(self.target_path)

    # --- inside

    def _load(self) -> _Loaded:
        self._loaded = self._loaded or self._read()
        return self._loaded

    def _read(self) -> _Loaded:
        from featsql.compile import build_graph, read_project
        from featsql.dialects import DIALECTS
        from featsql.project.catalog import columns_of_files
        from featsql.project.files import load_files

        if self.target.type not in DIALECTS:
            message = f"targets of type `{self.target.type}` are not available in this version"
            raise FeatsqlError(Diagnostic("FS009", message, hints=(f"types that are: {', '.join(DIALECTS)}",)))
        timings: dict[str, float] = {}
        files = load_files(self.root, self.settings)
        context = self._context()
        rendered, parsed = read_project(files, context, timings)
        catalog = columns_of_files(files, rendered.declarations, self._trust)
        graph, warnings = build_graph(parsed, self._inputs(None, catalog), timings)
        return _Loaded(rendered, graph, catalog, warnings, timings)

    def _context(self) -> TemplateContext:
        from featsql.project.files import template_context

        return template_context(self._variables, self._env, self.target, self.settings.name)

    def _inputs(self, as_of: AsOf, catalog: Mapping[str, Any]) -> Any:
        from featsql.ir.project import CompileInputs

        target = self.target
        return CompileInputs(target.type, target.schema, as_of_us(as_of), target.database, catalog, self._describe)

    def _compiler(self, as_of: AsOf) -> Compiler:
        from featsql.compile import Compiler
        from featsql.run.counting import load_amounts

        loaded = self._load()
        inputs = self._inputs(as_of, loaded.catalog)
        return Compiler(loaded.graph, inputs, self.root.as_posix(), load_amounts(self._amounts_path, self.target.name))

    @property
    def _memory_path(self) -> Path:
        return self.target_path / "test_memory.json"

    @property
    def _amounts_path(self) -> Path:
        return self.target_path / "statistics.json"

    def _with_tables_of(self, engine: Engine, as_of: AsOf) -> Compiler:
        """The compiler, with the columns that the warehouse's own tables tell."""
        from featsql.compile import build_graph, parse_project
        from featsql.project.catalog import changes, columns_of_tables

        loaded = self._load()
        told = columns_of_tables(engine, loaded.rendered.files, loaded.rendered.declarations, self.target.type)
        known = {n.id: n.columns for n in loaded.graph.nodes.values() if n.columns is not None}
        if changes(told, known):
            catalog = {**loaded.catalog, **told}
            # parsed anew: typing leaves its marks on a tree
            graph, warnings = build_graph(parse_project(loaded.rendered), self._inputs(as_of, catalog))
            self._loaded = _Loaded(loaded.rendered, graph, catalog, warnings, loaded.timings)
        return self._compiler(as_of)

    def _chosen(
        self, command: Command, select: Sequence[str], exclude: Sequence[str], selector: str | None, allow_empty: bool
    ) -> tuple[str, ...]:
        kinds = {"run": ("model", "feature_view", "training_set"), "seed": ("seed",)}.get(command)
        chosen = self.select(select, exclude, selector, allow_empty)
        found = tuple(n for n in chosen if kinds is None or self.graph.nodes[n].kind in kinds)
        if not found and (select or selector) and not allow_empty:
            message = f"nothing that is selected can be done by `{command}`"
            raise FeatsqlError(Diagnostic("FS007", message, hints=("`featsql build` does both seeds and models",)))
        return found

    def _steps(self, node_ids: Sequence[str], compiler: Compiler) -> tuple[NodeSteps, ...]:
        from featsql.materialize.steps import steps_of, with_parents_that_are_built

        nodes = (compiler.graph.nodes[node_id] for node_id in node_ids)
        made = (steps_of(node, compiler.queries(node), compiler.root) for node in nodes)
        return tuple(with_parents_that_are_built(steps, compiler.graph) for steps in made if steps.steps)

    def _do(
        self,
        command: Command,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        as_of: AsOf = None,
        fail_fast: bool = False,
        full_refresh: bool = False,
        empty: bool = False,
        store_failures: bool = False,
        listener: Listener = nobody,
    ) -> RunResult:
        from featsql.run.counting import counting_first, save_amounts
        from featsql.run.gate import gate_of
        from featsql.run.journal import results_journal
        from featsql.run.runner import Runner, Work, carried_views
        from featsql.run.testing import save_memory

        if empty:
            raise FeatsqlError(Diagnostic("FS009", "`--empty` is not available in this version"))
        moment = as_of_us(as_of)
        known = self.warnings
        chosen = self._chosen(command, select, exclude, selector, allow_empty)
        with self._engine("write") as engine:
            compiler = self._with_tables_of(engine, as_of=moment_text(moment))
            later = tuple(w for w in self.warnings if w not in known)
            if later:
                listener(Warned(later))
            steps = self._steps(chosen, compiler)
            others = self._steps([n for n in compiler.graph.nodes if n not in set(chosen)], compiler)
            run_id = secrets.token_hex(8)
            files = {n.id: n.file for n in compiler.graph.nodes.values() if n.kind != "source"}
            known_amounts = dict(compiler.amounts)
            prepared = counting_first(engine, compiler)
            carried = carried_views(steps, others)
            work = Work(command, run_id, self.target.name, steps, carried, files, fail_fast, prepared, dag=compiler.graph.dag)
            if command == "build":
                judged = self.select(select, exclude, selector, allow_empty, include_sources=True)
                bench = replace(self._bench(compiler), store_all=store_failures)
                work = replace(work, gate=gate_of(bench, engine, judged, [node.node_id for node in steps]))
            self._write_manifest(compiler)
            arguments: dict[str, object] = {
                "which": command,
                "select": list(select),
                "exclude": list(exclude),
                "as_of": moment_text(moment),
            }
            journal = results_journal(self.target_path / "run_results.json", self.target, run_id, arguments)
            try:
                return Runner(engine, work, journal, listener).run()
            finally:
                save_memory(self._memory_path, self.target.name, work.gate.bench.memory if work.gate else {})
                if compiler.amounts != known_amounts:
                    save_amounts(self._amounts_path, self.target.name, compiler.amounts, compiler.graph)
                    self._write_manifest(compiler)

    @contextmanager
    def _engine(self, mode: Mode) -> Iterator[Engine]:
        from featsql.engines import connect
        from featsql.project.trust import only_trusted

        only_trusted(self._trust)
        engine = connect(self.target, self.root.as_posix(), mode)
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def _opened(self, mode: Mode, as_of: AsOf) -> Iterator[tuple[Engine, Compiler]]:
        with self._engine(mode) as engine:
            yield engine, self._with_tables_of(engine, as_of)

    def _bench(self, compiler: Compiler) -> Bench:
        from featsql.run.suites.base import Bench, nothing_open
        from featsql.run.testing import load_memory

        memory = load_memory(self._memory_path, self.target.name)
        return Bench(compiler, self._load().rendered, self._context(), nothing_open, memory=memory)

    def _shown(self, name: str, compiler: Compiler) -> Query:
        from featsql.stages import find_node

        wanted, online = (name.removesuffix("__online"), True) if name.endswith("__online") else (name, False)
        made = compiler.queries(find_node(compiler.graph, wanted))
        query = made.online if online else made.main
        if query is None:
            return self._inline(f"select * from {{{{ ref('{wanted}') }}}}", compiler)
        return query

    def _inline(self, sql: str, compiler: Compiler) -> Query:
        from featsql.compile import parse_inline

        return compiler.inline(parse_inline(sql, self._load().rendered, self._context()))

    def _write_manifest(self, compiler: Compiler) -> None:
        from featsql.artifacts import manifest
        from featsql.resolve.exposures import exposures_of
        from featsql.run.journal import metadata_of, write_json

        exposures = exposures_of(self._load().rendered.declarations, compiler.graph)
        queries = {node.id: compiler.queries(node) for node in compiler.graph.nodes.values()}
        write_json(self.target_path / "manifest.json", manifest(compiler.graph, queries, metadata_of(self.target), exposures))
