"""A plan told: which strategy computes what, and why so. The same functions choose and rewrite as when it is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from featsql.aggregates import AGGREGATES
from featsql.base.lengths import length
from featsql.base.spans import Text
from featsql.dialects import DIALECTS
from featsql.ir.explanation import (
    Exactness,
    ExplainedChoice,
    ExplainedFeature,
    ExplainedKey,
    ExplainedLookup,
    ExplainedPart,
    ExplainedRelation,
    ExplainedWindow,
    OtherStrategy,
    WindowKind,
)
from featsql.ir.graph import Feature, FeatureViewNode
from featsql.ir.header import AllWindow, CalendarWindow, Closed, Extent, RangeWindow, RowsWindow
from featsql.ir.plan import Aggregation, FromLatest, FromWindows, LatestLookup, Lookup, Output, Part, PointInTime
from featsql.ir.statistics import Statistics
from featsql.plan.choose import RULES, Choice, choose
from featsql.plan.rewrite import chosen, lookups, rewrite
from featsql.plan.strategies import STRATEGIES


@dataclass(frozen=True, slots=True)
class Use:
    """The feature view behind a part of a plan."""

    view: FeatureViewNode
    prefix: str = ""


def explained_parts(
    plan: PointInTime, uses: Sequence[Use], amounts: Mapping[str, Statistics], dialect: str
) -> tuple[ExplainedPart, ...]:
    """The parts of a plan, one for each of `uses`, in their order."""
    parts, choices = chosen(plan, amounts, dialect)
    by_name = {choice.lookup.name: choice for choice in choices}
    return tuple(
        _Explainer(part, use, amounts.get(part.name), dialect).part(by_name) for part, use in zip(parts, uses, strict=True)
    )


def explained_relations(plan: PointInTime, amounts: Mapping[str, Statistics], dialect: str) -> tuple[ExplainedRelation, ...]:
    _, choices = chosen(plan, amounts, dialect)
    homes = {name: choice.lookup.name for choice in choices for name in _relation_names(choice)}
    return tuple(ExplainedRelation(r.name, r.comment, homes.get(r.name)) for r in rewrite(plan, amounts, dialect=dialect))


def _relation_names(choice: Choice) -> tuple[str, ...]:
    return tuple(relation.name for relation in choice.strategy.relations(choice.lookup))


def bounds_words(extent: Extent, closed: Closed) -> str:
    """Which rows a window holds, of those that are visible."""
    match extent:
        case AllWindow():
            return "every visible row"
        case RowsWindow(count):
            return f"the latest {count} visible rows" if count > 1 else "the latest visible row"
        case RangeWindow(length_us, offset_us):
            start = f"t - {length(length_us + offset_us)}"
            end = f"t - {length(offset_us)}" if offset_us else "t"
        case CalendarWindow(unit, back, timezone):
            ago = "" if not back else f"the {unit} before " if back == 1 else f"{back} {unit}s before "
            start, end = f"the start of {ago}the {unit} of t in {timezone}", "t"
    return f"{'[' if closed.has_start else '('}{start}, {end}{']' if closed.sees_now else ')'}"


def _kind(extent: Extent) -> WindowKind:
    match extent:
        case AllWindow():
            return "all"
        case RowsWindow():
            return "rows"
        case RangeWindow():
            return "range"
        case CalendarWindow():
            return "calendar"


@dataclass(frozen=True, slots=True)
class _Explainer:
    """Of one part, whose windows are grouped by strategy."""

    under: Part
    use: Use
    amounts: Statistics | None
    dialect: str

    def part(self, choices: Mapping[str, Choice]) -> ExplainedPart:
        view, part = self.use.view, self.under
        config = view.config
        latest = part.latest is not None and config.ttl_us is not None
        return ExplainedPart(
            view=view.name,
            prefix=self.use.prefix,
            keys=tuple(map(ExplainedKey, part.key_names, part.on or part.key_names)),
            closed=config.closed,
            visible="known <= t" if config.closed.sees_now else "known < t",
            timestamp=view.timestamp.name,
            available_at=view.known_time.name if view.known_time else None,
            delay_us=config.delay_us,
            ttl_us=config.ttl_us,
            ttl_bounds=bounds_words(RangeWindow(config.ttl_us), config.closed) if latest and config.ttl_us else None,
            pinned=part.strategy,
            amounts=self.amounts,
            windows=tuple(self._windows()),
            lookups=tuple(self._lookup(lookup, choices[lookup.name]) for lookup in lookups(part)),
            features=tuple(self._feature(output) for output in part.outputs),
        )

    def _windows(self) -> Iterator[ExplainedWindow]:
        """Those that the part's features use, in the order of the header."""
        used = {a.window for a in self._aggregations().values()}
        for window in self.use.view.config.windows:
            if window.name.text in used:
                extent = window.extent
                yield ExplainedWindow(window.name.text, _kind(extent), bounds_words(extent, self.use.view.config.closed))

    def _aggregations(self) -> dict[str, Aggregation]:
        return {a.column: a for lookup in self.under.windows for a in lookup.aggregations}

    def _lookup(self, lookup: Lookup, choice: Choice) -> ExplainedLookup:
        is_latest = isinstance(lookup, LatestLookup)
        windows = () if isinstance(lookup, LatestLookup) else dict.fromkeys(a.window for a in lookup.aggregations)
        amounts = self.amounts
        return ExplainedLookup(
            name=lookup.name,
            finds="latest" if is_latest else "windows",
            windows=tuple(windows),
            strategy=choice.strategy.name,
            summary=choice.strategy.summary,
            choices=self._choices(lookup),
            rows=amounts.rows if amounts else None,
            asks=amounts.asks if amounts else None,
            pairs=amounts.pairs if amounts and choice.strategy.name == "range_join" else None,
            relations=_relation_names(choice),
        )

    def _choices(self, lookup: Lookup) -> tuple[ExplainedChoice, ...]:
        """Made again for each aggregate by itself, as they were made; those of the same reasons are told once."""
        told: dict[ExplainedChoice, list[str]] = {}
        for computes, single in self._singles(lookup):
            choice = choose(single, self.under.strategy, self.amounts, self.dialect)
            others = tuple(self._others(single, choice))
            told.setdefault(ExplainedChoice((), choice.why, choice.passed_over, others), []).extend(computes)
        return tuple(replace(choice, computes=tuple(computes)) for choice, computes in told.items())

    def _singles(self, lookup: Lookup) -> Iterator[tuple[tuple[str, ...], Lookup]]:
        if isinstance(lookup, LatestLookup):
            shown = {i.name: _one_line(i.text) for i in lookup.rows.inputs}
            yield tuple(shown.get(column, column) for column in lookup.columns), lookup
            return
        calls = {piece.column: call for output in self.under.outputs for piece, call in self._calls(output)}
        for aggregation in lookup.aggregations:
            yield (calls[aggregation.column],), replace(lookup, aggregations=(aggregation,))

    def _others(self, lookup: Lookup, choice: Choice) -> Iterator[OtherStrategy]:
        is_pinned = self.under.strategy == choice.strategy.name
        for strategy in STRATEGIES.values():
            if strategy is choice.strategy:
                continue
            if reason := strategy.why_not(lookup, DIALECTS[self.dialect]):
                yield OtherStrategy(strategy.name, "cannot", reason)
            else:
                could = "the header pins another" if is_pinned else _not_taken(strategy.name, choice)
                yield OtherStrategy(strategy.name, "could", could)

    def _feature(self, output: Output) -> ExplainedFeature:
        feature = self._written(output)
        aggregations = self._aggregations()
        used = [aggregations[piece.column] for piece, _ in self._calls(output)]
        exactness, error = self._exactness(used)
        return ExplainedFeature(
            name=output.name,
            sql=_one_line(feature.expr.text),
            type=feature.type,
            windows=tuple(dict.fromkeys(a.window for a in used)),
            latest=output.guarded or any(isinstance(piece, FromLatest) for piece in output.pieces),
            exactness=exactness,
            standard_error=error,
        )

    def _written(self, output: Output) -> Feature:
        name = output.name.removeprefix(self.use.prefix)
        return next(f for f in self.use.view.features if f.name == name)

    def _calls(self, output: Output) -> list[tuple[FromWindows, str]]:
        """The output's windows, and how the user wrote them."""
        pieces = zip(output.pieces, self._written(output).expr.pieces, strict=True)
        return [
            (piece, _one_line(use if isinstance(use, Text) else use.text))
            for piece, use in pieces
            if isinstance(piece, FromWindows)
        ]

    def _exactness(self, used: Sequence[Aggregation]) -> tuple[Exactness, float | None]:
        errors = [error for a in used if (error := AGGREGATES[a.function].standard_error.get(self.dialect))]
        if errors:
            return "sketch", max(errors)
        rounds = any(AGGREGATES[a.function].rounds(a.argument_type) for a in used)
        return "float-reordered" if rounds else "exact", None


def _not_taken(strategy: str, choice: Choice) -> str:
    """Why the table gives to another what `strategy` could compute."""
    taken = next(at for at, rule in enumerate(RULES) if (rule.strategy, rule.why) == (choice.strategy.name, choice.why))
    above = " or ".join(rule.when.words for rule in RULES[:taken] if rule.strategy == strategy)
    below = any(rule.strategy == strategy for rule in RULES[taken:])
    if not above and not below:
        return "in no rule, a header may pin it"
    if not above:
        return "later in the table"
    return f"later in the table; sooner for {above}" if below else f"in the table for {above} only"


def _one_line(text: Text) -> str:
    return " ".join(text.value.split())
