"""Figures that tests measure, told at the end of a run: what `record_property("figure", ...)` says."""

from __future__ import annotations

import pytest

from tests.oracle.campaign import DEFAULT_SEED, summary


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties if report.when == "call" else ():
            if name == "figure":
                terminalreporter.write_line(str(figure))
    counts = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
        for name, value in report.user_properties
        if name == "oracle"
    ]
    if counts:
        terminalreporter.write_line(summary(DEFAULT_SEED, counts))
