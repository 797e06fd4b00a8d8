"""`python -m tests.warm --edits 10000`: as many random edits, warm against cold."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.warm.campaign import campaign


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.warm", description=__doc__)
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        ways = campaign(Path(scratch), options.seed, options.edits)
    print(f"{options.edits:,} edits, warm as cold: " + ", ".join(f"{count:,} {way}" for way, count in sorted(ways.items())))


if __name__ == "__main__":
    main()
