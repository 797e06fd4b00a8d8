"""What stands between building and publishing: the tests of a build, each as soon as all that it reads is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from featsql.engines.base import Engine
from featsql.ir.query import CreateTable
from featsql.ir.testing import Test, TestResult
from featsql.run.suites import SUITES
from featsql.run.suites.base import Bench, Suite

_START = ""
"""In place of a node's id: before anything is built."""


@dataclass(slots=True)
class Gate:
    """The tests of a build, by the node after which they can be run. `stored` are tables of failing rows, to be published too."""

    bench: Bench
    ready: Mapping[str, Sequence[tuple[Suite, Test]]]
    first: Sequence[tuple[Suite, Test]]
    stored: list[CreateTable] = field(default_factory=list)

    def before(self) -> Iterator[TestResult]:
        """Unit tests, then the tests of sources."""
        yield from self._run(self.first)
        yield from self._run(self.ready.get(_START, ()))

    def after(self, node_id: str) -> Iterator[TestResult]:
        """The tests that waited for this node."""
        yield from self._run(self.ready.get(node_id, ()))

    def tests_of(self, node_id: str) -> int:
        return sum(test.node == node_id for _, test in self.ready.get(node_id, ()))

    def _run(self, tests: Sequence[tuple[Suite, Test]]) -> Iterator[TestResult]:
        for suite in dict.fromkeys(suite for suite, _ in tests):
            yield from suite.run(self.bench, [test for of, test in tests if of is suite])


def gate_of(bench: Bench, engine: Engine, chosen: Sequence[str], order: Sequence[str]) -> Gate:
    """The gate of a build. `chosen`: whose tests are run, sources too; `order`: the nodes that are built. Raises wrong tests."""
    stored: list[CreateTable] = []

    def keep(step: CreateTable) -> None:
        engine.build(step)
        stored.append(step)

    bench = replace(bench, engine=lambda: engine, keep=keep, building=True)
    place = {node_id: i for i, node_id in enumerate(order)}
    ready: dict[str, list[tuple[Suite, Test]]] = {}
    first: list[tuple[Suite, Test]] = []
    for suite in SUITES:
        if suite.when in ("asked", "named"):
            continue
        for test in suite.collect(bench, chosen):
            if suite.when == "offline":
                first.append((suite, test))
                continue
            waits = [place[i] for i in (test.node, *test.also, *test.reads) if i in place]
            ready.setdefault(order[max(waits)] if waits else _START, []).append((suite, test))
    return Gate(bench, ready, first, stored)
