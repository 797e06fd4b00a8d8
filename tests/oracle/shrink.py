"""Smaller cases that still go wrong: one thing less at a time, for as long as something can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from .cases import Body, Case, Entry, Table, Training
from .reference import Call, Expression, Lifetime, Literal, Over

ATTEMPTS = 200
Item = TypeVar("Item")


def shrink(case: Case, is_wrong: Callable[[Case], bool], attempts: int = ATTEMPTS) -> Case:
    """The smallest case found, within a number of attempts, that is wrong too."""
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(case):
            if attempts == 0:
                return case
            attempts -= 1
            if is_wrong(smaller):
                case, progress = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Candidates, the boldest first."""
    yield from _with_fewer_strategies(case)
    yield from _with_fewer_rows(case)
    yield from _with_fewer_features(case)
    yield from _with_fewer_settings(case)
    yield from _with_simpler_features(case)
    yield from _with_fewer_columns(case)


def _with_fewer_strategies(case: Case) -> Iterator[Case]:
    if len(case.strategies) > 1:
        for strategy in case.strategies:
            entries = (Entry(strategy, on=_first_bindings(case)),)
            yield replace(case, strategies=(strategy,), trainings=(Training(f"t{case.index}", entries),))
    for place, training in enumerate(case.trainings):
        rest = case.trainings[:place] + case.trainings[place + 1 :]
        if len(case.trainings) > 1:
            yield replace(case, trainings=(training,))
        for entry in training.entries:
            if len(training.entries) > 1:
                fewer = tuple(each for each in training.entries if each is not entry)
                yield replace(case, trainings=(replace(training, entries=fewer), *rest))


def _first_bindings(case: Case) -> tuple[tuple[str, str], ...]:
    return next((entry.on for training in case.trainings for entry in training.entries if not entry.prefix), ())


def _with_fewer_rows(case: Case) -> Iterator[Case]:
    for rows in _fewer(case.source.rows):
        yield replace(case, source=replace(case.source, rows=rows))
    for rows in _fewer(case.spine.rows):
        yield replace(case, spine=replace(case.spine, rows=rows))
    if case.body.dimension is not None:
        for rows in _fewer(case.body.dimension.rows):
            yield replace(case, body=replace(case.body, dimension=replace(case.body.dimension, rows=rows)))


def _fewer(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """Halves first, then all but one."""
    if len(items) > 3:
        yield items[: len(items) // 2]
        yield items[len(items) // 2 :]
    for place in range(len(items)):
        yield items[:place] + items[place + 1 :]


def _with_fewer_features(case: Case) -> Iterator[Case]:
    if len(case.view.features) > 1:
        for feature in case.view.features:
            yield case.with_features((feature,))
        for features in _fewer(case.view.features):
            yield case.with_features(features)


def _with_fewer_settings(case: Case) -> Iterator[Case]:
    view = case.view
    bodies = [Body(), replace(case.body, condition=None)]
    if case.body.shape in ("cte", "union", "model", "ephemeral"):
        bodies.append(replace(case.body, shape="from"))
    candidates = [replace(case, body=body) for body in bodies]
    candidates += [
        replace(case, view=smaller)
        for smaller in (
            replace(view, ttl_us=None),
            replace(view, delay_us=0),
            replace(view, available_at=None),
            replace(view, tie_break=()),
            replace(view, tie_break=view.tie_break[:1]),
            replace(view, closed="left"),
        )
    ]
    candidates += [
        replace(case, view=replace(view, windows=tuple((n, Lifetime() if n == name else w) for n, w in view.windows)))
        for name, _ in view.windows
    ]
    candidates += [replace(case, storage="table"), replace(case, label=None), replace(case, declared=False)]
    yield from (candidate for candidate in candidates if candidate != case)


def _with_simpler_features(case: Case) -> Iterator[Case]:
    for name, expression in case.view.features:
        for simpler in _simpler(expression):
            yield case.with_features((n, simpler if n == name else e) for n, e in case.view.features)


def _simpler(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Call(_, arguments):
            yield from (argument for argument in arguments if not isinstance(argument, Literal))
        case Over():
            if expression.condition is not None:
                yield replace(expression, condition=None)
            if expression.distinct:
                yield replace(expression, distinct=False)


def _with_fewer_columns(case: Case) -> Iterator[Case]:
    """Without columns of the source that nothing speaks of; what else needs them says so by going wrong otherwise."""
    needed = {*case.view.keys, case.view.timestamp, case.view.available_at, *case.view.tie_break, *case.view.mentioned}
    unneeded = {name for name, _ in case.source.fields} - needed
    if unneeded and case.body == Body():
        yield replace(case, source=_without(case.source, unneeded))
    if case.label is None and "label" in dict(case.spine.fields):
        yield replace(case, spine=_without(case.spine, {"label"}))


def _without(table: Table, names: set[str]) -> Table:
    kept = [place for place, (name, _) in enumerate(table.fields) if name not in names]
    return Table(tuple(table.fields[place] for place in kept), tuple(tuple(row[place] for place in kept) for row in table.rows))
