"""A run as it is told: a line a node, what went wrong in full, a summary; or the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self, assert_never

from featsql.base.release import release
from featsql.cli.amounts import counted, seconds
from featsql.cli.console import Console, Level, Piece, facts_of
from featsql.cli.harmless import one_line, width
from featsql.cli.live import Bar, NoBar, bar_for
from featsql.cli.tested import TEST_WORDS, annotate, details, facts_of_test, test_line
from featsql.ir.query import NodeResult, RunResult, Status
from featsql.ir.testing import counts_of
from featsql.run.events import (
    ChunkPublished,
    Event,
    NodeFinished,
    NodeStarted,
    Published,
    RunFinished,
    RunStarted,
    TestFinished,
    Warned,
)

_WORDS: Final[Mapping[Status, tuple[str, str, Level]]] = {
    # status -> style, word, level
    "success": ("ok", "OK", "info"),
    "reused": ("dim", "KEEP", "info"),
    "error": ("error", "FAIL", "error"),
    "skipped": ("skip", "SKIP", "warn"),
    "interrupted": ("skip", "STOP", "warn"),
}
_TOLD: Final[Mapping[Status, str]] = {
    "success": "ok",
    "reused": "current",
    "error": "failed",
    "skipped": "skipped",
    "interrupted": "stopped",
}
_LINE = 68
"""Columns up to where the rows and the time stand."""


class Progress:
    """The listener of a run; a context, so that the bar is gone whatever ends the run."""

    def __init__(self, console: Console, project: str) -> None:
        self._console = console
        self._project = project
        self._bar: Bar | NoBar = NoBar()
        self._left = 0
        """Nodes to come. A run publishes after its last one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.close()
        if self._left > 0 and isinstance(error, KeyboardInterrupt):
            self._console.say("nothing was published: every table is as it was", event="NotPublished", level="warn")

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._started(event)
            case NodeStarted():
                self._bar.begin(one_line(event.name))
                self._console.say(*_started_line(event), event="NodeStart", level="debug", facts=_facts_of_start(event))
            case NodeFinished():
                self._finished(event)
            case TestFinished():
                self._tested(event)
            case Published():
                relations = counted(event.relations, "relation")
                self._console.say(
                    f"published {relations}", event="Published", level="debug", facts={"relations": event.relations}
                )
            case ChunkPublished():
                left = f", about {seconds(event.left)} left" if event.index < event.total else ""
                facts = {"index": event.index, "total": event.total, "end": event.end, "seconds_left": event.left}
                said = f"part {event.index} of {event.total} is published, up to {event.end}{left}"
                self._console.say(said, event="ChunkPublished", facts=facts)
            case Warned():
                self._console.findings(event.diagnostics)
            case RunFinished():
                self._bar.close()
                self._console.say(*summary(event.result), event="RunResult", facts=_facts_of_run(event.result))
            case _:
                assert_never(event)

    def _tested(self, event: TestFinished) -> None:
        """While nodes are built, a test that passes is not worth a line."""
        result = event.result
        if event.total:
            self._bar.end(one_line(result.test.name))
        level: Level = "error" if result.is_bad else "warn" if result.status == "warn" else "info" if event.total else "debug"
        self._console.say(*test_line(event, _LINE), event="TestFinished", level=level, facts=facts_of_test(result))
        if self._console.log_format == "text" and result.status in ("warn", "fail", "error"):
            self._console.findings(result.diagnostics)
            for line in details(result):
                self._console.say(line, level=level)
        annotate(result, self._console)

    def _started(self, event: RunStarted) -> None:
        self._left = event.total if event.unit == "node" else 0
        nodes = counted(event.total, event.unit)
        facts = {"command": event.command, "run_id": event.run_id, "total": event.total, "target": event.target}
        self._console.say(
            ("bold", f"featsql {release()}"),
            "  " + "  ".join(filter(None, (f"project {self._project}", f"target {event.target}", event.warehouse, nodes))),
            event="RunStart",
            facts={**facts, "project": self._project, "warehouse": event.warehouse, "version": release()},
        )
        self._bar = bar_for(self._console, event.total)

    def _finished(self, event: NodeFinished) -> None:
        result = event.result
        self._left -= 1
        self._bar.end(one_line(result.name))
        level = _WORDS[result.status][2]
        self._console.say(*node_line(event), event="NodeFinished", level=level, facts=_facts_of_end(event))
        if self._console.log_format == "text":
            self._console.findings(result.diagnostics)


def node_line(event: NodeFinished) -> tuple[Piece, ...]:
    """`3 of 12 OK    table main.churn ............. [12,345 rows in 1.23s]`"""
    style, word, _ = _WORDS[event.result.status]
    place = f"{event.index:>{len(str(event.total))}} of {event.total} "
    label = f" {one_line(event.label)} "
    dots = "." * max(3, _LINE - len(place) - 5 - width(label))
    return place, (style, f"{word:<5}"), label, ("dim", dots), f" [{_outcome(event.result)}]"


def _outcome(result: NodeResult) -> str:
    took = seconds(result.execution_time)
    if result.status == "skipped":
        return one_line(result.message) or "skipped"
    tested = f", {counted(result.tested, 'test')}" if result.tested else ""
    if result.status == "reused":
        return f"current{tested}"
    rows = "" if result.rows is None else f"{counted(result.rows, 'row')} "
    note = f", {one_line(result.message)}" if result.status == "success" and result.message else ""
    return f"{rows}in {took}{note}{tested}"


def _started_line(event: NodeStarted) -> tuple[Piece, ...]:
    return f"{event.index:>{len(str(event.total))}} of {event.total} ", ("dim", "START"), f" {one_line(event.label)}"


def summary(result: RunResult) -> tuple[Piece, ...]:
    """`Done: 10 ok, 1 failed, 1 skipped in 3.2s`"""
    counts = Counter(r.status for r in result.results)
    told = [f"{counts[status]} {word}" for status, word in _TOLD.items() if counts[status]]
    tested = ", ".join(f"{count} {TEST_WORDS[status]}" for status, count in counts_of(result.tests).items())
    said = "; tests: ".join(filter(None, (", ".join(told), tested))) if told else f"{tested or 'nothing to do'}"
    return ("ok" if result.ok else "error", "Done:"), f" {said} in {seconds(result.elapsed)}"


def _facts_of_start(event: NodeStarted) -> dict[str, object]:
    return {"index": event.index, "total": event.total, "node_info": {"node_name": event.name, "node_status": "started"}}


def _facts_of_end(event: NodeFinished) -> dict[str, object]:
    result = event.result
    return {
        "index": event.index,
        "total": event.total,
        "node_info": {
            "unique_id": result.unique_id,
            "node_name": result.name,
            "resource_type": result.kind,
            "node_status": result.status,
        },
        "label": event.label,
        "rows": result.rows,
        "execution_time": result.execution_time,
        "message": result.message,
        "relations": list(result.relations),
        "diagnostics": [facts_of(d) for d in result.diagnostics],
    }


def _facts_of_run(result: RunResult) -> dict[str, object]:
    counts = Counter(r.status for r in result.results) + Counter(r.status for r in result.tests)
    return {"run_id": result.run_id, "success": result.ok, "elapsed": result.elapsed, "counts": dict(counts)}
