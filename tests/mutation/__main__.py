"""`python -m tests.mutation [--each-strategy] [WORD ...]`: the bugs of which the names hold a word, and who notices them."""

from __future__ import annotations

import argparse
import sys
import time

from .bugs import BUGS
from .witnesses import STRATEGY_NAMES, a_bench


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of names of bugs (default: all)")
    parser.add_argument("--each-strategy", action="store_true", help="ask the executed cases of each strategy by itself")
    options = parser.parse_args(arguments)
    chosen = [bug for bug in BUGS if not options.words or any(word in bug.name for word in options.words)]
    groups = [(name,) for name in STRATEGY_NAMES] if options.each_strategy else [STRATEGY_NAMES]
    missed = 0
    with a_bench() as bench:
        for bug in chosen:
            for strategies in groups:
                start = time.monotonic()
                found = bench.find(bug, strategies)
                seconds = time.monotonic() - start
                who = f" [{strategies[0] or 'automatic'}]" if options.each_strategy else ""
                told = found.by or ("NOT CAUGHT" if found.places else "no place")
                print(f"{bug.name}{who}: {told}; {found.tried} tried, {found.places} places, {seconds:.1f} s", flush=True)
                for refused in found.refused[:1]:
                    print(f"    refused by {refused[:300]}")
                missed += int(not found.by and bool(found.places))
    print(f"{missed} not caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
