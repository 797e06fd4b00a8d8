"""Data tests: those of headers and declarations, of the grain, and the project's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, raise_errors
from featsql.base.fingerprint import fingerprint
from featsql.base.spans import Text
from featsql.datatests.base import TESTED, Check, Finding, Subject
from featsql.datatests.collect import collect as collect_declared
from featsql.datatests.collect import columns_of, generic_kinds, time_of
from featsql.datatests.scan import Scan, scan, shown
from featsql.dialects import DIALECTS
from featsql.emit.binding import Binding, bind
from featsql.engines.base import Cancelled, EngineError
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, Node, SourceNode, TableName, TrainingSetNode
from featsql.ir.model import MARKER
from featsql.ir.query import CreateTable, Query, Reference
from featsql.ir.testing import Sample, Test, Tested, TestResult, judged
from featsql.run.suites.base import Bench, Suite
from featsql.run.suites.own import OWN, generic, singular

if TYPE_CHECKING:
    import pyarrow

_TESTED: Final = TESTED.strip('"').partition(":")[2]
_LONGEST_TABLE: Final = 90
_LONGEST_CELL: Final = 200


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """The tests of the chosen nodes; the project's own SQL is rendered now. Raises what is wrong with it (FS1xx to FS4xx)."""
    graph = bench.compiler.graph
    macros = bench.project.files.macros
    wanted = set(chosen)
    declared = [test for test in collect_declared(graph, generic_kinds(macros)).tests if test.node in wanted]
    declared = generic(bench, declared)
    mine = [test for test in singular(bench) if {test.node, *test.also} & wanted]
    _each_once([*declared, *mine])
    views = [_evaluates(graph, node) for node_id in chosen if _is_view(node := graph.nodes[node_id])] if bench.building else []
    return (*views, *declared, *mine)


def _each_once(tests: Sequence[Test]) -> None:
    """FS405 for a file named like another test."""
    first: dict[str, Test] = {}
    twice = [test for test in tests if first.setdefault(test.id, test) is not test]
    raise_errors(
        Diagnostic("FS405", f"two tests are named `{test.name}`", test.span, hints=("rename the file",)) for test in twice
    )


def _is_view(node: Node) -> bool:
    return isinstance(node, FeatureViewNode) or (isinstance(node, ModelNode) and node.config.materialized == "view")


def _evaluates(graph: FeatureGraph, node: Node) -> Test:
    name = f"evaluates_{node.name}"
    columns = tuple(c.name for c in node.columns or ())
    return Test(f"test.{graph.project}.{name}", name, "evaluates", node.id, arguments={"columns": columns})


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """One scan for all tests of a relation, and one query for each test that fails or has SQL of its own."""
    is_told = False
    for result in _results(bench, tests):
        is_missing = any(d.code == "FS704" for d in result.diagnostics)
        if is_missing and is_told:
            # before a first build everything is missing: once is enough
            yield replace(result, status="skipped", diagnostics=())
        else:
            yield result
        is_told |= is_missing


