"""How a check tells of a feature that may see too much: once a view and cause, with the path, unless a header allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from featsql.base.diagnostics import Diagnostic, Label
from featsql.checks.numbered import Some
from featsql.checks.traces import Column, Trace, Traces
from featsql.ir.graph import FeatureViewNode, SqlNode
from featsql.ir.reach import Hazard, Reach


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of `nodes`, ids of feature views or training sets.

    `allowed` is the reason with which a header silences it, None where none does.
    """

    diagnostic: Diagnostic
    nodes: tuple[str, ...]
    allowed: str | None = None


Judge = Callable[[FeatureViewNode, Trace, Hazard], bool]
"""Is a hazard on a feature's way one? The trace is that of the view's known time."""


def every(_view: FeatureViewNode, _known: Trace, _hazard: Hazard) -> bool:
    """The judge of hazards that always are one."""
    return True


def allowed(code: str, *nodes: SqlNode | None) -> str | None:
    """The reason with which a header silences the code."""
    silenced = (node.header.allow for node in nodes if node and isinstance(node.header.allow, dict))
    return next((str(allow[code]) for allow in silenced if code in allow), None)


def hazardous(traces: Traces, hazards: Some[Hazard], judge: Judge = every) -> Iterator[tuple[FeatureViewNode, Hazard, list[str]]]:
    """Each view and each of the hazards in it that `judge` holds for one, with the names of the features that it is in."""
    for view in traces.views() if hazards else ():
        reached = traces.hazards_by_feature(view)
        of_view = reduce(or_, reached.values()) & hazards
        found = [hazard for hazard in of_view if judge(view, traces.known_time(view), hazard)]
        for hazard in sorted(found, key=lambda h: (h.place, h.text)):
            yield view, hazard, [name for name, hazards in reached.items() if hazard in hazards]


def hazard_finding(
    code: str, traces: Traces, view: FeatureViewNode, hazard: Hazard, features: Sequence[str], what: str, hints: Iterable[str]
) -> Iterator[Finding]:
    """A warning at the hazard's own place, which names the features and the way there."""
    path = traces.path(view.id, features[0], lambda _column, reach: reach is not None and hazard in reach.hazards)
    at = next(f.span for f in view.features if f.name == features[0])
    same_place = hazard.span is None or hazard.span == at
    diagnostic = Diagnostic(
        code,
        f"{named(view, features)} {what}",
        hazard.span or at,
        hazard.text if len(hazard.text) < 60 else "",
        () if same_place else (Label(at, "reaches this feature"),),
        (way(path),) if len(path) > 1 else (),
        (*hints, reason(code)),
        "warning",
    )
    yield Finding(diagnostic, (view.id,), allowed(code, view, traces.node_of(hazard.place)))


def named(view: FeatureViewNode, features: Sequence[str]) -> str:
    """``feature `a.b` `` and how many more."""
    more = f" (and {len(features) - 1} more of `{view.name}`)" if len(features) > 1 else ""
    return f"feature `{view.name}.{features[0]}`{more}"


def way(path: Sequence[str]) -> str:
    return "path: " + " <- ".join(path)


def reason(code: str) -> str:
    return f"or say why not: `allow: {{{code}: REASON}}`"


def to_source(wanted: Column) -> Callable[[Column, Reach | None], bool]:
    """Where a path to a source's column ends."""
    return lambda column, _reach: column == wanted
