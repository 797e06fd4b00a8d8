"""Training sets, online tables and history relations of random projects, against the oracle."""

from __future__ import annotations

import pytest

from .campaign import ProjectReport


def test_every_relation_is_what_the_oracle_says(oracle_report: ProjectReport) -> None:
    if oracle_report.differences:
        pytest.fail(oracle_report.text, pytrace=False)
    assert oracle_report.relations > oracle_report.cases
