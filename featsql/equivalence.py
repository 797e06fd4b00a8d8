"""`featsql test --equivalence A,B`: one project on two targets, over the same rows, value by value."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.spans import Text
from featsql.compile import Compiler, absolute
from featsql.dialects import DIALECTS
from featsql.emit.binding import bind
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node, SeedNode, SourceNode, SqlNode, TableName, TrainingSetNode
from featsql.ir.query import NodeResult, Query, RunResult
from featsql.ir.testing import Sample, Test, TestResult
from featsql.run.changing import changing_first, one_after_the_other
from featsql.run.counting import counting_first
from featsql.run.events import Listener, RunFinished, RunStarted, TestFinished
from featsql.run.incremental import Asked
from featsql.run.journal import results_journal
from featsql.run.moments import as_of_us, moment_text
from featsql.run.runner import Runner, Work, refused
from featsql.run.twins import Twins, compare_twins
from featsql.workspace import Aside, AsOf, Selection, Workspace

MOST_ROWS: Final = 10_000
"""Of a source, where nobody says how many."""
_KIND: Final = "equivalence"
_READ: Final = '"source:_"'


@dataclass(frozen=True, slots=True)
class EquivalenceOptions:
    """`targets`: two of the profile's, by name, or by type where one has it. `sample`: the most rows of a source."""

    targets: str
    sample: int | None = None
    as_of: AsOf = None
    fail_fast: bool = False


def test(workspace: Workspace, selection: Selection, options: EquivalenceOptions, listener: Listener) -> RunResult:
    """Run the project on both targets, over rows of the first one's sources, and compare training sets and online tables.

    All of it is in a schema of the run's own, which is removed from both in the end. One test a relation of the selection.
    """
    began = perf_counter()
    run_id, moment = secrets.token_hex(8), moment_text(as_of_us(options.as_of))
    names = _two_targets(workspace, options.targets)
    chosen = workspace.select(selection)
    schema = f"featsql_equivalence_{run_id}"
    with ExitStack() as stack:
        engines = [stack.enter_context(_opened(workspace, name, schema)) for name in names]
        for name, engine in zip(names, engines, strict=True):
            stack.callback(_remove, engine, name, schema)
        source = workspace.on(names[0]).with_tables_of(engines[0], moment)
        sides = [_Side(workspace.on(name), engine, source.graph) for name, engine in zip(names, engines, strict=True)]
        tests = _tests(source.graph, chosen)
        wanted = _upstream(source.graph, [test.node for test in tests])
        versions = " and ".join(engine.version() for engine in engines)
        listener(RunStarted("test", run_id, len(tests), ", ".join(names), versions, "test"))
        rows = dict(_sampled(engines[0], source, wanted, options.sample or MOST_ROWS))
        for side in sides:
            side.run(Aside(schema, *_loaded(side, schema, source.graph, rows)), wanted, moment, run_id)
        results: list[TestResult] = []
        for test in tests:
            results.append(_skipped(test) if options.fail_fast and _any_bad(results) else _judged(test, *sides))
            listener(TestFinished(len(results), len(tests), results[-1]))
    result = RunResult((), perf_counter() - began, run_id, tuple(results))
    arguments: dict[str, object] = {
        "which": "test",
        "equivalence": list(names),
        "as_of": moment,
        "select": list(selection.select),
    }
    path = workspace.target_path / "run_results.json"
    results_journal(path, workspace.target, run_id, arguments)((), result.elapsed, result.tests)
    listener(RunFinished(result))
    return result


def _opened(workspace: Workspace, target: str, schema: str) -> AbstractContextManager[Engine]:
    return workspace.on(target, Aside(schema, {}, {})).engine("write")


def _remove(engine: Engine, target: str, schema: str) -> None:
    """FS702 where the schema has to be removed by hand: the connection was lost, say."""
    try:
        engine.drop_schema(schema)
    except Cancelled:
        raise KeyboardInterrupt from None
    except EngineError as error:
        hints = ("drop it by hand: nobody else reads it",)
        message = f"schema `{schema}` of target `{target}` could not be removed: {error.message}"
        raise FeatsqlError(Diagnostic("FS702", message, hints=hints)) from error


def _two_targets(workspace: Workspace, text: str) -> tuple[str, str]:
    """FS008 where these are not two targets."""
    outputs = workspace.outputs()
    found = [_target(word.strip(), outputs) for word in text.split(",")]
    if len(found) != 2 or found[0] == found[1]:
        hints = (f"targets of the profile: {_listed(outputs)}",)
        raise FeatsqlError(Diagnostic("FS008", f"`--equivalence` compares two targets, not `{text}`", hints=hints))
    return found[0], found[1]


