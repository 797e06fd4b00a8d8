"""What `featsql explain` prints for people: view by view what is computed, how, and why so; then the relations in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from featsql.base.lengths import length
from featsql.cli.amounts import counted, seconds
from featsql.cli.console import Console
from featsql.cli.harmless import harmless, one_line, width
from featsql.cli.paragraphs import bold, dim, facts, wrapped
from featsql.cli.why_words import known_words, visible_words
from featsql.ir.explanation import (
    Basis,
    ExplainedChoice,
    ExplainedFeature,
    ExplainedLookup,
    ExplainedPart,
    ExplainedRelation,
    Explanation,
    Measured,
)
from featsql.ir.statistics import Statistics

_RELATIONS: Final = {
    "training_set": "training set",
    "history": "history of the feature view, one row for each of its rows",
    "online": "online table, one row for each entity",
}
_BASIS: Final[dict[Basis, str]] = {
    "counted": "by the amounts that have just been counted",
    "counted_before": "by the amounts that the last run counted",
    "not_counted": "not counted yet: the robust plan; `featsql run` counts",
    "never_counted": "the same for any amounts; they are counted for windows of training sets",
}
_MANY: Final = 100
"""Below, one in a hundred is nobody."""
_NOT_EXACT: Final = "floating point: may differ by rounding from one strategy to another"


def print_page(explanation: Explanation, console: Console) -> None:
    for line in _lines(explanation):
        console.painted_data(line)


def print_sql(explanation: Explanation, console: Console) -> None:
    console.painted_data("\n")
    console.painted_data(harmless(explanation.sql))


def _lines(explanation: Explanation) -> Iterator[str]:
    yield f"{bold(one_line(explanation.node))}  {dim(_RELATIONS[explanation.relation])}"
    about = [("plan", _BASIS[explanation.basis])]
    total = explanation.measured
    if total:
        found = f"{seconds(total.seconds)} for {counted(total.rows, 'row')}, each relation by itself as a temporary table"
        about.append(("took", found))
    yield from facts(about)
    yield "\n"
    yield from _summary(explanation)
    for part in explanation.parts:
        yield "\n"
        yield from _part(part, explanation)
    if total:
        yield "\n"
        yield bold("relations") + dim(", each reads those above it")
        for relation in explanation.relations:
            yield from _relation(relation)


def _summary(explanation: Explanation) -> Iterator[str]:
    """A line for each lookup: of what, by which strategy, and how long it took."""
    rows = []
    for part in explanation.parts:
        name = one_line(part.view if not part.prefix else f"{part.view} as {part.prefix}...")
        for at, lookup in enumerate(part.lookups):
            took = [_share(lookup, explanation.measured)] if explanation.measured else []
            rows.append((name if at == 0 else "", *took, lookup.strategy, _finds(lookup)))
    rooms = [max(map(width, column)) for column in zip(*rows, strict=True)][:-1]
    indent = sum(room + 2 for room in rooms) + 2
    for *row, finds in rows:
        padded = [text + " " * (room - width(text)) for text, room in zip(row, rooms, strict=True)]
        first, *others = wrapped(finds, indent)
        yield "  ".join(("", *padded, first))
        yield from (" " * indent + line for line in others)


def _finds(lookup: ExplainedLookup) -> str:
    return "the latest row" if lookup.finds == "latest" else one_line(", ".join(lookup.windows))


def _share(lookup: ExplainedLookup, total: Measured | None) -> str:
    if not lookup.measured or not total:
        return ""
    return f"{seconds(lookup.measured.seconds)} ({lookup.measured.seconds / max(total.seconds, 1e-9):.0%})"


def _part(part: ExplainedPart, explanation: Explanation) -> Iterator[str]:
    prefix = dim(one_line(f"  as {part.prefix}...")) if part.prefix else ""
    yield bold(one_line(part.view)) + prefix
    yield from facts(list(_about(part, explanation)))
    if part.windows:
        yield "  windows"
        yield from facts([(window.name, window.bounds) for window in part.windows], indent=4)
    for lookup in part.lookups:
        yield from _lookup(lookup, part, explanation.measured)
    yield "  features"
    yield from facts([line for feature in part.features for line in _feature(feature)], indent=4)


def _about(part: ExplainedPart, explanation: Explanation) -> Iterator[tuple[str, str]]:
    keys = ", ".join(k.key if k.key == k.column else f"{k.key} = {k.column}" for k in part.keys)
    yield "by", keys or "no key: one series"
    yield "sees", visible_words(part.closed)
    yield "known", known_words(part.timestamp, part.available_at, part.delay_us)
    if part.pinned:
        yield "pinned", part.pinned
    if part.amounts:
        yield "counted", _amounts(part.amounts, part)
    elif explanation.basis in ("counted", "counted_before"):
        yield "counted", "nothing, so its plan is the robust one; `featsql run` counts"


def _amounts(amounts: Statistics, part: ExplainedPart) -> str:
    of = ""
    if part.keys:
        common = f"99 % of them up to {amounts.common:,} and " if amounts.entities >= _MANY else ""
        of = f" of {counted(amounts.entities, 'entity')}, {common}one {amounts.largest:,}"
    each = amounts.pairs / max(1, amounts.rows + amounts.asks)
    late = f"; 99 % are known within {seconds(amounts.late_us / 1e6)}" if part.available_at else ""
    return (
        f"{counted(amounts.rows, 'row')}{of}{late}; {counted(amounts.asks, 'ask')}; "
        f"{counted(amounts.pairs, 'pair')} of an ask and a row of its entity = {each:,.1f} * (rows + asks)"
    )


def _lookup(lookup: ExplainedLookup, part: ExplainedPart, total: Measured | None) -> Iterator[str]:
    is_latest = lookup.finds == "latest"
    yield from _indented(f"{_finds(lookup)}: {lookup.strategy}", 2)
    for choice in lookup.choices:
        yield from facts(list(_choice(choice, lookup, part.pinned)), indent=4)
    more = []
    if is_latest and part.ttl_us and part.ttl_bounds:
        more.append(("alive", f"where its event time is in {part.ttl_bounds}: ttl {length(part.ttl_us)}"))
    if lookup.pairs is not None:
        more.append(("meets", f"{counted(lookup.pairs, 'pair')} at most"))
    if lookup.measured:
        more.append(("took", f"{_share(lookup, total)} for {counted(lookup.measured.rows, 'row')}"))
    yield from facts(_padded(more), indent=4)


def _choice(choice: ExplainedChoice, lookup: ExplainedLookup, pinned: str | None) -> Iterator[tuple[str, str]]:
    computes = choice.computes if lookup.finds == "windows" else (", ".join(choice.computes) or "its time alone",)
    yield from zip(("computes", *[""] * len(computes)), computes, strict=False)
    yield from _padded([("because", choice.why)])
    if choice.passed_over:
        yield "though", choice.passed_over
    if could := _others(choice, "could", pinned):
        yield "could", could
    # of the latest row every strategy for windows says that it is for windows
    if lookup.finds == "windows" and (cannot := _others(choice, "cannot", pinned)):
        yield "cannot", cannot


def _others(choice: ExplainedChoice, standing: Literal["could", "cannot"], pinned: str | None) -> str:
    """Who else, by their reasons; that of a pinned one is told already."""
    reasons: dict[str, list[str]] = {}
    for other in choice.others:
        if other.standing == standing and other.strategy != pinned:
            reasons.setdefault(other.reason, []).append(other.strategy)
    return "; ".join(f"{', '.join(strategies)} ({reason})" for reason, strategies in reasons.items())


def _padded(said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """As wide as `computes`, so that what is said stands in one column."""
    return [(f"{name:<8}", text) for name, text in said]


def _feature(feature: ExplainedFeature) -> Iterator[tuple[str, str]]:
    yield feature.name, feature.sql
    if feature.standard_error is not None:
        yield "", f"an estimate, by a sketch: typically {feature.standard_error:.1%} off, now and then three times that"
    elif feature.exactness == "float-reordered":
        yield "", _NOT_EXACT


def _relation(relation: ExplainedRelation) -> Iterator[str]:
    name = one_line(relation.name) or "the query"
    if relation.measured:
        took = f"{counted(relation.measured.rows, 'row')}, {seconds(relation.measured.seconds)}"
        name = f"{name}  {dim(took)}"
    yield f"  {name}"
    yield from (f"    {dim(line)}" for line in wrapped(relation.comment, 4))


def _indented(said: str, indent: int) -> Iterator[str]:
    first, *others = wrapped(said, indent)
    yield " " * indent + first
    yield from (" " * (indent + 2) + line for line in others)
