"""Leakage, found by reading: what the static checks say of each feature view and training set, a test for each kind of hazard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Final

from featsql.checks import findings_of
from featsql.checks.findings import Finding
from featsql.front.reaches import reaches
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.ir.testing import Test, TestResult
from featsql.run.suites.base import Bench, Suite

OF_VIEWS: Final[Mapping[str, str]] = {
    "FS503": "unused_known_time",
    "FS504": "clock",
    "FS505": "later_rows",
    "FS506": "all_times",
    "FS507": "open_group",
    "FS508": "changing_join",
    "FS509": "undeclared_arrival",
    "FS512": "overwritten",
    "FS513": "late_column",
}
OF_TRAINING_SETS: Final[Mapping[str, str]] = {
    **{code: OF_VIEWS[code] for code in ("FS504", "FS505", "FS506", "FS508")},
    "FS510": "own_row",
    "FS511": "known_label",
    "FS513": OF_VIEWS["FS513"],
}
"""Code -> the kind of the test. Of a training set's own SELECT those that can be in a column beside its label."""
_CODE: Final = "code"


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """One for each chosen view or training set, and each kind of hazard that it could have."""
    graph = bench.compiler.graph
    found: list[Test] = []
    for node_id in chosen:
        node = graph.nodes[node_id]
        kinds = OF_VIEWS if isinstance(node, FeatureViewNode) else OF_TRAINING_SETS if isinstance(node, TrainingSetNode) else {}
        for code, kind in kinds.items():
            test_id = f"test.{graph.project}.{node.name}.{kind}"
            found.append(Test(test_id, f"{kind}_{node.name}", kind, node.id, arguments={_CODE: code}))
    return tuple(found)


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """A finding of severity `warning` warns, one of `error` fails; what a header allows passes and says so."""
    began = perf_counter()
    found = findings_of(bench.compiler.graph, reaches(bench.compiler.graph))
    seconds = (perf_counter() - began) / max(len(tests), 1)
    for test in tests:
        mine = [f for f in found if f.diagnostic.code == test.arguments[_CODE] and test.node in f.nodes]
        yield replace(judged(test, mine), seconds=seconds)


SUITE: Final = Suite("leakage", collect, run, "asked")


def judged(test: Test, found: Sequence[Finding]) -> TestResult:
    """The place of the first finding stands for the test's own."""
    bad = [finding for finding in found if finding.allowed is None]
    if bad:
        at = next((f.diagnostic.span for f in bad if f.diagnostic.span), None)
        status = "fail" if any(f.diagnostic.is_error for f in bad) else "warn"
        message = "; and ".join(_told(finding) for finding in bad)
        return TestResult(replace(test, span=at), status, 0.0, len(bad), message)  # type: ignore[arg-type]
    if found:
        message = "; and ".join(f"{_told(finding)}; allowed: {finding.allowed}" for finding in found)
        return TestResult(test, "pass", 0.0, 0, message, note="allowed by a header")
    return TestResult(test, "pass", 0.0, 0)


def _told(finding: Finding) -> str:
    """With its code, which is what a header allows, and with the path."""
    diagnostic = finding.diagnostic
    return "; ".join((f"{diagnostic.code} {diagnostic.message}", *diagnostic.notes))
