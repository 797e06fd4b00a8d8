"""Stage 5: what a project says that is not wrong SQL and would still make wrong features, one file a check.

To add one: a function from the graph's traces to findings, listed here. A header silences a finding with its reason:
`allow: {FS503: ...}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.checks.changing import joins, overwritten
from featsql.checks.clock import clocks
from featsql.checks.findings import Finding
from featsql.checks.gathered import gathered
from featsql.checks.histories import seen_ends, unused_validity
from featsql.checks.known_time import parts_beside_labels, parts_known_later, unsaid_known_times, unused_known_times
from featsql.checks.labels import reachable_labels, seen_labels
from featsql.checks.later_rows import later_rows
from featsql.checks.traces import Traces
from featsql.ir.graph import FeatureGraph
from featsql.ir.reach import ModelReach

Check = Callable[[Traces], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    unused_known_times,
    clocks,
    later_rows,
    gathered,
    joins,
    unsaid_known_times,
    seen_labels,
    reachable_labels,
    overwritten,
    parts_known_later,
    parts_beside_labels,
    unused_validity,
    seen_ends,
)


def check_graph(graph: FeatureGraph, reaches: Mapping[str, ModelReach]) -> tuple[Diagnostic, ...]:
    """The findings of every check that no header allows. `reaches`: what the columns of each model can reach, by node id."""
    return tuple(found.diagnostic for found in findings_of(graph, reaches) if found.allowed is None)


def findings_of(graph: FeatureGraph, reaches: Mapping[str, ModelReach]) -> tuple[Finding, ...]:
    """All of them, those too that a header silences."""
    traces = Traces(graph, reaches)
    return tuple(found for check in CHECKS for found in check(traces))
