"""What all tests share: Ctrl-C works, and figures that tests measure are told at the end of a run."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from tests.oracle.campaign import DEFAULT_SEED, summary
from tests.oracle.strategies import Report
from tests.snowflake.place import named_account


def pytest_configure() -> None:
    """A run that a script started with `&` has Ctrl-C ignored, and tests that press it would wait for ever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each `record_property("figure", ...)`, and one for all of the oracle's cases."""
    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.getreports(outcome) if r.when == "call"]
    told = [(name, value) for report in reports for name, value in report.user_properties]
    for figure in (value for name, value in told if name == "figure"):
        terminalreporter.write_line(str(figure))
    counts = [value for name, value in told if name == "oracle"]
    by_strategy = [value for name, value in told if name == "strategies"]
    if by_strategy:
        report = Report()
        for cases, wrong in by_strategy:
            report.add(Report(Counter(cases), Counter(wrong)))
        terminalreporter.write_line(report.summary(DEFAULT_SEED))
    if any("tests/snowflake" in report.nodeid for report in reports) and not named_account():
        terminalreporter.write_line("Snowflake account: not run (the emulator ran in its place)")
    if counts:
        terminalreporter.write_line(summary(DEFAULT_SEED, counts))
