"""Lateness (R4): how long after they happen rows arrive, against the time at which a feature view sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.base.lengths import length
from featsql.base.spans import Text
from featsql.checks.findings import allowed
from featsql.checks.known_time import LOADED
from featsql.checks.traces import Traces
from featsql.datatests.base import TESTED
from featsql.datatests.freshness import roughly
from featsql.dialects import DIALECTS
from featsql.emit.binding import bind
from featsql.engines.base import Cancelled, EngineError
from featsql.front.reaches import reaches
from featsql.ir.graph import FeatureViewNode, SourceNode
from featsql.ir.query import Query
from featsql.ir.testing import Test, TestResult
from featsql.run.suites.base import Bench, Suite

SHARE: Final = 0.99
"""Of the rows: so many have to be there when a view sees them."""
_KIND: Final = "lateness"


@dataclass(frozen=True, slots=True)
class Lag:
    """What a view's rows are late by: `arrived` - `happened`, columns of the source. `is_heard`: the view waits for it."""

    source: SourceNode
    happened: str
    arrived: str
    is_heard: bool


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """One for each chosen view whose event time is a column of a source that also tells when its rows arrived."""
    graph = bench.compiler.graph
    traces = Traces(graph, reaches(graph))
    found: list[Test] = []
    for node_id in chosen:
        view = graph.nodes[node_id]
        lag = _lag(traces, view) if isinstance(view, FeatureViewNode) else None
        if lag:
            name = f"{_KIND}_{view.name}"
            arguments = {"source": lag.source.id, "happened": lag.happened, "arrived": lag.arrived, "is_heard": lag.is_heard}
            found.append(Test(f"test.{graph.project}.{name}", name, _KIND, view.id, arguments=arguments))
    return tuple(found)


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """One query each."""
    for test in tests:
        began = perf_counter()
        query = _query(bench, test)
        try:
            row = [column[0].as_py() for column in bench.engine().query(query).columns]
            found = _judged(bench, test, int(row[0]), *(None if value is None else int(value) for value in row[1:]))
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            diagnostic = Diagnostic("FS704" if error.missing else "FS702", f"`{test.name}`: {error.message}", error.span)
            found = TestResult(test, "error", 0.0, None, error.message, diagnostics=(diagnostic,))
        yield replace(found, query=query.sql, seconds=perf_counter() - began)


SUITE: Final = Suite(_KIND, collect, run, "asked")


def _lag(traces: Traces, view: FeatureViewNode) -> Lag | None:
    trace = traces.column(view.id, view.timestamp.name)
    if len(trace.sources) != 1 or trace.starts or trace.is_shifted:
        return None
    ((source_id, happened),) = trace.sources
    source = traces.graph.nodes[source_id]
    arrived = _arrived(source) if isinstance(source, SourceNode) else None
    if not isinstance(source, SourceNode) or arrived is None or arrived.lower() == happened:
        return None
    return Lag(source, happened, arrived, (source_id, arrived.lower()) in traces.known_time(view).sources)


def _arrived(source: SourceNode) -> str | None:
    if source.table.available_at:
        return source.table.available_at.text
    if any(doc.available_at for doc in source.table.columns):
        return None  # its parts arrive one by one: future poison tells of those
    return next((c.name for c in source.columns or () if LOADED.fullmatch(c.name)), None)


def _query(bench: Bench, test: Test) -> Query:
    """How many rows have both times, the lag that `SHARE` of them keep, the longest; microseconds."""
    source = bench.compiler.graph.nodes[str(test.arguments["source"])]
    assert isinstance(source, SourceNode)
    dialect = DIALECTS[bench.compiler.inputs.dialect]
    types = {c.name.lower(): c.type for c in source.columns or ()}
    arrived, happened = (
        dialect.epoch_us(f"tested.{dialect.quote(name)}", types.get(name.lower()))
        for name in (str(test.arguments["arrived"]), str(test.arguments["happened"]))
    )
    lag = f"{arrived} - {happened}"
    sql = f"select count({lag}), percentile_disc({SHARE}) within group (order by {lag}), max({lag})\nfrom {TESTED} as tested"
    return bind(Text.generated(sql), {TESTED.strip('"'): bench.compiler.binding("source", source.name)}, dialect.name)


def _judged(bench: Bench, test: Test, rows: int, most: int | None, longest: int | None) -> TestResult:
    view = bench.compiler.graph.nodes[test.node]
    assert isinstance(view, FeatureViewNode)
    if most is None or longest is None:
        return TestResult(test, "skipped", 0.0, None, "no row has both times")
    told = f"{SHARE:.0%} of {rows:,} rows arrive within {_shown(most)}, the last after {_shown(longest)}"
    if test.arguments["is_heard"]:
        return TestResult(test, "pass", 0.0, 0, f"{told}; the view waits for `{test.arguments['arrived']}`")
    delay = view.config.delay_us
    if most <= delay:
        return TestResult(test, "pass", 0.0, 0, told)
    why = allowed("FS509", view)
    if why is not None:
        return TestResult(test, "pass", 0.0, 0, f"{told}; allowed: {why}", note="allowed by a header")
    seen = f"the view sees them after {length(delay)}" if delay else "the view sees them at once"
    return TestResult(test, "fail" if delay else "warn", 0.0, 1, f"{told}; {seen}")


def _shown(us: int) -> str:
    return roughly(us) if us > 0 else "no time"
