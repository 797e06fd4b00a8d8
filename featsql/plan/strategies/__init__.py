"""How lookups are computed, one file a strategy. To add one: write it, list it here, give it a rule in `plan.choose`."""

from __future__ import annotations

from typing import Final

from featsql.plan.strategies.as_of import AS_OF
from featsql.plan.strategies.base import Strategy
from featsql.plan.strategies.frames import FRAMES
from featsql.plan.strategies.last_rows import LAST_ROWS
from featsql.plan.strategies.range_join import RANGE_JOIN
from featsql.plan.strategies.running_totals import RUNNING_TOTALS
from featsql.plan.strategies.running_union import RUNNING_UNION
from featsql.plan.strategies.tiles import TILES

STRATEGIES: Final[dict[str, Strategy]] = {
    strategy.name: strategy for strategy in (AS_OF, RUNNING_TOTALS, RUNNING_UNION, LAST_ROWS, TILES, FRAMES, RANGE_JOIN)
}

__all__ = ["STRATEGIES", "Strategy"]
