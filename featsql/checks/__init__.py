"""Stage 5: what a project says that is not wrong SQL and would still make wrong features, one file a check.

To add one: a function from graph to findings, listed here. A header silences a finding with its reason: `allow: {FS503: ...}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.checks.known_time import unused_known_times
from featsql.ir.graph import FeatureGraph

Check = Callable[[FeatureGraph], Iterator[Diagnostic]]

CHECKS: Final[tuple[Check, ...]] = (unused_known_times,)


def check_graph(graph: FeatureGraph) -> tuple[Diagnostic, ...]:
    """The findings of every check."""
    return tuple(found for check in CHECKS for found in check(graph))
