"""Rows gathered by a GROUP BY before they are seen: the group has to be known no sooner than the last of its rows."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.base.lengths import length
from featsql.checks.findings import Asked, Finding, hazard_finding, hazardous
from featsql.checks.traces import Trace, Traces
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.ir.reach import Hazard


def gathered(traces: Traces) -> Iterator[Finding]:
    """FS506 for groups without a time of their own; FS507 for those that are stamped with the start of their time."""
    for node, hazard, names in hazardous(traces, traces.hazards("aggregate"), _is_gathered):
        if hazard.has_time:
            yield from _early(traces, node, hazard, names)
        else:
            what = "gathers rows of all times, later ones too"
            hints = ("let the feature view aggregate: `windows: {ever: all}`, `sum(x) over ever`",)
            yield from hazard_finding("FS506", traces, node, hazard, names, what, hints)


def _early(traces: Traces, node: Asked, hazard: Hazard, names: list[str]) -> Iterator[Finding]:
    unit = length(hazard.unit_us) if hazard.unit_us else "its group's time"
    what = f"is seen from the start of a group that is open for {unit}"
    hints = (
        f"say when a group is complete: `delay: {unit}`" if hazard.unit_us else "say when a group is complete: `delay`",
        "or `available_at` with the latest time of its rows",
    )
    yield from hazard_finding("FS507", traces, node, hazard, names, what, hints)


def _is_gathered(node: Asked, known: Trace, hazard: Hazard) -> bool:
    """Is it a group of which the known time is not the end? A spine may count what its day is to bring: schedules are known."""
    if isinstance(node, TrainingSetNode):
        return hazard.place not in known.closes and not hazard.has_time
    return hazard.place not in known.closes and not _waits(node, known, hazard)


def _waits(view: FeatureViewNode, known: Trace, hazard: Hazard) -> bool:
    unit_us = known.starts.get(hazard.place)
    return unit_us is not None and (known.is_shifted or view.config.delay_us >= unit_us)
