"""Data tests: what each kind counts as a failure, as SQL over the tested relation. One file a kind.

To add one: a module with a `Kind`, listed here; `docs/reference/tests.md` is written from this list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from featsql.datatests.accepted_values import ACCEPTED_VALUES
from featsql.datatests.base import Kind
from featsql.datatests.distribution import DISTRIBUTION
from featsql.datatests.evaluates import EVALUATES
from featsql.datatests.expression import EXPRESSION
from featsql.datatests.freshness import FRESHNESS
from featsql.datatests.grain import GRAIN
from featsql.datatests.not_null import NOT_NULL
from featsql.datatests.not_stale import NOT_STALE
from featsql.datatests.range import RANGE
from featsql.datatests.relationships import RELATIONSHIPS
from featsql.datatests.row_count import ROW_COUNT
from featsql.datatests.unique import UNIQUE
from featsql.datatests.unique_combination import UNIQUE_COMBINATION

_ALL: Final = (
    *(UNIQUE, NOT_NULL, ACCEPTED_VALUES, RELATIONSHIPS, RANGE, UNIQUE_COMBINATION, ROW_COUNT),
    *(FRESHNESS, EXPRESSION, NOT_STALE, DISTRIBUTION),
)
KINDS: Final[Mapping[str, Kind]] = {kind.name: kind for kind in _ALL}
"""The kinds that headers and declarations can name."""
GENERATED: Final[Mapping[str, Kind]] = {GRAIN.name: GRAIN, EVALUATES.name: EVALUATES}
"""The kinds that featsql adds by itself."""
