"""Stage 10: do the steps of the chosen nodes, publish them at once, and say truthfully what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final, Protocol

from featsql.base.dag import Dag
from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import SourceFile, Span
from featsql.engines.base import Cancelled, Engine, EngineError, PublishError
from featsql.ir.graph import TableName
from featsql.ir.query import CreateView, LoadSeed, NodeResult, NodeSteps, RunResult, Step
from featsql.ir.testing import TestResult
from featsql.run.events import Listener, NodeFinished, NodeStarted, Published, RunFinished, RunStarted, TestFinished, nobody
from featsql.run.gate import Gate

_GOOD: Final = ("success", "reused")
_NOT_YET: Final = "built, not published"


class Journal(Protocol):
    """Called with all results so far, after each node."""

    def __call__(self, results: tuple[NodeResult, ...], elapsed: float, tests: tuple[TestResult, ...] = ()) -> None: ...


class Book(Protocol):
    """Knows what runs before have left, and notes what this one leaves."""

    def reused(self, steps: NodeSteps) -> NodeResult | None:
        """The result of a node that need not be built; None for any other."""
        ...

    def built(self, steps: NodeSteps, done: NodeSteps) -> None:
        """A node was built: as was planned, and as was done."""
        ...

    def records(self, results: Sequence[NodeResult], tests_ok: bool, is_published: bool) -> list[str]:
        """Statements that note how a run ended, to be done with its publishing."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What a run is to do. `chosen` in graph order; `carried` are views that the chosen read and that are not chosen:
    they are built for this run alone. `files` gives a node's file, for errors that have no better place."""

    command: str
    run_id: str
    target: str
    chosen: tuple[NodeSteps, ...]
    carried: tuple[NodeSteps, ...]
    files: dict[str, SourceFile]
    fail_fast: bool = False
    prepared: Callable[[NodeSteps], NodeSteps] = lambda steps: steps
    """Called when a node's turn comes: the same steps, by a plan that suits what is there by then."""
    gate: Gate | None = None
    """What is published has passed it; None publishes what could be built."""
    book: Book | None = None
    """None: whatever is chosen is built, and nothing of it noted."""
    dag: Dag | None = None
    """Who reads whom: with a gate, everything downstream of a failed test is kept back."""


