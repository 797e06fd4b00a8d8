"""What is known of the amounts that a plan meets, when somebody has counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one use of a feature view: rows that are ever known, entities that have some, and asks.

    `largest` is the most rows of one entity, `common` the rows of the entity at the 99th percentile; `pairs` the number of
    (ask, row) of the same entity, whatever their times; `late_us` the 99th percentile of the time between event and known time.
    """

    rows: int
    entities: int
    common: int
    largest: int
    asks: int
    pairs: int
    late_us: int
