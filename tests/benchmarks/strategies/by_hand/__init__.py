"""The best SQL that was found for these features by writing it by hand, one plan a function.

Every plan is point-in-time correct: it breaks ties, tells a sum of nothing from 0, and keeps every row of the spine once.
"""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import Facts, Plan, Technique, over_views
from tests.benchmarks.strategies.by_hand.ladder import LADDER
from tests.benchmarks.strategies.by_hand.last_rows import LISTS, LISTS_BY_LAG
from tests.benchmarks.strategies.by_hand.latest import AS_OF_DEDUPLICATED, AS_OF_THEN_TIES
from tests.benchmarks.strategies.by_hand.totals import TOTALS_AS_OF, TOTALS_SORTED, TOTALS_UNION
from tests.benchmarks.strategies.by_hand.windows import FRAMES, RANGE_JOIN

__all__ = ["PLANS", "Facts", "Plan", "Technique", "over_views"]

PLANS: dict[str, tuple[Plan, ...]] = {
    "asof": (Plan((AS_OF_DEDUPLICATED,)), Plan((AS_OF_THEN_TIES,))),
    "exact": tuple(Plan((technique,)) for technique in (FRAMES, TOTALS_AS_OF, TOTALS_UNION, TOTALS_SORTED, RANGE_JOIN)),
    "doubles": tuple(Plan((technique,)) for technique in (FRAMES, LADDER, RANGE_JOIN)),
    "last10": (Plan((LISTS,)), Plan((LISTS_BY_LAG,))),
    "wide": (
        Plan((AS_OF_THEN_TIES, RANGE_JOIN)),
        Plan((AS_OF_THEN_TIES, FRAMES)),
        Plan((AS_OF_THEN_TIES, TOTALS_SORTED, LADDER)),
    ),
}
"""By workload. The first one's rows are those that all others are compared with."""
