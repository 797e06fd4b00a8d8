"""Results as the XML that CI systems read.

https://github.com/testmoapp/junitxml has the elements that they agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from featsql.ir.query import NodeResult, RunResult
from featsql.ir.testing import TestResult

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, in any spelling."""


def write_junit(path: str, project: str, result: RunResult) -> None:
    """One `testcase` for each test and for each node that was built; warnings are passed tests with words."""
    cases = [*(_node(r) for r in result.results), *(_test(t) for t in result.tests)]
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    shared = {"name": f"featsql {project}", "tests": str(len(cases)), "time": f"{result.elapsed:.3f}"}
    shared |= {"failures": str(counts["failure"]), "errors": str(counts["error"]), "skipped": str(counts["skipped"])}
    root = Element("testsuites", shared)
    SubElement(root, "testsuite", shared).extend(cases)
    indent(root)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _node(result: NodeResult) -> Element:
    case = _case(result.name, result.kind, result.execution_time)
    if result.status == "error":
        _add(case, "error", result.message)
    elif result.status != "success":
        _add(case, "skipped", result.message)
    return case


def _test(result: TestResult) -> Element:
    test = result.test
    case = _case(test.name, f"{test.node}.{test.kind}", result.seconds)
    if test.span:
        case.set("file", _clean(test.span.file.path))
        case.set("line", str(test.span.position.line))
    said = result.message or (f"{result.failures:,} failures" if result.failures else "")
    text = "\n".join(_lines(result))
    match result.status:
        case "fail":
            _add(case, "failure", said, text)
        case "error":
            _add(case, "error", said, text)
        case "skipped":
            _add(case, "skipped", said)
        case "warn":
            SubElement(case, "system-out").text = _clean(f"warning: {said}\n{text}")
        case "pass" if result.note:
            SubElement(case, "system-out").text = _clean(said)
    return case


def _lines(result: TestResult) -> Iterator[str]:
    if result.sample:
        yield " | ".join(result.sample.columns)
        yield from (" | ".join("NULL" if v is None else v for v in row) for row in result.sample.rows)
    if result.query:
        yield result.query


def _case(name: str, group: str, seconds: float) -> Element:
    return Element("testcase", {"name": _clean(name), "classname": _clean(group), "time": f"{seconds:.6f}"})


def _add(case: Element, tag: str, message: str, text: str = "") -> None:
    SubElement(case, tag, {"message": _clean(message)}).text = _clean(text)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
