"""The strategies, one file each. To add one: write its relations, list it here, and give it a place in `plan.choose`."""

from __future__ import annotations

from typing import Final

from featsql.plan.strategies.as_of import AS_OF
from featsql.plan.strategies.base import Strategy
from featsql.plan.strategies.range_join import RANGE_JOIN

STRATEGIES: Final[dict[str, Strategy]] = {strategy.name: strategy for strategy in (AS_OF, RANGE_JOIN)}

__all__ = ["STRATEGIES", "Strategy"]
