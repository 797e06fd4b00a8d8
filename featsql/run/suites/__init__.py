"""Every sort of test that `featsql test` runs, one module a sort.

To add one: a module with a `Suite`, listed here. Order is the order in which they run.
"""

from __future__ import annotations

from typing import Final

from featsql.run.suites.base import Suite
from featsql.run.suites.data import SUITE as DATA
from featsql.run.suites.freshness import SUITE as FRESHNESS
from featsql.run.suites.lateness import SUITE as LATENESS
from featsql.run.suites.poison import SUITE as POISON
from featsql.run.suites.reading import SUITE as READING
from featsql.run.suites.serving import SUITE as SERVING
from featsql.run.suites.unit import SUITE as UNIT

SUITES: Final[tuple[Suite, ...]] = (UNIT, DATA, FRESHNESS, LATENESS, SERVING, READING, POISON)
