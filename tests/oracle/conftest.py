"""How many random cases `pytest tests/oracle` runs; `tests/conftest.py` says what came of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .campaign import DEFAULT_CASES, DEFAULT_SEED, ProjectReport, check_project, project_numbers
from .strategies import DEFAULT_PROJECTS

PROPERTY = "oracle"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "strategies_project" in metafunc.fixturenames:
        metafunc.parametrize("strategies_project", range(DEFAULT_PROJECTS))
    if "oracle_project" in metafunc.fixturenames:
        numbers = project_numbers(DEFAULT_CASES)
        metafunc.parametrize("oracle_project", numbers, ids=[f"seed{DEFAULT_SEED}-project{number}" for number, _ in numbers])


@pytest.fixture
def oracle_report(oracle_project: tuple[int, int], record_property: Callable[[str, object], None]) -> ProjectReport:
    report = check_project(DEFAULT_SEED, *oracle_project)
    record_property(PROPERTY, (report.cases, report.differences))
    return report