def _target(word: str, outputs: Mapping[str, str]) -> str:
    of_type = [name for name, type_ in outputs.items() if type_ == word]
    if word in outputs:
        return word
    if len(of_type) == 1:
        return of_type[0]
    if of_type:
        hints = (f"name the target: {', '.join(f'`{name}`' for name in of_type)}",)
        raise FeatsqlError(Diagnostic("FS008", f"several targets are of type `{word}`", hints=hints))
    near = nearest(word, outputs) or (f"targets of the profile: {_listed(outputs)}",)
    raise FeatsqlError(Diagnostic("FS008", f"there is no target `{word}`, nor one of that type", hints=near))


def _listed(outputs: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` ({type_})" for name, type_ in outputs.items())


def _tests(graph: FeatureGraph, chosen: Sequence[str]) -> tuple[Test, ...]:
    """One for each training set and each online table."""
    found: list[Test] = []
    for node_id in chosen:
        node = graph.nodes[node_id]
        online = isinstance(node, FeatureViewNode) and node.config.online
        if online or isinstance(node, TrainingSetNode):
            name = f"{node.name}__online" if online else node.name
            relation = Test(f"test.{graph.project}.{name}.{_KIND}", f"{_KIND}_{name}", _KIND, node.id)
            found.append(replace(relation, relation="online") if online else relation)
    return tuple(found)


def _upstream(graph: FeatureGraph, node_ids: Sequence[str]) -> tuple[str, ...]:
    wanted = {*node_ids}.union(*(graph.dag.ancestors(node_id) for node_id in node_ids))
    return tuple(node_id for node_id in graph.nodes if node_id in wanted)


# --- the same rows on both


def _sampled(engine: Engine, compiler: Compiler, wanted: Sequence[str], most: int) -> Iterator[tuple[str, Any]]:
    """Rows of each source that is read, by node id: the latest by its timestamp, where it declares one. FS704, FS702."""
    dialect = DIALECTS[compiler.inputs.dialect]
    for node_id in wanted:
        node = compiler.graph.nodes[node_id]
        if isinstance(node, SourceNode):
            time = node.table.timestamp
            latest = f" order by {dialect.quote(time.text)} desc nulls last" if time else ""
            text = Text.generated(f"select * from {_READ}{latest} limit {most}")
            query = bind(text, {"source:_": compiler.binding("source", node.name)}, dialect.name)
            try:
                yield node_id, engine.query(query)
            except Cancelled:
                raise KeyboardInterrupt from None
            except EngineError as error:
                raise refused(EngineError(f"source `{node.name}`: {error.message}", missing=error.missing)) from error


def _loaded(side: _Side, schema: str, graph: FeatureGraph, rows: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The names of the tables with these rows, and their columns, by node id. FS702 for what the target cannot hold."""
    from featsql.project.catalog import columns_of_table

    tables, told = {}, {}
    for number, (node_id, frame) in enumerate(rows.items()):
        node = graph.nodes[node_id]
        tables[node_id] = f"source_{number}_{node.name.replace('.', '_')}"
        try:
            table = side.table(schema, tables[node_id])
            side.engine.load(table, frame)
            told[node_id] = columns_of_table(side.engine, table)
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            message = f"rows of source `{node.name}` cannot be loaded into target `{side.name}`: {error.message}"
            raise FeatsqlError(Diagnostic("FS702", message)) from error
    return tables, told


@dataclass(slots=True)
class _Side:
    """One of the targets. `project` is the graph as it stands on the first of them, `compiler` that of the run's own schema."""

    workspace: Workspace
    engine: Engine
    project: FeatureGraph
    compiler: Compiler | None = None
    results: Mapping[str, NodeResult] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.workspace.target.name

    def table(self, schema: str, name: str) -> TableName:
        return TableName(schema, name, self.workspace.target.database)

    def run(self, aside: Aside, wanted: Sequence[str], moment: str, run_id: str) -> None:
        """Build all that is wanted in the run's own schema."""
        there = self.workspace.on(self.name, aside)
        self.compiler = compiler = there.compiler(moment)
        prepared = one_after_the_other(counting_first(self.engine, compiler), changing_first(self.engine, compiler, Asked()))
        files = {n.id: n.file for n in compiler.graph.nodes.values() if n.kind != "source"}
        work = Work("test", run_id, self.name, there.steps(wanted, compiler), (), files, prepared=prepared)
        done = Runner(self.engine, work, lambda results, elapsed, tests=(): None).run()
        self.results = {result.unique_id: result for result in done.results}

    def relation(self, test: Test) -> TableName:
        assert self.compiler
        node = self.compiler.graph.nodes[test.node]
        assert isinstance(node, SqlNode)
        return node.online_relation if isinstance(node, FeatureViewNode) else node.relation

    def rows(self, test: Test) -> Any:
        assert self.compiler
        dialect = DIALECTS[self.compiler.inputs.dialect]
        text = Text.generated(f"select * from {dialect.table(self.relation(test))}")
        return self.engine.query(Query((text,), dialect.name))

    def unbuilt(self, test: Test) -> tuple[NodeResult, ...]:
        """What failed of all that the relation is made of."""
        assert self.compiler
        made_of = (*self.compiler.graph.dag.ancestors(test.node), test.node)
        return tuple(r for i in self.compiler.graph.nodes if i in made_of and (r := self.results.get(i)) and r.status == "error")

    def sql(self, test: Test) -> str:
        """The SQL of the relation, with the names that the project has on this target."""
        assert self.compiler
        made = self.compiler.queries(self.compiler.graph.nodes[test.node])
        query = made.online if test.relation == "online" else made.main
        return query.renamed(dict(self._own_names())).value if query else ""

    def _own_names(self) -> Iterator[tuple[TableName, str]]:
        """By the run's own names of relations: what is read in their place where the project stands."""
        assert self.compiler
        target, dialect = self.workspace.target, DIALECTS[self.compiler.inputs.dialect]
        for node_id, node in self.project.nodes.items():
            built = self.compiler.graph.nodes[node_id]
            if isinstance(node, SourceNode) and isinstance(built, SourceNode):
                table, at = node.table, TableName(built.table.schema, built.table.identifier, built.table.database)
                if table.path and dialect.file_scan:
                    yield at, dialect.file_scan(absolute(table.path, self.workspace.root.as_posix()))
                else:
                    yield at, dialect.table(TableName(table.schema, table.identifier, table.database or None))
            elif isinstance(node, SqlNode | SeedNode) and isinstance(built, SqlNode | SeedNode):
                own = node.header.schema if isinstance(node, SqlNode) else None
                yield built.relation, dialect.table(TableName(own or target.schema, node.relation.name, target.database))


# --- what came of it


def _judged(test: Test, one: _Side, other: _Side) -> TestResult:
    began = perf_counter()
    try:
        found = _result(test, one, other)
    except Cancelled:
        raise KeyboardInterrupt from None
    except EngineError as error:
        found = TestResult(test, "error", 0.0, None, error.message, diagnostics=(Diagnostic("FS702", error.message),))
    return replace(found, seconds=perf_counter() - began)


def _result(test: Test, one: _Side, other: _Side) -> TestResult:
    for side in (one, other):
        if failed := side.unbuilt(test):
            message = f"not built on `{side.name}`: {failed[0].message}"
            told = tuple(replace(d, message=f"on `{side.name}`: {d.message}") for f in failed for d in f.diagnostics)
            return TestResult(test, "error", 0.0, None, message, diagnostics=told)
    assert one.compiler
    names = (one.name, other.name)
    here, there = one.rows(test), other.rows(test)
    twins = compare_twins(here, there, _identity(one.compiler.graph.nodes[test.node], here.column_names), names)
    if not twins.rows and not there.num_rows:
        return TestResult(test, "skipped", 0.0, None, "no rows to compare")
    if not twins.differing:
        return TestResult(test, "pass", 0.0, 0, f"{twins.compared.values:,} values of {twins.rows:,} rows are the same")
    query = "\n\n".join(f"-- on {side.name}\n{side.sql(test)}" for side in (one, other))
    return TestResult(test, "fail", 0.0, twins.differing, _told(twins), _sample(twins, names), query)


def _identity(node: Node, columns: Sequence[str]) -> list[str]:
    """The columns that tell rows apart: an entity's keys; all of a spine."""
    if isinstance(node, FeatureViewNode):
        return [key.name for key in node.keys]
    assert isinstance(node, TrainingSetNode)
    features = {(use.prefix + name).lower() for use in node.bound for name in use.features}
    return [column for column in columns if column.lower() not in features]


def _told(twins: Twins) -> str:
    by_column = [f"`{name}` in {count:,}" for name, count in twins.compared.columns]
    alone = twins.compared.alone
    told = [*twins.unlike, *([f"{alone:,} {'row is' if alone == 1 else 'rows are'} on one of them alone"] if alone else [])]
    told += [f"of {twins.rows:,} rows other values of {', '.join(by_column)}"] if by_column else []
    return "; ".join(told)


def _sample(twins: Twins, names: tuple[str, str]) -> Sample | None:
    rows = twins.compared.rows
    return Sample((*twins.identity, "feature", *names), rows, twins.compared.differing) if rows else None


def _any_bad(results: Sequence[TestResult]) -> bool:
    return any(result.is_bad for result in results)


def _skipped(test: Test) -> TestResult:
    return TestResult(test, "skipped", 0.0, message="the run stops at its first failure")
