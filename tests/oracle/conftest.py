"""How many random cases `pytest tests/oracle` runs, side by side, and the line in which it says what came of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from .campaign import DEFAULT_CASES, DEFAULT_SEED, ProjectReport, check_project, project_numbers, summary

PROPERTY = "oracle"

Reports = dict[int, "Future[ProjectReport]"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "oracle_project" in metafunc.fixturenames:
        numbers = project_numbers(DEFAULT_CASES)
        metafunc.parametrize(
            "oracle_project", numbers, ids=[f"seed{DEFAULT_SEED}-project{number}" for number, _ in numbers]
        )


@pytest.fixture(scope="session")
def oracle_reports(request: pytest.FixtureRequest) -> Iterator[Reports]:
    """The projects of the tests that were selected, under way in as many processes as there are cores."""
    callspecs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    chosen = [callspec.params["oracle_project"] for callspec in callspecs if "oracle_project" in callspec.params]
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        yield {number: pool.submit(check_project, DEFAULT_SEED, number, cases) for number, cases in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def oracle_report(
    oracle_project: tuple[int, int], oracle_reports: Reports, record_property: Callable[[str, object], None]
) -> ProjectReport:
    report = oracle_reports[oracle_project[0]].result()
    record_property(PROPERTY, (report.cases, report.differences))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = [
        value
        for reports in (terminalreporter.getreports("passed"), terminalreporter.getreports("failed"))
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if counts:
        terminalreporter.write_line(summary(DEFAULT_SEED, counts))
