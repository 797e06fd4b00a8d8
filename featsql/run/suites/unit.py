"""Unit tests: rows given, rows expected, in a DuckDB of their own, whatever the target is. No warehouse is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.compile import Compiler, build_graph, parse_project, read_project
from featsql.engines import describer
from featsql.engines.base import Cancelled, EngineError
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node, SqlNode
from featsql.ir.header import FeatureRef, Name
from featsql.ir.model import Column
from featsql.ir.query import Query
from featsql.ir.testing import Rows, Test, TestResult, UnitTest
from featsql.run.moments import as_of_us
from featsql.run.suites.base import Bench, Suite
from featsql.run.suites.comparing import Difference, compare
from featsql.run.suites.stage import SPINE, Stage, rows_of, set_stage

if TYPE_CHECKING:
    from featsql.engines.duckdb_sandbox import Sandbox

_SPEC: Final = "spec"
_CLOCK: Final = "2000-01-01"
"""What time it is in a test that does not say."""
_AS_OF: Final = "as_of_time"


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """The unit tests of the chosen nodes, those of `.yml` files too. FS401 for an unknown model, FS405 for a name twice."""
    graph, wanted = bench.compiler.graph, set(chosen)
    found: list[Diagnostic] = []
    tests: dict[str, Test] = {}
    for node, spec in _specs(graph, bench, found):
        test = Test(
            f"unit_test.{graph.project}.{node.name}.{spec.name}",
            f"{node.name}.{spec.name}",
            "unit",
            node.id,
            arguments={_SPEC: spec},
            description=spec.description,
            span=spec.span,
        )
        if test.id in tests:
            found.append(Diagnostic("FS405", f"two unit tests of `{node.name}` are named `{spec.name}`", spec.span))
        tests[test.id] = test
    if found:
        raise FeatsqlError(*found)
    return tuple(test for test in tests.values() if test.node in wanted)


def _specs(graph: FeatureGraph, bench: Bench, found: list[Diagnostic]) -> Iterator[tuple[Node, UnitTest]]:
    nodes = {n.name.lower(): n for n in graph.nodes.values() if isinstance(n, SqlNode)}
    for node in nodes.values():
        yield from ((node, spec) for spec in node.header.unit_tests)
    for spec in (spec for declared in bench.project.declarations for spec in declared.unit_tests):
        if spec.model.lower() in nodes:
            yield nodes[spec.model.lower()], spec
        else:
            found.append(Diagnostic("FS401", f"there is no model `{spec.model}`", spec.span, hints=nearest(spec.model, nodes)))


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """Each test over its own tables, all in one DuckDB in memory."""
    from featsql.engines.duckdb_sandbox import Sandbox

    sandbox = Sandbox()
    graphs = _Graphs(bench)
    try:
        for test in tests:
            began = perf_counter()
            try:
                difference = _Run(bench, sandbox, graphs, test).difference()
            except Cancelled:
                raise KeyboardInterrupt from None
            except EngineError as error:
                diagnostic = Diagnostic("FS112", f"unit test `{test.name}`: {error.message}", error.span or test.span)
                yield TestResult(test, "error", perf_counter() - began, None, error.message, diagnostics=(diagnostic,))
            except FeatsqlError as error:
                message = error.diagnostics[0].message
                yield TestResult(test, "error", perf_counter() - began, None, message, diagnostics=error.diagnostics)
            else:
                seconds, failures = perf_counter() - began, difference.failures
                status = "fail" if failures else "pass"
                yield TestResult(test, status, seconds, failures, difference.message, difference.sample)  # type: ignore[arg-type]
    finally:
        sandbox.close()


SUITE: Final = Suite("unit", collect, run, "offline")


class _Graphs:
    """The project's graph in DuckDB's dialect, by the variables that a test sets."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._known: dict[str, FeatureGraph] = {}
        is_here = bench.compiler.inputs.dialect == "duckdb"
        describe = bench.compiler.inputs.describe if is_here else describer("duckdb")
        self.inputs = replace(bench.compiler.inputs, dialect="duckdb", database=None, describe=describe)
        if is_here:
            self._known["{}"] = bench.compiler.graph

    def graph(self, variables: Mapping[str, Any]) -> FeatureGraph:
        key = json.dumps(variables, sort_keys=True, default=str)
        if key not in self._known:
            self._known[key] = build_graph(self._parsed(variables), self.inputs).graph
        return self._known[key]

    def _parsed(self, variables: Mapping[str, Any]) -> Any:
        if not variables:
            return parse_project(self._bench.project)
        context = replace(self._bench.context, variables={**self._bench.context.variables, **variables})
        return read_project(self._bench.project.files, context)[1]


