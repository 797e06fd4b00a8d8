"""Every strategy by itself, over the cases that it can compute, against the oracle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .campaign import DEFAULT_SEED
from .strategies import check_project

PROPERTY = "strategies"


def test_a_strategy_computes_what_the_oracle_says(
    strategies_project: int, record_property: Callable[[str, object], None]
) -> None:
    report = check_project(DEFAULT_SEED, strategies_project)
    record_property(PROPERTY, (dict(report.cases), dict(report.wrong)))
    if report.stories:
        pytest.fail("\n".join(report.stories), pytrace=False)
    assert report.cases.total() > 0
