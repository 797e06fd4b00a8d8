"""`python -m tests.benchmarks.testing`: what a reader sees while tables are built, and what many tests cost."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.testing.publishing import poll_while_building
from tests.benchmarks.testing.scanning import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=200)
    parser.add_argument("--tables", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        poll = poll_while_building(Path(folder), options.builds)
        seen = f"{len(poll.generations)} generations seen"
        asked = f"asked {poll.asked:,} times in {poll.seconds:.0f} s ({poll.hertz:.0f} a second)"
        print(f"{options.builds} builds, half of bad data: {asked}, {seen}, {len(poll.wrong)} wrong answers")
        for answer in poll.wrong[:5]:
            print(f"  {answer}")
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.tables, options.rows)
        print(
            f"{figures.tests} tests over {options.tables} tables of {options.rows:,} rows: {figures.tested:.2f} s; "
            f"one scan of each: {figures.scans:.2f} s; ratio {figures.ratio:.2f}"
        )


if __name__ == "__main__":
    main()
