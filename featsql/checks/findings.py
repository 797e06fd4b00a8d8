"""How a check tells of a feature that may see too much: once a view and cause, with the path, unless a header allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from featsql.base.diagnostics import Diagnostic, Label
from featsql.base.spans import Span
from featsql.checks.numbered import Some
from featsql.checks.traces import Column, Trace, Traces
from featsql.ir.graph import FeatureViewNode, SqlNode, TrainingSetNode
from featsql.ir.reach import Hazard, Reach


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of `nodes`, ids of feature views or training sets.

    `allowed` is the reason with which a header silences it, None where none does.
    """

    diagnostic: Diagnostic
    nodes: tuple[str, ...]
    allowed: str | None = None


Asked = FeatureViewNode | TrainingSetNode
Judge = Callable[[Asked, Trace, Hazard], bool]
"""Is a hazard on a feature's way one? The trace is that of the view's known time, or of the time at which a training set asks."""


def every(_node: Asked, _known: Trace, _hazard: Hazard) -> bool:
    """The judge of hazards that always are one."""
    return True


def allowed(code: str, *nodes: SqlNode | None) -> str | None:
    """The reason with which a header silences the code."""
    silenced = (node.header.allow for node in nodes if node and isinstance(node.header.allow, dict))
    return next((str(allow[code]) for allow in silenced if code in allow), None)


def hazardous(traces: Traces, hazards: Some[Hazard], judge: Judge = every) -> Iterator[tuple[Asked, Hazard, list[str]]]:
    """Each view or training set and each of the hazards in it that `judge` holds for one, with the names of what it is in:
    features of the view, columns of the training set's own SELECT."""
    if not hazards:
        return
    reached: list[tuple[Asked, Trace, Mapping[str, Some[Hazard]]]]
    reached = [(view, traces.known_time(view), traces.hazards_by_feature(view)) for view in traces.views()]
    reached += [(node, traces.asked_time(node), traces.hazards_by_column(node)) for node in traces.training_sets()]
    for node, known, by_name in reached:
        of_node = reduce(or_, by_name.values()) & hazards if by_name else ()
        found = [hazard for hazard in of_node if judge(node, known, hazard)]
        for hazard in sorted(found, key=lambda h: (h.place, h.text)):
            yield node, hazard, [name for name, hazards in by_name.items() if hazard in hazards]


def hazard_finding(
    code: str, traces: Traces, node: Asked, hazard: Hazard, names: Sequence[str], what: str, hints: Iterable[str]
) -> Iterator[Finding]:
    """A warning at the hazard's own place, which names the features and the way there."""
    path = traces.path(node.id, names[0], lambda _column, reach: reach is not None and hazard in reach.hazards)
    at = place_of(node, names[0])
    same_place = hazard.span is None or hazard.span == at
    diagnostic = Diagnostic(
        code,
        f"{named(node, names)} {what}",
        hazard.span or at,
        hazard.text if len(hazard.text) < 60 else "",
        () if same_place or at is None else (Label(at, "reaches this feature"),),
        (way(path),) if len(path) > 1 else (),
        (*hints, reason(code)),
        "warning",
    )
    yield Finding(diagnostic, (node.id,), allowed(code, node, traces.node_of(hazard.place)))


def place_of(node: Asked, name: str) -> Span | None:
    """Where a feature is written."""
    return next((f.span for f in node.features if f.name == name), None) if isinstance(node, FeatureViewNode) else None


def named(node: Asked, names: Sequence[str]) -> str:
    """``feature `a.b` `` and how many more."""
    more = f" (and {len(names) - 1} more of `{node.name}`)" if len(names) > 1 else ""
    return f"{'feature' if isinstance(node, FeatureViewNode) else 'column'} `{node.name}.{names[0]}`{more}"


def way(path: Sequence[str]) -> str:
    return "path: " + " <- ".join(path)


def reason(code: str) -> str:
    return f"or say why not: `allow: {{{code}: REASON}}`"


def to_source(wanted: Column) -> Callable[[Column, Reach | None], bool]:
    """Where a path to a source's column ends."""
    return lambda column, _reach: column == wanted
