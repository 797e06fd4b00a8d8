"""`python -m tests.leakage.planted`: every defect, by which tests it is found, and in how many seconds."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from featsql.base.diagnostics import FeatsqlError
from tests.leakage.planting import Found, examine, make_sample, read_defects


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.leakage.planted", description=__doc__)
    parser.add_argument("-k", default="", metavar="WORDS", help="defects whose names have these words alone")
    options = parser.parse_args(words)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        sample = make_sample(Path(folder) / "sample")
        alarms = _report("(the template as it is)", (), examine(sample)) if not options.k else 0
        defects = [defect for defect in read_defects() if options.k in defect.name]
        for number, defect in enumerate(defects):
            copy = Path(folder) / str(number)
            shutil.copytree(sample, copy)
            try:
                found = examine(copy, defect)
            except FeatsqlError as error:
                found = Found(frozenset(), 0, 0.0, tuple(str(d) for d in error.diagnostics))
            missed += _report(defect.name, defect.found_by, found)
            shutil.rmtree(copy)
    print(f"{len(defects)} defects, {missed} not found as they should be; the template: {'an alarm' if alarms else 'no alarm'}")
    return int(bool(missed or alarms))


def _report(name: str, expected: Sequence[str], found: Found) -> int:
    """Print a line; 1 if something is not as expected: a kind that is silent, a test that cannot be run, a false alarm."""
    silent = [kind for kind in expected if kind not in found.kinds]
    told = ", ".join(sorted(found.kinds)) or "-"
    print(f"{name:<62} {found.seconds:5.1f} s  {found.tests:>2}  {told}", flush=True)
    for line in (*(f"SILENT {kind}" for kind in silent), *(f"ERROR {error}" for error in found.errors)):
        print(f"    {line}", flush=True)
    return int(bool(silent or found.errors or (not expected and found.kinds)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
