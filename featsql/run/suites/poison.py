"""Leakage, shown by rows: what becomes known after t is taken away or made different, and every value at t has to stay.

And its dual: when what was known at t is made different, something has to change, or the test proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.compile import build_graph, parse_project
from featsql.dialects.duckdb import DUCKDB
from featsql.engines.base import Cancelled, EngineError
from featsql.engines.duckdb_sandbox import Sandbox
from featsql.ir.graph import FeatureGraph, FeatureViewNode, TrainingSetNode
from featsql.ir.testing import Sample, Test, TestResult
from featsql.run.suites.base import Bench, Suite
from featsql.run.suites.clocks import Clock, clocks_of
from featsql.run.suites.comparison import Compared
from featsql.run.suites.laboratory import Laboratory, equip
from featsql.run.suites.subjects import Subject
from featsql.run.suites.worlds import WORLDS, World, known_times

SEED: Final = 20_130_701
MOMENTS: Final = (0.5, 0.7, 0.85, 0.97)
"""At which parts of the times at which something of a source becomes known."""
_POISON: Final = "future_poison"
_CHANGE: Final = "visible_change"
_TELLING: Final = 20
"""Values of which none changes by chance alone hardly ever."""
Tested = FeatureViewNode | TrainingSetNode


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """Two for each feature view, one for each training set."""
    graph = bench.compiler.graph
    found: list[Test] = []
    for node_id in chosen:
        node = graph.nodes[node_id]
        if isinstance(node, Tested):
            kinds = (_POISON, _CHANGE) if isinstance(node, FeatureViewNode) else (_POISON,)
            found += [Test(f"test.{graph.project}.{node.name}.{kind}", f"{kind}_{node.name}", kind, node.id) for kind in kinds]
    return tuple(found)


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """Four times, three or four worlds each; all nodes are tested in the same worlds."""
    began = perf_counter()
    sandbox = Sandbox()
    try:
        found = _Experiment(bench, sandbox, tests).run()
        seconds = (perf_counter() - began) / max(len(tests), 1)
        for test in tests:
            yield replace(_judged(bench, test, found[test.id]), seconds=seconds)
    except Cancelled:
        raise KeyboardInterrupt from None
    except (EngineError, FeatsqlError) as error:
        told = error.diagnostics if isinstance(error, FeatsqlError) else (Diagnostic("FS702", f"leakage tests: {error.message}"),)
        for test in tests:
            yield TestResult(test, "error", 0.0, None, told[0].message, diagnostics=told)
    finally:
        sandbox.close()


SUITE: Final = Suite("leakage", collect, run, "asked")


@dataclass(slots=True)
class _Seen:
    """What the worlds showed of one test. `times` are those at which there was something to compare."""

    compared: Compared = field(default_factory=Compared)
    times: int = 0
    changed: int = 0
    without_clock: tuple[str, ...] = ()


def _judged(bench: Bench, test: Test, seen: _Seen) -> TestResult:
    node = bench.compiler.graph.nodes[test.node]
    values, differing = seen.compared.values, seen.compared.differing
    if not seen.times:
        why = (
            f"nothing says when rows of {', '.join(seen.without_clock)} are known" if seen.without_clock else "no rows to compare"
        )
        return TestResult(test, "skipped", 0.0, None, why)
    if test.kind == _CHANGE:
        if seen.changed:
            return TestResult(test, "pass", 0.0, 0, f"{seen.changed:,} of {values:,} values changed with what is known")
        told = f"none of {values:,} values depends on what is known at the time that is asked for"
        if values < _TELLING:
            return TestResult(test, "skipped", 0.0, None, f"{told}: too few to tell")
        return TestResult(test, "fail", 0.0, 1, told)
    if not differing:
        return TestResult(test, "pass", 0.0, 0, f"{values:,} values stayed, at {seen.times} times")
    keys = [k.name for k in node.keys] if isinstance(node, FeatureViewNode) else ["spine row"]
    columns = (*keys, "as_of_time", "feature", "as it is", "with another future")
    message = f"{differing:,} of {values:,} values depend on what became known later"
    return TestResult(test, "fail", 0.0, differing, message, Sample(columns, seen.compared.rows, differing))


@dataclass(slots=True)
class _Experiment:
    bench: Bench
    sandbox: Sandbox
    tests: Sequence[Test]

    def run(self) -> dict[str, _Seen]:
        graph = _in_duckdb(self.bench)
        nodes = [n for i in dict.fromkeys(t.node for t in self.tests) if isinstance(n := graph.nodes[i], Tested)]
        clocks = clocks_of(graph)
        laboratory = equip(self.bench, self.sandbox, clocks, nodes, graph)
        moments = _moments(laboratory)
        seen_nodes = [laboratory.graph.nodes[node.id] for node in nodes]
        subjects = [Subject(laboratory, node, i) for i, node in enumerate(seen_nodes) if isinstance(node, Tested)]
        seen = {test.id: _Seen(without_clock=_timeless(graph, clocks, test.node)) for test in self.tests}
        wanted = {(test.node, test.kind): seen[test.id] for test in self.tests}
        for number, t_us in enumerate(moments):
            for sees_now in sorted({s.sees_now for s in subjects}):
                there = [s for s in subjects if s.sees_now == sees_now]
                laboratory.enter("as it was", t_us, SEED, sees_now=sees_now)
                ready = [s for s in there if s.prepare(t_us)]
                for subject in ready:
                    subject.answer("base")
                for world in (*WORLDS, "another past") if number == len(moments) - 1 else WORLDS:
                    kind = _CHANGE if world == "another past" else _POISON
                    asked = [s for s in ready if (s.node.id, kind) in wanted]
                    if asked:
                        laboratory.enter(world, t_us, SEED + number, sees_now=sees_now)
                    for subject in asked:
                        subject.answer("other")
                        _note(wanted[subject.node.id, kind], subject.compared(), world)
        return seen


def _note(seen: _Seen, compared: Compared, world: World) -> None:
    if world == "another past":
        seen.changed += compared.differing
    seen.compared += compared
    seen.times += int(compared.values > 0 and world != "another future")


def _timeless(graph: FeatureGraph, clocks: Mapping[str, Clock], node_id: str) -> tuple[str, ...]:
    read = [n for i in graph.dag.ancestors(node_id) if (n := graph.nodes[i]).kind == "source"]
    return tuple(f"`{n.name}`" for n in read) if not any(n.id in clocks for n in read) else ()


def _in_duckdb(bench: Bench) -> FeatureGraph:
    if bench.compiler.inputs.dialect == "duckdb":
        return bench.compiler.graph
    inputs = replace(bench.compiler.inputs, dialect="duckdb", database=None)
    return build_graph(parse_project(bench.project), inputs).graph


def _moments(laboratory: Laboratory) -> list[int]:
    """Times at which something becomes known, of one source after the other: exactly then, for that is where ends are."""
    found: list[list[int]] = []
    for source in laboratory.sources.values():
        for known in known_times(source):
            quantiles = ", ".join(f"epoch_us(quantile_disc(k, {q}))" for q in MOMENTS)
            told = _rows(laboratory.sandbox, f"select {quantiles} from (select {known} as k from {DUCKDB.table(source.rows)})")
            found.append([int(v) for v in told[0] if v is not None])
    lists = [times for times in found if len(times) == len(MOMENTS)]
    return sorted({lists[i % len(lists)][i] for i in range(len(MOMENTS))}) if lists else []


def _rows(sandbox: Sandbox, sql: str) -> list[tuple[Any, ...]]:
    return list(zip(*(c.to_pylist() for c in sandbox.query(sql).columns), strict=True))
