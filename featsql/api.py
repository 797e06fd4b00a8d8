"""A project as a Python object: what the command line does, for notebooks, pipelines and tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from featsql.base.diagnostics import Diagnostic
from featsql.ir.project import Settings, Target
from featsql.ir.query import NodeSteps, RunResult
from featsql.run.events import Listener, nobody
from featsql.run.moments import as_of_us
from featsql.workspace import AsOf, Command, Selection, Workspace

if TYPE_CHECKING:
    import pyarrow

    from featsql.compiling import Compiled
    from featsql.documentation import Counted, Site
    from featsql.ir.changes import Changes
    from featsql.ir.explanation import Explanation
    from featsql.ir.graph import FeatureGraph
    from featsql.ir.lineage import Lineage
    from featsql.ir.why import Why
    from featsql.project.trust import Trust
    from featsql.upkeep import Repaired

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
        self.workspace = Workspace(Path(root), target, profile, profiles_dir, target_path, variables, threads, trust)

    @property
    def root(self) -> Path:
        return self.workspace.root

    @property
    def settings(self) -> Settings:
        return self.workspace.settings

    @property
    def target(self) -> Target:
        return self.workspace.target

    @property
    def target_path(self) -> Path:
        """The folder of everything that featsql writes on disk."""
        return self.workspace.target_path

    @property
    def graph(self) -> FeatureGraph:
        """The feature graph, checked as far as that goes without a connection."""
        return self.workspace.load().graph

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return self.workspace.load().warnings

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds that each stage took."""
        return self.workspace.load().timings

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
        state: str | None = None,
        include_sources: bool = False,
    ) -> tuple[str, ...]:
        """Ids of the selected nodes in the order of the graph; sources only where asked for. FS007 for what selects nothing."""
        return self.workspace.select(Selection(select, exclude, selector, allow_empty, state), include_sources)

    # --- compiling

    def compile(
        self,
        nodes: Sequence[str] | None = None,
        *,
        as_of: AsOf = None,
        tell: Callable[[tuple[Diagnostic, ...]], None] | None = None,
    ) -> Compiled:
        """Write the SQL of nodes (by id; default: all) under target/compiled/DIALECT, and the manifest. Needs no connection.

        `tell` hears of the project's warnings before anything is written.
        """
        from featsql.compiling import compile_all, compile_some

        hear = tell or (lambda _warnings: None)
        if nodes is None:
            return compile_all(self.workspace, as_of_us(as_of), hear)
        hear(self.warnings)
        return compile_some(self.workspace, nodes, as_of_us(as_of))

    def stage(self, stage: str, node: str, *, as_of: AsOf = None) -> str:
        """What one stage of the compiler (a key of `STAGES`) makes of one node, as text."""
        from featsql.stages import show_stage

        loaded = self.workspace.load()
        return show_stage(stage, node, loaded.rendered, loaded.graph, self.workspace.compiler(as_of))

    def plan_run(
        self,
        command: Command,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        state: str | None = None,
        as_of: AsOf = None,
    ) -> tuple[NodeSteps, ...]:
        """The steps that a command would do, in order; nothing connects."""
        from featsql.commands import chosen

        nodes = chosen(self.workspace, command, Selection(select, exclude, selector, allow_empty, state))
        return self.workspace.steps(nodes, self.workspace.compiler(as_of))

    # --- running

    def run(self, **options: Any) -> RunResult:
        """Build the selected models, feature views and training sets. Options: select, exclude, selector, allow_empty, state,
        as_of, fail_fast, full_refresh, force, listener."""
        return self._build("run", **options)

    def seed(self, **options: Any) -> RunResult:
        """Load the selected seeds."""
        return self._build("seed", **options)

    def snapshot(self, **options: Any) -> RunResult:
        """Take the selected snapshots: what changed in their tables since the last time."""
        return self._build("snapshot", **options)

    def build(self, **options: Any) -> RunResult:
        """Seeds, then models, in the order of the graph; what its tests find wrong is not published."""
        return self._build("build", **options)

    def _build(
        self,
        command: Command,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        state: str | None = None,
        listener: Listener = nobody,
        **options: Any,
    ) -> RunResult:
        from featsql import commands

        selection = Selection(select, exclude, selector, allow_empty, state)
        return commands.build(self.workspace, command, selection, commands.BuildOptions(**options), listener)

    def retry(self, listener: Listener = nobody) -> RunResult | None:
        """Do what the last run of any kind did not get done; None where it got all done. FS709 where none is known."""
        from featsql import commands

        return commands.retry(self.workspace, listener)

    def state(self) -> dict[str, Any]:
        """What the target remembers of runs: the version of its schema `_featsql`, and its tables as lists of rows."""
        from featsql import upkeep

        return upkeep.export(self.workspace)

    def repair(self) -> Repaired:
        """End what dead runs left, and forget what is known of relations that others changed."""
        from featsql import upkeep

        return upkeep.repair(self.workspace)

    def test(
        self,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        state: str | None = None,
        only: Sequence[str] = (),
        as_of: AsOf = None,
        fail_fast: bool = False,
        store_failures: bool = False,
        listener: Listener = nobody,
    ) -> RunResult:
        """Test what the target has now. `only`: sorts of tests, such as `unit` and `data`; unit tests open no warehouse."""
        from featsql import commands

        selection = Selection(select, exclude, selector, allow_empty, state)
        options = commands.TestOptions(only, as_of, fail_fast, store_failures)
        return commands.test(self.workspace, selection, options, listener)

    def equivalence(
        self,
        targets: str,
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        selector: str | None = None,
        allow_empty: bool = False,
        state: str | None = None,
        sample: int | None = None,
        as_of: AsOf = None,
        fail_fast: bool = False,
        listener: Listener = nobody,
    ) -> RunResult:
        """Run the project on two targets (`dev,prod`: names, or types) over the same rows, and compare what it leaves there.

        `sample`: the most rows of a source, which are those of the first target. One test a training set or online table.
        """
        from featsql import equivalence

        selection = Selection(select, exclude, selector, allow_empty, state)
        options = equivalence.EquivalenceOptions(targets, sample, as_of, fail_fast)
        return equivalence.test(self.workspace, selection, options, listener)

    def show(
        self, node: str | None = None, *, inline: str | None = None, limit: int | None = 5, as_of: AsOf = None
    ) -> pyarrow.Table:
        """Rows that a node, or a query in the project's SQL, has now. Nothing is written."""
        from featsql.run.asking import ask

        with self.workspace.engine("read") as engine:
            compiler = self.workspace.with_tables_of(engine, as_of)
            query = self.workspace.inline(inline, compiler) if inline is not None else self.workspace.shown(node or "", compiler)
            return ask(engine, query if limit is None else query.limited(limit), compiler)

    def retrieve(self, spine: Any, *, timestamp: str, features: Sequence[str], as_of: AsOf = None) -> pyarrow.Table:
        """The spine's rows and columns, with features as of each row's time.

        `spine` is an Arrow table, a pandas or Polars frame, or the path of a parquet, csv or json file; `features` are
        feature views or `view.feature`. Grain: one row per row of the spine, in its order.
        """
        from featsql.run.retrieval import retrieve
        from featsql.run.spines import to_arrow

        frame = to_arrow(spine)
        with self.workspace.engine("read") as engine:
            return retrieve(engine, self.workspace.with_tables_of(engine, as_of), frame, timestamp, features)

    def why(self, feature: str, key: Any = None, at: AsOf = None, *, limit: int = 20) -> Why:
        """Why `VIEW.FEATURE` has its value for a key (a value, or a dict of them by name) at a time (None: now), row by row.

        The value is the one that a training set would have there. `limit`: the most rows to name, of those that make the
        value and of those left out; all are counted.
        """
        from featsql.run.asking import ask
        from featsql.run.why import Warehouse, explain

        with self.workspace.engine("read") as engine:
            compiler = self.workspace.with_tables_of(engine, None)
            warehouse = Warehouse(lambda query, frames: ask(engine, query, compiler, frames), engine.frame_columns)
            return explain(warehouse, compiler, feature, key, as_of_us(at), limit)

    def explain(self, node: str, *, analyze: bool = False, as_of: AsOf = None) -> Explanation:
        """How a training set, a feature view (its history) or `VIEW__online` is computed, and why so. Nothing connects.

        `analyze`: count now, in place of what the last run counted, and measure every relation, in temporary tables.
        """
        from featsql.run import explain

        if not analyze:
            return explain.explain(self.workspace.compiler(as_of), node)
        with self.workspace.engine("read") as engine:
            return explain.analyze(engine, self.workspace.with_tables_of(engine, as_of), node)

    def diff(self, against: str, *, values: bool = True, as_of: AsOf = None) -> Changes:
        """What differs from a git commit, from another target of the profile, or from a folder with an earlier manifest.

        Nothing is written. `values`: compute the features that may differ from a commit's, and compare them; of a target,
        compare the rows of tables too. Without, a commit needs no connection.
        """
        from featsql.comparing import compare

        return compare(self.workspace, against, with_values=values, as_of=as_of)

    def check_connection(self) -> str:
        """Open the target and close it; the warehouse's name and version."""
        with self.workspace.engine("read") as engine:
            return engine.version()

    def docs(self, *, single_file: bool = False, counted: Counted | None = None, as_of: AsOf = None) -> Site:
        """Write the site to target/docs. Nothing connects, unless `counted` is there to hear of each table that is counted."""
        from featsql.documentation import document, write_catalog

        if counted:
            with self.workspace.opened("read", as_of) as (engine, compiler):
                write_catalog(
                    engine, compiler, lambda sql: self.workspace.inline(sql, compiler), self.target_path, self.target, counted
                )
        compiler = self.workspace.compiler(as_of)
        self.workspace.write_manifest(self.workspace.manifest_of(compiler).texts)
        return document(compiler, self.target_path, self.target, single_file)

    def clean(self) -> tuple[Path, ...]:
        """Delete what featsql generated under the target path, but not a warehouse that stands there; what was deleted."""
        from featsql.project.cleaning import remove_generated

        return remove_generated(self.target_path)
