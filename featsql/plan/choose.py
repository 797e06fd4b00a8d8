"""Which strategy computes which lookup: a table of rules, read from the top."""

from __future__ import annotations

from featsql.ir.plan import Lookup
from featsql.plan.strategies import STRATEGIES, Strategy

RULES: tuple[tuple[str, str], ...] = (
    ("as_of", "a latest value needs one merge of two sorted inputs"),
    ("range_join", "it can do everything"),
)
"""(strategy, why): the first that can do it."""


def choose(lookup: Lookup, pinned: str | None) -> Strategy:
    """The pinned strategy where it can compute the lookup, else the first rule that fits."""
    if pinned and STRATEGIES[pinned].can(lookup):
        return STRATEGIES[pinned]
    return next(STRATEGIES[name] for name, _ in RULES if STRATEGIES[name].can(lookup))
