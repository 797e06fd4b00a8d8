"""A test's result as it is told: a line, what is wrong as a table, the query; for GitHub, an annotation."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from featsql.cli.amounts import counted, seconds
from featsql.cli.console import Console, Piece, facts_of
from featsql.cli.harmless import one_line, width
from featsql.ir.testing import Sample, TestResult, TestStatus
from featsql.run.events import TestFinished

_STYLES: Final[Mapping[TestStatus, tuple[str, str]]] = {
    "pass": ("ok", "PASS"),
    "warn": ("warning", "WARN"),
    "fail": ("error", "FAIL"),
    "error": ("error", "ERROR"),
    "skipped": ("skip", "SKIP"),
}
TEST_WORDS: Final[Mapping[TestStatus, str]] = {
    "pass": "passed",
    "warn": "warned",
    "fail": "failed",
    "error": "not done",
    "skipped": "skipped",
}
_WIDEST_CELL: Final = 40
_INDENT: Final = " " * 4


def test_line(event: TestFinished, line: int) -> tuple[Piece, ...]:
    """`3 of 12 PASS  unique_stg_flights_flight_id ............. [in 0.03s]`"""
    result = event.result
    style, word = _STYLES[result.status]
    place = f"{event.index:>{len(str(event.total))}} of {event.total} " if event.total else _INDENT
    label = f" {one_line(result.test.name)} "
    dots = "." * max(3, line - len(place) - 6 - width(label))
    return place, (style, f"{word:<5}"), label, ("dim", dots), f" [{_outcome(result)}]"


def _outcome(result: TestResult) -> str:
    if result.status == "skipped":
        return one_line(result.message) or "skipped"
    took = f"in {seconds(result.seconds)}" + (f", {one_line(result.note)}" if result.note else "")
    return f"{result.failures:,} {took}" if result.failures and result.status != "pass" else took


def details(result: TestResult) -> Iterator[str]:
    """What went wrong: words, rows, where the test is written, the query."""
    if result.message and not result.diagnostics:
        yield f"{_INDENT}{one_line(result.message)}"
    if result.sample:
        yield from (_INDENT + line for line in table(result.sample))
    if result.test.span and not result.diagnostics:
        yield f"{_INDENT}declared at {result.test.span}"
    if result.stored:
        yield f"{_INDENT}failing rows are in {result.stored}"
    if result.query:
        yield f"{_INDENT}query:"
        yield from (f"{_INDENT}  {line}" for line in result.query.splitlines())


def table(sample: Sample) -> list[str]:
    """The rows as aligned text, and how many more there are."""
    cells = [[one_line(name) for name in sample.columns]]
    cells += [[_cut(one_line("NULL" if value is None else value)) for value in row] for row in sample.rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(sample.columns))]
    lines = ["  ".join(text + " " * (w - width(text)) for text, w in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines.insert(1, "  ".join(("-" if name else " ") * w for name, w in zip(cells[0], widths, strict=True)))
    if sample.total > len(sample.rows):
        lines.append(f"... {counted(sample.total - len(sample.rows), 'more row')}")
    return lines


def _cut(text: str) -> str:
    return text if width(text) <= _WIDEST_CELL else text[: _WIDEST_CELL - 3] + "..."


def annotate(result: TestResult, console: Console) -> None:
    """Where GitHub runs the command, a line that it shows in the pull request, at the place of the test.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    if os.environ.get("GITHUB_ACTIONS") != "true" or result.status in ("pass", "skipped") or console.log_format == "json":
        return
    verb = "warning" if result.status == "warn" else "error"
    span = result.test.span or next((d.span for d in result.diagnostics if d.span), None)
    place = f"file={_property(span.file.path)},line={span.position.line}," if span else ""
    said = result.message or f"{counted(result.failures or 0, 'failure')}"
    message = _data(f"{result.test.name}: {said}")
    console.say(f"::{verb} {place}title={_property(f'test {result.test.kind}')}::{message}", level="error")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def facts_of_test(result: TestResult) -> dict[str, object]:
    """A result as plain data."""
    test = result.test
    return {
        "unique_id": test.id,
        "test_name": test.name,
        "kind": test.kind,
        "node": test.node,
        "status": result.status,
        "failures": result.failures,
        "message": result.message,
        "execution_time": result.seconds,
        "path": str(test.span) if test.span else None,
        "query": result.query,
        "stored": result.stored or None,
        "diagnostics": [facts_of(d) for d in result.diagnostics],
    }
