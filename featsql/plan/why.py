"""A training set of one feature at one (key, t), taken apart: the pieces of its expression, and the rows that each is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featsql.base.spans import Text
from featsql.ir.graph import Feature, FeatureViewNode
from featsql.ir.header import Extent
from featsql.ir.model import ColumnUse, WindowCall
from featsql.ir.plan import Aggregation, FromLatest, FromWindows, InputRef, Output, Part, PointInTime, Rows


@dataclass(frozen=True, slots=True)
class Call:
    """A piece of the feature's expression, and its place among the answer's outputs."""

    sql: str
    output: int
    aggregation: Aggregation | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that helps to see why: an input of the body under the name that people know it by."""

    name: str
    input: str


@dataclass(frozen=True, slots=True)
class Group:
    """Pieces that are about the same rows: one window and filter, or (`window` None) the latest row."""

    window: str | None
    extent: Extent | None
    where: str | None
    calls: tuple[Call, ...]
    columns: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`answer` is the training set's plan, which also tells each piece; `part` is its one use of the view."""

    answer: PointInTime
    part: Part
    groups: tuple[Group, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every input that some group shows."""
        return tuple(dict.fromkeys(column.input for group in self.groups for column in group.columns))


def inquire(plan: PointInTime, view: FeatureViewNode, feature: Feature) -> Inquiry:
    """What to ask about a training set of one feature."""
    (part,) = plan.parts
    (output,) = part.outputs
    aggregations = {a.column: a for lookup in part.windows for a in lookup.aggregations}
    windows: dict[tuple[str, str], list[tuple[WindowCall, Call]]] = {}
    plain: list[Call] = []
    pieces: list[Output] = []
    for piece, use in zip(output.pieces, feature.expr.pieces, strict=True):
        if not isinstance(piece, FromWindows | FromLatest) or any(p.pieces == (piece,) for p in pieces):
            continue
        pieces.append(Output(f"piece_{len(pieces) + 1}", (piece,), False, None))
        assert isinstance(use, WindowCall | ColumnUse)
        if isinstance(use, ColumnUse) or isinstance(piece, FromLatest):
            plain.append(Call(_one_line(use.text), len(pieces)))
            continue
        same_rows = (use.window, use.where.text.value if use.where else "")
        call = Call(_one_line(use.text), len(pieces), aggregations[piece.column])
        windows.setdefault(same_rows, []).append((use, call))
    groups = [_window_group(calls, part.rows, view) for calls in windows.values()]
    if part.latest:
        groups.insert(0, _latest_group(plain, feature, part.rows, view))
    answer = replace(plan, parts=(replace(part, outputs=(output, *pieces)),))
    return Inquiry(answer, part, tuple(groups))


def _window_group(calls: Sequence[tuple[WindowCall, Call]], rows: Rows, view: FeatureViewNode) -> Group:
    uses = [column for use, _ in calls for part in (*use.args, *((use.where,) if use.where else ())) for column in part.mentioned]
    columns = _shown(rows, view, uses)
    known = {column.input for column in columns} | {name for name, text in _texts(rows).items() if _is_event(text, view)}
    for use, call in calls:
        assert call.aggregation
        for arg, expr in zip(call.aggregation.args, use.args, strict=True):
            if isinstance(arg, InputRef) and arg.name not in known and expr.mentioned:
                columns.append(Shown(_one_line(expr.text), arg.name))
    use, call = calls[0]
    assert call.aggregation
    where = _one_line(use.where.text) if use.where else None
    return Group(use.window, call.aggregation.extent, where, tuple(c for _, c in calls), tuple(dict.fromkeys(columns)))


def _latest_group(plain: list[Call], feature: Feature, rows: Rows, view: FeatureViewNode) -> Group:
    ties = [ColumnUse(tie.text, tie.name, tie.type) for tie in view.tie_break]
    return Group(None, None, None, tuple(plain), tuple(_shown(rows, view, [*feature.expr.columns, *ties])))


def _shown(rows: Rows, view: FeatureViewNode, uses: Sequence[ColumnUse]) -> list[Shown]:
    """The inputs that hold these columns, once each; not keys, which are all the same, nor the event time, which stands first."""
    inputs = {text: name for name, text in _texts(rows).items()}
    wanted = [(use.name, inputs.get(use.key)) for use in uses if not _is_event(use.key, view)]
    return list({name: Shown(shown, name) for shown, name in wanted if name}.values())


def _texts(rows: Rows) -> dict[str, str]:
    """What each input holds, as `ColumnUse.key` has it."""
    return {i.name: i.text.value if '"' in i.text.value else i.text.value.lower() for i in rows.inputs}


def _is_event(key: str, view: FeatureViewNode) -> bool:
    return key.lower() == view.timestamp.text.value.lower()


def _one_line(text: Text) -> str:
    return " ".join(text.value.split())