def _results(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    place = {node_id: i for i, node_id in enumerate(bench.compiler.graph.nodes)}
    by_relation = sorted((t for t in tests if OWN not in t.arguments), key=lambda t: (place[t.node], t.relation))
    for (node, relation), group in groupby(by_relation, key=lambda t: (t.node, t.relation)):
        yield from _Relation(bench, bench.compiler.graph.nodes[node], relation).run(list(group))
    for test in tests:
        if OWN in test.arguments:
            yield _Relation(bench, bench.compiler.graph.nodes[test.node], test.relation).run_own(test)


SUITE: Final = Suite("data", collect, run)


class _Relation:
    """One relation and the tests of it."""

    def __init__(self, bench: Bench, node: Node, relation: Tested) -> None:
        self.bench, self.node, self.relation = bench, node, relation
        self.dialect = DIALECTS[bench.compiler.inputs.dialect]
        self.types = {c.name.lower(): c.type for c in columns_of(node, relation) or ()}

    def run(self, tests: Sequence[Test]) -> Iterator[TestResult]:
        subjects = [self._subject(test) for test in tests]
        began = perf_counter()
        try:
            made = scan(subjects)
            row = self._row(made)
        except (EngineError, FeatsqlError) as error:
            if isinstance(error, Cancelled):
                raise KeyboardInterrupt from None
            if len(tests) == 1:
                yield self._refused(tests[0], error, perf_counter() - began)
                return
            # one of them is wrong: each for itself
            for test in tests:
                yield from self.run([test])
            return
        seconds = (perf_counter() - began) / len(tests)
        for test, check, measured in zip(tests, made.checks, made.measures(row), strict=True):
            yield self._result(test, check, check.judge(measured), seconds)

    def run_own(self, test: Test) -> TestResult:
        """A test that is a SELECT of the rows that are wrong."""
        began = perf_counter()
        query = self._bound(test.arguments[OWN])
        try:
            failures, sample = self._failing(query, test)
        except EngineError as error:
            return self._refused(test, error, perf_counter() - began)
        return self._judged(test, Finding(failures), sample, query, perf_counter() - began)

    def _result(self, test: Test, check: Check, finding: Finding, seconds: float) -> TestResult:
        query = self._bound(Text.generated(check.failing)) if check.failing else None
        sample = None
        began = perf_counter()
        if finding.failures and query:
            try:
                counted, sample = self._failing(query, test)
            except EngineError as error:
                return self._refused(test, error, seconds + perf_counter() - began)
            finding = finding if finding.is_exact else replace(finding, failures=counted)
        if test.config.limit is not None:
            finding = replace(finding, failures=min(finding.failures, test.config.limit))
        result = self._judged(test, finding, sample, query, seconds + perf_counter() - began)
        if finding.remember is not None and not finding.failures:
            self.bench.memory[test.id] = finding.remember
        return result

    def _judged(self, test: Test, finding: Finding, sample: Sample | None, query: Query | None, seconds: float) -> TestResult:
        status = judged(finding.failures, test.config)
        if status == "fail" and finding.is_older and not self.bench.building:
            status = "warn"
        # none is kept too: the rows of the last time would be taken for those of today
        stored = self._store(test, query) if query else ""
        sql = query.sql if query else self._query_of(test)
        return TestResult(
            test, status, seconds, finding.failures, finding.message, sample, sql, stored if finding.failures else ""
        )

    def _failing(self, query: Query, test: Test) -> tuple[int, Sample | None]:
        """How many rows are wrong, and a few of them."""
        if test.config.limit is not None:
            query = query.limited(test.config.limit)
        before, after = shown("\0").split("\0")
        found = self._ask(query.around(before, after))
        if not found.num_rows:
            return 0, None
        # the last column, whatever a warehouse makes of its name
        total = int(found.column(found.num_columns - 1)[0].as_py())
        return total, sample_of(found.select(range(found.num_columns - 1)), total)

    def _store(self, test: Test, query: Query) -> str:
        """The table that is to hold the failing rows, if they are to be kept."""
        if self.bench.keep is None or not (test.config.store_failures or self.bench.store_all):
            return ""
        inputs = self.bench.compiler.inputs
        name = (
            test.name if len(test.name) <= _LONGEST_TABLE else f"{test.name[: _LONGEST_TABLE - 9]}_{fingerprint(test.name)[:8]}"
        )
        table = TableName(f"{inputs.schema}_test_failures", name, inputs.database)
        try:
            self.bench.keep(CreateTable(table, query))
        except EngineError:
            # two columns of one name, say: the result tells of the rows all the same
            return ""
        return str(table)

    def _subject(self, test: Test) -> Subject:
        time = time_of(self.node)
        return Subject(
            test,
            self.dialect,
            self.bench.compiler.inputs.as_of_us,
            self.types,
            self.dialect.quote(time) if time else None,
            self.bench.memory.get(test.id),
            self._more(test),
        )

    def _more(self, test: Test) -> Mapping[str, str]:
        if test.kind == "grain" and isinstance(self.node, TrainingSetNode):
            return {"spine": self.node.parsed.text.value}
        return {}

    def _row(self, made: Scan) -> Sequence[Any]:
        found = self._ask(self._bound(Text.generated(made.sql)))
        return [column[0].as_py() for column in found.columns]

    def _ask(self, query: Query) -> pyarrow.Table:
        return self.bench.engine().query(query)

    def _bound(self, text: Text) -> Query:
        targets = {(m[1], m[2]) for m in MARKER.finditer(text.value)}
        known = {f"{kind}:{target}": self._binding(kind, target) for kind, target in targets}
        return bind(text, known, self.dialect.name)

    def _binding(self, kind: str, target: str) -> Binding:
        if target != _TESTED:
            return self.bench.compiler.binding(kind, target)
        if isinstance(self.node, SourceNode):
            return self.bench.compiler.binding("source", self.node.name)
        if isinstance(self.node, FeatureViewNode) and self.relation == "online":
            return self._online(self.node)
        return self.bench.compiler.binding("ref", self.node.name)

    def _online(self, node: FeatureViewNode) -> Binding:
        """The online table, with the view's own name for its event time: a test of the view fits both relations."""
        table = node.online_relation
        reference = Reference(table, Text.generated(self.dialect.table(table)))
        if node.timestamp.name.lower() == "event_time":
            return reference
        before = Text.generated(f"select *, event_time as {self.dialect.quote(node.timestamp.name)} from ")
        return Query((before, reference), self.dialect.name)

    def _refused(self, test: Test, error: EngineError | FeatsqlError, seconds: float) -> TestResult:
        if isinstance(error, Cancelled):
            raise KeyboardInterrupt from None
        if isinstance(error, FeatsqlError):
            # a kind that cannot do this here
            return TestResult(test, "error", seconds, None, error.diagnostics[0].message, diagnostics=error.diagnostics)
        if test.kind == "evaluates":
            error = self._placed(error)
        code = "FS704" if error.missing else "FS702"
        hints = ("`featsql build` makes the tables of the project",) if error.missing else ()
        subject = self.node.name if test.kind == "evaluates" else f"test {test.name}"
        diagnostic = Diagnostic(code, f"`{subject}`: {error.message}", error.span or test.span, hints=hints)
        query = "" if error.missing else self._query_of(test)
        return TestResult(test, "error", seconds, None, error.message, None, query, "", (diagnostic,))

    def _placed(self, error: EngineError) -> EngineError:
        """An error inside a view comes without a place; its own SELECT, asked for the same, tells it."""
        made = self.bench.compiler.queries(self.node).main
        columns = ", ".join(f"count({self.dialect.quote(c.name)})" for c in self.node.columns or ()) or "count(*)"
        try:
            if made:
                self._ask(made.around(f"select {columns} from (\n", "\n) as tested"))
        except Cancelled:
            raise
        except EngineError as placed:
            return placed if placed.message == error.message else error
        return error

    def _query_of(self, test: Test) -> str:
        text = test.arguments[OWN] if OWN in test.arguments else Text.generated(scan([self._subject(test)]).sql)
        return self._bound(text).sql


def sample_of(table: pyarrow.Table, total: int) -> Sample:
    """The rows of a small table as text."""
    columns = [[_cell(value) for value in column.to_pylist()] for column in table.columns]
    return Sample(tuple(table.column_names), tuple(zip(*columns, strict=True)), total)


def _cell(value: object) -> str | None:
    if value is None:
        return None
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 3] + "..."