@dataclass(slots=True)
class _Run:
    """One unit test."""

    bench: Bench
    sandbox: Sandbox
    graphs: _Graphs
    test: Test

    def difference(self) -> Difference:
        spec: UnitTest = self.test.arguments[_SPEC]
        clock = as_of_us(spec.as_of or _CLOCK)
        graph = self.graphs.graph(spec.variables)
        node = graph.nodes[self.test.node]
        stage = set_stage(graph, node, spec, self.bench.compiler.root)
        compiler = Compiler(stage.graph, replace(self.graphs.inputs, as_of_us=clock), self.bench.compiler.root)
        self.sandbox.freeze(clock)
        for table in stage.tables:
            self._make(table.name, table.columns, table.rows, table.span)
        expected = rows_of(spec.expect, self.bench.compiler.root)
        query, in_order = self._query(compiler, stage, spec, expected)
        query = compiler.with_views_inside(query)
        columns = self.sandbox.columns(query)
        wanted = self._expected(spec, columns, expected)
        found = self.sandbox.query(query)
        names = [name.lower() for name in found.column_names]
        rows = [dict(zip(names, row, strict=True)) for row in zip(*(c.to_pylist() for c in found.columns), strict=True)]
        return compare(wanted, rows, spec.tolerance, in_order=in_order)

    def _query(
        self, compiler: Compiler, stage: Stage, spec: UnitTest, expected: Sequence[Mapping[str, Any]]
    ) -> tuple[Query, bool]:
        node = stage.node
        if isinstance(node, FeatureViewNode) and spec.relation == "rows":
            return self._asked(compiler, node, spec, expected), True
        if spec.relation != "rows" and not isinstance(node, FeatureViewNode):
            message = f"`{node.name}` is a {node.kind}: it has no `{spec.relation}` relation"
            raise FeatsqlError(Diagnostic("FS112", message, spec.expect.span, hints=("write `rows`",)))
        if spec.relation == "online" and spec.as_of is None:
            message = "an online table is of one time, and the test does not say which"
            raise FeatsqlError(Diagnostic("FS112", message, spec.span, hints=("add `as_of: TIMESTAMP` to the test",)))
        made = compiler.queries(node)
        query = made.online if spec.relation == "online" else made.main
        assert query
        return query, False

    def _asked(self, compiler: Compiler, node: FeatureViewNode, spec: UnitTest, expected: Sequence[Mapping[str, Any]]) -> Query:
        """The view at the keys and times of the expected rows, as a training set sees it."""
        columns = (*(Column(k.name, k.type) for k in node.keys), Column(_AS_OF, "TIMESTAMP"))
        asks = []
        for number, row in enumerate(expected, 1):
            by_name = {name.lower(): value for name, value in row.items()}
            ask = {c.name: by_name[c.name.lower()] for c in columns if c.name.lower() in by_name}
            if _AS_OF not in ask and spec.as_of:
                ask[_AS_OF] = spec.as_of
            missing = [c.name for c in columns if c.name not in ask]
            if missing:
                hints = ("each row says the key and the time: `as_of_time`, or `as_of` for the whole test",)
                message = f"row {number} of what is expected has no `{missing[0]}`"
                raise FeatsqlError(Diagnostic("FS112", message, spec.expect.span, hints=hints))
            asks.append(ask)
        self._make(SPINE, columns, asks, spec.expect.span)
        ref = FeatureRef(Name(node.name, spec.span))
        return compiler.retrieval(SPINE.name, columns, _AS_OF, (ref,))[1]

    def _make(self, table: Any, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]], span: Any) -> None:
        try:
            self.sandbox.make(table, columns, rows)
        except Cancelled:
            raise
        except EngineError as error:
            raise FeatsqlError(Diagnostic("FS112", f"unit test `{self.test.name}`: {error.message}", span)) from None

    def _expected(self, spec: UnitTest, columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The expected rows with their values as the types of the found columns have them; numbers stay as written."""
        by_name = {c.name.lower(): c for c in columns}
        for name in dict.fromkeys(name for row in rows for name in row):
            if name.lower() not in by_name:
                hints = nearest(name, [c.name for c in columns]) or (f"its columns: {', '.join(c.name for c in columns)}",)
                message = f"`{self.bench.compiler.graph.nodes[self.test.node].name}` has no column `{name}`"
                raise FeatsqlError(Diagnostic("FS112", message, spec.expect.span, hints=hints))
        texts = {(name.lower(), value) for row in rows for name, value in row.items() if isinstance(value, str)}
        typed = self._typed(sorted(texts), by_name, spec.expect)
        return [{n.lower(): typed.get((n.lower(), v), v) if isinstance(v, str) else v for n, v in row.items()} for row in rows]

    def _typed(self, texts: Sequence[tuple[str, str]], columns: Mapping[str, Column], expect: Rows) -> dict[tuple[str, str], Any]:
        """Text as its column's type has it: a time, a date, a decimal."""
        from featsql.engines.duckdb_sandbox import sql_value

        if not texts:
            return {}
        casts = ", ".join(f"cast({sql_value(value)} as {columns[name].type}) as c{i}" for i, (name, value) in enumerate(texts))
        try:
            found = self.sandbox.query(f"select {casts}")
        except Cancelled:
            raise
        except EngineError as error:
            raise FeatsqlError(Diagnostic("FS112", f"what is expected: {error.message}", expect.span)) from None
        return {text: column[0].as_py() for text, column in zip(texts, found.columns, strict=True)}
