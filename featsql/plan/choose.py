"""Which strategy computes which lookup: a table of rules, read from the top.

Every strategy gives the same values; the rules are about time alone. Figures are from `tests/benchmarks/strategies`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from featsql.dialects import DIALECTS
from featsql.ir.header import RowsWindow
from featsql.ir.plan import Aggregation, Lookup, OnlineAsks, Part, WindowLookup
from featsql.ir.statistics import Statistics
from featsql.plan.strategies import STRATEGIES, Strategy


@dataclass(frozen=True, slots=True)
class When:
    """A condition on a lookup and what is known of the amounts, and the same in words; none means always."""

    words: str = ""
    holds: Callable[[Lookup, Statistics | None], bool] = lambda lookup, amounts: True


@dataclass(frozen=True, slots=True)
class Rule:
    """`strategy` where it can compute the lookup and `when` holds; `why` is what `explain` says."""

    strategy: str
    why: str
    when: When = When()


def _few_pairs(times: int) -> When:
    """So few pairs of an ask and a row that meeting them costs less than what any other plan does to rows and asks."""
    return When(
        f"pairs <= {times} * (rows + asks)",
        lambda lookup, amounts: amounts is not None and amounts.pairs <= times * (amounts.rows + amounts.asks),
    )


_ONLINE: Final = When("online tables", lambda lookup, amounts: isinstance(lookup.asks.origin, OnlineAsks))
_BY_ROWS: Final = When(
    "windows by rows",
    lambda lookup, amounts: (
        isinstance(lookup, WindowLookup) and all(isinstance(a.extent, RowsWindow) for a in lookup.aggregations)
    ),
)
_COUNTED: Final = When("amounts are known", lambda lookup, amounts: amounts is not None)

RULES: Final[tuple[Rule, ...]] = (
    Rule("as_of", "a latest value needs one merge of two sorted inputs"),
    Rule("range_join", "at one moment each row meets one ask: there is nothing to save", _ONLINE),
    Rule("last_rows", "the window ends with the latest row: computed once per row, then looked up", _BY_ROWS),
    Rule("range_join", "an entity has so few rows that meeting them all is cheaper than sorting them", _few_pairs(20)),
    Rule("running_union", "exact totals subtract: one sorted pass and two edges a window, whatever its length"),
    Rule("running_totals", "exact totals subtract: two edges a window, found by one as-of join, whatever its length"),
    Rule("last_rows", "the window ends with the latest row: computed once per row, then looked up"),
    Rule("frames", "the aggregate needs its rows: frames share their work, however many rows a window holds"),
    Rule("tiles", "no frame has that shape: two broken tiles and a few blocks are put together, whatever the length", _COUNTED),
    Rule("range_join", "it can do everything"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A lookup and the strategy that computes it, with the reason; `passed_over` says why a pinned strategy does not."""

    lookup: Lookup
    strategy: Strategy
    why: str
    passed_over: str = ""


def assigned(part: Part, amounts: Statistics | None, dialect: str) -> tuple[Part, tuple[Choice, ...]]:
    """The part with its windows grouped by strategy, and what was chosen for each of its lookups."""
    latest = (choose(part.latest, part.strategy, amounts, dialect),) if part.latest else ()
    groups: dict[str, list[Choice]] = {}
    for lookup in part.windows:
        for aggregation in lookup.aggregations:
            choice = choose(replace(lookup, aggregations=(aggregation,)), part.strategy, amounts, dialect)
            groups.setdefault(_group_name(part, choice.strategy, aggregation), []).append(choice)
    windows = tuple(_together(name, choices) for name, choices in groups.items())
    lookups = tuple(choice.lookup for choice in windows)
    return replace(part, windows=tuple(w for w in lookups if isinstance(w, WindowLookup))), (*latest, *windows)


def choose(lookup: Lookup, pinned: str | None, amounts: Statistics | None, dialect: str) -> Choice:
    """The pinned strategy where it can compute the lookup, else the first rule that fits."""
    passed_over = ""
    text = DIALECTS[dialect]
    if pinned:
        reason = STRATEGIES[pinned].why_not(lookup, text)
        if not reason:
            return Choice(lookup, STRATEGIES[pinned], "the header pins it")
        passed_over = f"`{pinned}` is pinned and cannot: {reason}"
    rule = next(r for r in RULES if not STRATEGIES[r.strategy].why_not(lookup, text) and r.when.holds(lookup, amounts))
    return Choice(lookup, STRATEGIES[rule.strategy], rule.why, passed_over)


def _group_name(part: Part, strategy: Strategy, aggregation: Aggregation) -> str:
    """A range join numbers its rows for windows by rows, and not for others: two lookups."""
    by_rows = strategy.name == "range_join" and isinstance(aggregation.extent, RowsWindow)
    return f"{part.name}_{'recent' if by_rows else strategy.suffix}"


def _together(name: str, choices: Iterable[Choice]) -> Choice:
    first, *others = choices
    assert isinstance(first.lookup, WindowLookup)
    found = (first, *others)
    aggregations = tuple(a for choice in found if isinstance(choice.lookup, WindowLookup) for a in choice.lookup.aggregations)
    passed_over = "; ".join(dict.fromkeys(choice.passed_over for choice in found if choice.passed_over))
    return replace(first, lookup=replace(first.lookup, name=name, aggregations=aggregations), passed_over=passed_over)