@dataclass(slots=True)
class Runner:
    engine: Engine
    work: Work
    journal: Journal
    listener: Listener = nobody
    results: list[NodeResult] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    is_published: bool = False
    _failed_by: dict[str, str] = field(default_factory=dict)
    """Nodes that a test found wrong, and the first of these tests."""
    _prepared: dict[str, NodeSteps] = field(default_factory=dict)
    """The steps as they were done, by node."""
    _started: float = field(default_factory=perf_counter)

    def run(self) -> RunResult:
        """Build aside, then publish what came out well; KeyboardInterrupt is recorded, cleaned up after, and raised again."""
        work = self.work
        self.listener(RunStarted(work.command, work.run_id, len(work.chosen), work.target, self.engine.version()))
        self.engine.begin(work.run_id)
        try:
            self._build()
            self._keep_back()
            self._publish()
        except BaseException:
            self._interrupted()
            self.engine.discard()
            raise
        finally:
            self._write_journal()
        result = RunResult(tuple(self.results), perf_counter() - self._started, work.run_id, tuple(self.tests))
        self.listener(RunFinished(result))
        return result

    def _build(self) -> None:
        """In graph order, the views that are only carried among them."""
        order = {node.node_id: i for i, node in enumerate(self.work.chosen)}
        gate = self.work.gate
        for test in gate.before() if gate else ():
            self._tested(test)
        broken = {node_id: node_id.partition(".")[2].partition(".")[2] for node_id in self._failed_by if node_id not in order}
        for node in self._in_order():
            index = order.get(node.node_id)
            culprit = next((broken[parent] for parent in node.parents if parent in broken), None)
            if index is None:
                self._carry(node, broken, culprit)
                continue
            if culprit or (self.work.fail_fast and broken):
                reason = f"`{culprit}` failed" if culprit else "the run stops at its first failure"
                result = NodeResult(node.node_id, node.name, node.kind, "skipped", 0.0, reason)
                broken[node.node_id] = culprit or node.name
            else:
                self.listener(NodeStarted(index + 1, len(self.work.chosen), node.name, node.label))
                result = self._node(node) if node.node_id not in self._failed_by else self._wrong(node, 0.0)
                if gate and result.status in _GOOD:
                    result = self._judged(node, result, gate)
                if result.status not in _GOOD:
                    broken[node.node_id] = node.name
            self._record(node, index, result)

    def _judged(self, node: NodeSteps, result: NodeResult, gate: Gate) -> NodeResult:
        """The result, once the tests have passed that waited for this node."""
        began = perf_counter()
        for test in gate.after(node.node_id):
            self._tested(test)
        seconds = result.execution_time + perf_counter() - began
        if node.node_id in self._failed_by:
            return self._wrong(node, seconds)
        return replace(result, execution_time=seconds, tested=gate.tests_of(node.node_id))

    def _tested(self, result: TestResult) -> None:
        self.tests.append(result)
        if result.is_bad:
            for node_id in (result.test.node, *result.test.also):
                self._failed_by.setdefault(node_id, result.test.name)
        self.listener(TestFinished(0, 0, result))

    def _wrong(self, node: NodeSteps, seconds: float) -> NodeResult:
        message = f"test `{self._failed_by[node.node_id]}` failed"
        return NodeResult(node.node_id, node.name, node.kind, "error", seconds, message)

    def _keep_back(self) -> None:
        """With a gate: nothing is published that was made of what a test found wrong later, nor what an old view would read.

        A view that is not published stays as it was and reads tables by their names: these stay too, with all that is made of
        them.
        """
        if self.work.gate is None or self.work.dag is None:
            return
        reason = {below: f"test `{by}` failed" for at, by in self._failed_by.items() for below in self.work.dag.descendants(at)}
        reason |= {at: f"test `{by}` failed" for at, by in self._failed_by.items()}
        good = {result.unique_id for result in self.results if result.status in _GOOD}
        waiting = [node for node in self.work.chosen if node.node_id not in good or node.node_id in reason]
        by_id = {node.node_id: node for node in self.work.chosen}
        while waiting:
            reader = waiting.pop()
            if not isinstance(reader.steps[0], CreateView) or not self._is_there(reader.steps[0].target):
                continue
            for parent in (by_id[p] for p in reader.parents if p in good and p not in reason):
                reason[parent.node_id] = f"`{reader.name}`, which reads it, stays as it was"
                waiting.append(parent)
                if not isinstance(parent.steps[0], CreateView):
                    below = self.work.dag.descendants(parent.node_id) - reason.keys()
                    reason |= dict.fromkeys(below, f"`{parent.name}` stays as it was")
                    waiting += [by_id[node_id] for node_id in sorted(below & by_id.keys())]
        for i, result in enumerate(self.results):
            if result.status == "success" and result.unique_id in reason:
                message = f"not published: {reason[result.unique_id]}"
                self.results[i] = replace(result, status="skipped", message=message, rows=None, relations=())

    def _is_there(self, view: TableName) -> bool:
        """Has it been published before?"""
        try:
            return self.engine.columns(view) is not None
        except EngineError:
            # it is there, and cannot be computed
            return True

    def _in_order(self) -> list[NodeSteps]:
        """Both lists are in graph order: a carried view comes before the first chosen node that reads it."""
        waiting = {node.node_id: node for node in self.work.carried}
        ordered: list[NodeSteps] = []

        def place(node: NodeSteps) -> None:
            for parent in node.parents:
                if parent in waiting:
                    place(waiting.pop(parent))
            ordered.append(node)

        for node in self.work.chosen:
            place(node)
        return ordered

    def _carry(self, node: NodeSteps, broken: dict[str, str], culprit: str | None) -> None:
        if culprit:
            broken[node.node_id] = culprit
            return
        try:
            for step in node.steps:
                self.engine.build(step)
        except Cancelled:
            raise
        except EngineError:
            # what reads it says so, at the place where it reads it
            return

    def _node(self, node: NodeSteps) -> NodeResult:
        began = perf_counter()
        rows: int | None = None
        planned, book = node, self.work.book
        try:
            if book and (reused := book.reused(node)):
                return reused
            node = self._prepared[node.node_id] = self.work.prepared(node)
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            return self._failed(node, node.steps[0], error, perf_counter() - began)
        except FeatsqlError as refusal:
            return self._refused(node, refusal.diagnostics, perf_counter() - began)
        for step in node.steps:
            try:
                built = self.engine.build(step)
            except Cancelled:
                raise KeyboardInterrupt from None
            except EngineError as error:
                return self._failed(node, step, error, perf_counter() - began)
            rows = built if built is not None else rows
        if book:
            book.built(planned, node)
        relations = tuple(str(step.target) for step in node.steps)
        return NodeResult(node.node_id, node.name, node.kind, "success", perf_counter() - began, node.note, rows, relations)

    def _refused(self, node: NodeSteps, found: tuple[Diagnostic, ...], seconds: float) -> NodeResult:
        message = f"{found[0].code}: {found[0].message}"
        return NodeResult(node.node_id, node.name, node.kind, "error", seconds, message, diagnostics=found)

    def _failed(self, node: NodeSteps, step: Step, error: EngineError, seconds: float) -> NodeResult:
        diagnostic = self._diagnostic(node, step, error)
        return NodeResult(
            node.node_id, node.name, node.kind, "error", seconds, f"{diagnostic.code}: {error.message}", diagnostics=(diagnostic,)
        )

    def _diagnostic(self, node: NodeSteps, step: Step, error: EngineError) -> Diagnostic:
        file = self.work.files[node.node_id]
        code = "FS704" if error.missing else "FS410" if isinstance(step, LoadSeed) else "FS702"
        hints = _where_it_should_be(node, error.span) if error.missing else ()
        span = error.span or _line_of(file, error.line)
        notes = () if error.span or error.line else self._nowhere(node, file)
        return Diagnostic(code, f"`{node.name}`: {error.message}", span, notes=notes, hints=hints)

    def _nowhere(self, node: NodeSteps, file: SourceFile) -> tuple[str, ...]:
        """An error inside a view that the node reads comes without a place."""
        parents = [other for other in (*self.work.chosen, *self.work.carried) if other.node_id in node.parents]
        views = [f"`{other.name}`" for other in parents if other.steps and isinstance(other.steps[0], CreateView)]
        beside = f", or in a view that it reads: {', '.join(views)}" if views else ""
        return (f"the warehouse did not say where in `{file.path}`{beside}",)

    def _publish(self) -> None:
        good = {result.unique_id for result in self.results if result.status == "success"}
        steps: list[Step] = [step for node in self._as_done() if node.node_id in good for step in node.steps]
        steps += self.work.gate.stored if self.work.gate else ()
        try:
            self.engine.publish(steps, self._records(is_published=True))
        except PublishError as error:
            self._nothing_published(error)
            with suppress(EngineError):
                # what cannot be noted now, the next run finds out
                self.engine.record(self._records(is_published=False))
            return
        except EngineError as error:
            # nothing was to be published, and that cannot be noted
            raise refused(error) from error
        self.is_published = True
        if steps:
            self.listener(Published(len(steps)))

    def _records(self, *, is_published: bool) -> list[str]:
        book = self.work.book
        return book.records(self.results, not any(test.is_bad for test in self.tests), is_published) if book else []

    def _as_done(self) -> list[NodeSteps]:
        return [self._prepared.get(node.node_id, node) for node in self.work.chosen]

    def _nothing_published(self, error: PublishError) -> None:
        """The one that cannot be shown failed; all others were built and are not there."""
        culprit = next((node for node in self._as_done() if error.step in node.steps), None)
        if culprit is None:
            # a table of failing rows
            raise refused(error.cause)
        for i, result in enumerate(self.results):
            if result.unique_id == culprit.node_id:
                self.results[i] = self._failed(culprit, error.step, error.cause, result.execution_time)
                self.listener(NodeFinished(i + 1, len(self.work.chosen), culprit.label, self.results[i]))
            elif result.status == "success":
                message = f"not published: `{culprit.name}` failed"
                self.results[i] = replace(result, status="skipped", message=message, rows=None, relations=())
        self.engine.discard()

    def _record(self, node: NodeSteps, index: int, result: NodeResult) -> None:
        self.results.append(result)
        self.listener(NodeFinished(index + 1, len(self.work.chosen), node.label, result))
        self._write_journal()

    def _interrupted(self) -> None:
        """Nothing of a run is visible that was interrupted before it was published, whatever had been built."""
        if self.is_published:
            return
        done = {result.unique_id for result in self.results}
        self.results = [
            replace(r, status="interrupted", message=_NOT_YET, relations=()) if r.status == "success" else r for r in self.results
        ]
        for node in self.work.chosen:
            if node.node_id not in done:
                self.results.append(NodeResult(node.node_id, node.name, node.kind, "interrupted", 0.0, "not done"))
        with suppress(EngineError):
            # what cannot be noted now, the next run finds out
            self.engine.record(self._records(is_published=False))

    def _write_journal(self) -> None:
        """Also of a run that dies at once, the file says no more than what is true then: what is built is not yet published."""
        results = self.results
        if not self.is_published:
            results = [replace(r, status="interrupted", message=_NOT_YET) if r.status == "success" else r for r in results]
        self.journal(tuple(results), perf_counter() - self._started, tuple(self.tests))


