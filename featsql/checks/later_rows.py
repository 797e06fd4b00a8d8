"""A window function that takes in later rows: its value at a row was not there when the row became known."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.checks.findings import Finding, hazard_finding, hazardous
from featsql.checks.traces import Traces


def later_rows(traces: Traces) -> Iterator[Finding]:
    """FS505 for each plain window function on a feature's way whose frame is not bound to rows up to the current one."""
    for node, hazard, names in hazardous(traces, traces.hazards("later_rows")):
        hints = (
            "windows of a feature view see what is known alone: `windows: {ever: all}`, `f(x) over ever`",
            "in plain SQL, order by time and end the frame at the current row",
        )
        yield from hazard_finding("FS505", traces, node, hazard, names, "takes in later rows", hints)
