"""Rows gathered by a GROUP BY before they are seen: the group has to be known no sooner than the last of its rows."""

from __future__ import annotations

from collections.abc import Iterator

from featsql.base.lengths import length
from featsql.checks.findings import Finding, hazard_finding, hazardous
from featsql.checks.traces import Trace, Traces
from featsql.ir.graph import FeatureViewNode
from featsql.ir.reach import Hazard


def gathered(traces: Traces) -> Iterator[Finding]:
    """FS506 for groups without a time of their own; FS507 for those that are stamped with the start of their time."""
    for view, hazard, features in hazardous(traces, traces.hazards("aggregate"), _is_gathered):
        if hazard.has_time:
            yield from _early(traces, view, hazard, features)
        else:
            what = "gathers rows of all times, later ones too"
            hints = ("let the feature view aggregate: `windows: {ever: all}`, `sum(x) over ever`",)
            yield from hazard_finding("FS506", traces, view, hazard, features, what, hints)


def _early(traces: Traces, view: FeatureViewNode, hazard: Hazard, features: list[str]) -> Iterator[Finding]:
    unit = length(hazard.unit_us) if hazard.unit_us else "its group's time"
    what = f"is seen from the start of a group that is open for {unit}"
    hints = (
        f"say when a group is complete: `delay: {unit}`" if hazard.unit_us else "say when a group is complete: `delay`",
        "or `available_at` with the latest time of its rows",
    )
    yield from hazard_finding("FS507", traces, view, hazard, features, what, hints)


def _is_gathered(view: FeatureViewNode, known: Trace, hazard: Hazard) -> bool:
    """Is it a group of which the view's known time is not the end?"""
    return hazard.place not in known.closes and not _waits(view, known, hazard)


def _waits(view: FeatureViewNode, known: Trace, hazard: Hazard) -> bool:
    unit_us = known.starts.get(hazard.place)
    return unit_us is not None and (known.is_shifted or view.config.delay_us >= unit_us)
