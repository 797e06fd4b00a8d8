"""Tests, run by themselves: unit tests first, then what needs the warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.compile import Compiler
from featsql.engines.base import Engine, Mode
from featsql.ir.query import CreateTable, RunResult
from featsql.ir.testing import Test, TestResult
from featsql.run.events import Listener, RunFinished, RunStarted, TestFinished
from featsql.run.journal import write_json
from featsql.run.suites import SUITES
from featsql.run.suites.base import Bench, Suite

Planned = tuple[tuple[Suite, tuple[Test, ...]], ...]


def suites_named(names: Sequence[str]) -> tuple[Suite, ...]:
    """The suites of these names, all of them for none. FS008 for a name that is none."""
    known = list(dict.fromkeys(suite.name for suite in SUITES))
    for name in names:
        if name not in known:
            hints = nearest(name, known) or (f"sorts: {', '.join(known)}",)
            raise FeatsqlError(Diagnostic("FS008", f"there is no sort of tests `{name}`", hints=hints))
    return tuple(suite for suite in SUITES if suite.name in names or (not names and suite.when != "named"))


def plan_tests(bench: Bench, chosen: Sequence[str], suites: Sequence[Suite]) -> Planned:
    """What would be run, in order. Raises what is wrong with the tests themselves."""
    return tuple((suite, suite.collect(bench, chosen)) for suite in suites)


@dataclass(frozen=True, slots=True)
class Testing:
    """What is to be tested, and how. `memory` is the file with what tests remember."""

    chosen: tuple[str, ...]
    suites: tuple[Suite, ...]
    run_id: str
    target: str
    memory: Path
    fail_fast: bool = False
    store_all: bool = False


Opening = Callable[[Mode], AbstractContextManager[tuple[Engine, Compiler]]]
"""Opens the target: its engine, and the compiler with the columns of its tables."""


def run_tests(testing: Testing, offline: Bench, opening: Opening, tester: Tester) -> RunResult:
    """Run all tests of the chosen nodes. The target is opened when the first test needs it; what is wrong there is raised."""
    planned = plan_tests(offline, testing.chosen, testing.suites)
    stores = testing.store_all or any(test.config.store_failures for _, tests in planned for test in tests)
    with ExitStack() as stack:
        steps: list[CreateTable] = []

        @cache
        def online() -> Bench:
            engine, compiler = stack.enter_context(opening("write" if stores else "read"))
            if stores:
                engine.begin(testing.run_id)

            def keep(step: CreateTable) -> None:
                engine.build(step)
                steps.append(step)

            bench = replace(offline, compiler=compiler, engine=lambda: engine)
            return replace(bench, keep=keep if stores else None, store_all=testing.store_all)

        result = tester.run(planned, offline, online, testing.target, testing.run_id)
        if steps:
            online().engine().publish(steps)
    save_memory(testing.memory, testing.target, offline.memory)
    return result


def load_memory(path: Path, target: str) -> dict[str, Mapping[str, Any]]:
    """What the target's tests remember of the time when they passed last; nothing where none did."""
    return {test: said for test, said in _by_target(path).get(target, {}).items() if isinstance(said, dict)}


def save_memory(path: Path, target: str, memory: Mapping[str, Mapping[str, Any]]) -> None:
    if memory:
        write_json(path, {"targets": {**_by_target(path), target: dict(memory)}})


def _by_target(path: Path) -> dict[str, dict[str, Any]]:
    """Nothing where there is no such file, or one of another version."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["targets"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@dataclass(slots=True)
class Tester:
    """Runs planned tests. `journal` gets all results so far, now and then."""

    listener: Listener
    journal: Callable[[tuple[TestResult, ...], float], None]
    fail_fast: bool = False
    results: list[TestResult] = field(default_factory=list)
    _began: float = field(default_factory=perf_counter)

    def run(self, planned: Planned, bench: Bench, online: Callable[[], Bench], target: str, run_id: str) -> RunResult:
        """`bench` is for what needs no warehouse; `online` opens the target, once, for the rest."""
        total = sum(len(tests) for _, tests in planned)
        self.listener(RunStarted("test", run_id, total, target, "", "test"))
        try:
            for suite, tests in planned:
                if tests:
                    self._suite(suite, tests, bench if suite.when == "offline" else online(), total)
        finally:
            self.journal(tuple(self.results), self._elapsed())
        result = RunResult((), self._elapsed(), run_id, tuple(self.results))
        self.listener(RunFinished(result))
        return result

    def _suite(self, suite: Suite, tests: tuple[Test, ...], bench: Bench, total: int) -> None:
        waiting = {test.id: test for test in tests}
        if not self._is_over():
            for result in suite.run(bench, tests):
                waiting.pop(result.test.id, None)
                self._add(result, total)
                if self._is_over():
                    break
        for test in waiting.values():
            self._add(TestResult(test, "skipped", 0.0, message="the run stops at its first failure"), total)

    def _add(self, result: TestResult, total: int) -> None:
        self.results.append(result)
        self.listener(TestFinished(len(self.results), total, result))

    def _is_over(self) -> bool:
        return self.fail_fast and any(result.is_bad for result in self.results)

    def _elapsed(self) -> float:
        return perf_counter() - self._began
