"""A body that reads the clock: its rows are others tomorrow, and for a label of last year they are those of today."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.checks.findings import Finding, hazard_finding, hazardous
from featsql.checks.traces import Traces


def clocks(traces: Traces) -> Iterator[Finding]:
    """FS504 for each reading of the current time on a feature's way."""
    for node, hazard, names in hazardous(traces, traces.hazards("clock")):
        what = "depends on the time at which it is computed"
        hints = ("in a feature view's SELECT list, `as_of_time` is the time that is asked for",)
        yield from hazard_finding("FS504", traces, node, hazard, names, what, hints)
