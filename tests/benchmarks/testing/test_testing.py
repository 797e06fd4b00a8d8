"""The same, small: a reader never sees what is bad, gone or mixed; tests of one table are one query."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.testing.publishing import poll_while_building
from tests.benchmarks.testing.scanning import PER_TABLE, measure


def test_a_reader_sees_whole_generations_alone(tmp_path: Path) -> None:
    poll = poll_while_building(tmp_path, 10)
    assert poll.wrong == []
    assert poll.asked > 12
    assert {generation % 2 for generation in poll.generations} == {0}, "odd ones are bad"
    assert len(poll.generations) > 3, "it looked while things changed"


def test_the_figures_can_be_made(tmp_path: Path) -> None:
    figures = measure(tmp_path, tables=2, rows=1000, runs=1)
    assert figures.tests == 2 * PER_TABLE and figures.tested > 0 and figures.scans > 0