def _where_it_should_be(node: NodeSteps, place: Span | None) -> tuple[str, ...]:
    """What to do about a relation that is not there: `place` is where it is read, if that is known."""
    is_source = "source(" in place.text if place else all(parent.startswith("source.") for parent in node.parents)
    if is_source:
        return ("load the source, or mend its declaration",)
    return (f"build what `{node.name}` reads first: `featsql run -s +{node.name}`",)


def _line_of(file: SourceFile, line: int | None) -> Span:
    """The line of the file, or its start."""
    at = 0
    for _ in range((line or 1) - 1):
        found = file.text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    end = file.text.find("\n", at)
    return Span(file, at, max(end if end >= 0 else len(file.text), at))


def carried_views(chosen: Sequence[NodeSteps], others: Sequence[NodeSteps]) -> tuple[NodeSteps, ...]:
    """Of the nodes that are not chosen, the views that the chosen ones read, directly or through such views."""
    by_id = {node.node_id: node for node in others if node.steps and isinstance(node.steps[0], CreateView)}
    found: dict[str, NodeSteps] = {}
    waiting = [parent for node in chosen for parent in node.parents]
    while waiting:
        node = by_id.get(waiting.pop())
        if node and node.node_id not in found:
            found[node.node_id] = replace(node, steps=node.steps[:1])
            waiting.extend(node.parents)
    return tuple(found.values())


def refused(error: EngineError) -> FeatsqlError:
    """An engine's refusal of a query that belongs to no node's build."""
    code = "FS704" if error.missing else "FS702"
    hints = ("`featsql build` makes the tables of the project",) if error.missing else ()
    return FeatsqlError(Diagnostic(code, error.message, error.span, hints=hints))
