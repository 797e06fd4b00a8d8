"""`source freshness`: how old the latest row of a source is, against what its declaration allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.base.lengths import duration_us, length
from featsql.base.spans import Text
from featsql.datatests.base import TESTED
from featsql.datatests.freshness import roughly
from featsql.dialects import DIALECTS
from featsql.emit.binding import bind
from featsql.engines.base import Cancelled, EngineError
from featsql.ir.graph import SourceNode
from featsql.ir.query import Query
from featsql.ir.testing import Test, TestResult
from featsql.run.moments import moment_text
from featsql.run.suites.base import Bench, Suite


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """A test for each chosen source that declares `freshness` and a time."""
    sources = (node for node_id in chosen if isinstance(node := bench.compiler.graph.nodes[node_id], SourceNode))
    return tuple(_test(node) for node in sources if node.table.freshness and _time(node))


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    for test in tests:
        began = perf_counter()
        query = _query(bench, test)
        try:
            latest = bench.engine().query(query).column(0)[0].as_py()
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            code = "FS704" if error.missing else "FS702"
            found = Diagnostic(code, f"`{test.name}`: {error.message}", error.span or test.span)
            yield TestResult(test, "error", perf_counter() - began, None, error.message, None, query.sql, "", (found,))
        else:
            yield _judged(test, latest, bench.compiler.inputs.as_of_us, query.sql, perf_counter() - began)


SUITE: Final = Suite("freshness", collect, run, "named")


def _test(node: SourceNode) -> Test:
    """`warn_after` and `error_after` in microseconds."""
    freshness = node.table.freshness
    assert isinstance(freshness, dict)
    limits = {key: duration_us(str(value)) for key, value in freshness.items()}
    return Test(f"freshness.{node.id}", node.name, "freshness", node.id, arguments=limits, span=node.table.name.span)


def _time(node: SourceNode) -> str | None:
    """When rows became known, where that is declared: a source whose rows come late is not fresh by their event time."""
    name = node.table.available_at or node.table.timestamp
    return name.text if name else None


def _query(bench: Bench, test: Test) -> Query:
    node = bench.compiler.graph.nodes[test.node]
    assert isinstance(node, SourceNode)
    dialect = DIALECTS[bench.compiler.inputs.dialect]
    time = _time(node) or ""
    types = {c.name.lower(): c.type for c in node.columns or ()}
    us = dialect.epoch_us(f"tested.{dialect.quote(time)}", types.get(time.lower()))
    binding = {TESTED.strip('"'): bench.compiler.binding("source", node.name)}
    return bind(Text.generated(f"select max({us}) as latest\nfrom {TESTED} as tested"), binding, dialect.name)


def _judged(test: Test, latest: int | None, now: int, sql: str, seconds: float) -> TestResult:
    if latest is None:
        return TestResult(test, "fail", seconds, 1, "there is no row with a time", query=sql)
    age = now - int(latest)
    said = f"the latest row is of {moment_text(int(latest))}, {roughly(max(age, 0))} old"
    for key, status in (("error_after", "fail"), ("warn_after", "warn")):
        most = test.arguments.get(key)
        if most is not None and age > most:
            return TestResult(test, status, seconds, 1, f"{said}, and may be {length(most)}", query=sql)  # type: ignore[arg-type]
    return TestResult(test, "pass", seconds, 0, said, query=sql)
