"""`python -m tests.golden.update [CASE ...]`: rewrite what cases expect, as it comes out now.

An optional text (`ls.txt`, `steps.txt`, `manifest.json`, `rows/RELATION.txt`) is asked for by an empty file.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.golden.case import CASES, built, compiled, expected, lay_out, told


def update(case: Path) -> None:
    before = expected(case)
    with tempfile.TemporaryDirectory() as folder:
        lay_out(case, Path(folder))
        after = compiled(Path(folder))
        after |= told(Path(folder), iter(before))
        after |= built(Path(folder), iter(before))
    shutil.rmtree(case / "expected", ignore_errors=True)
    for name, text in after.items():
        path = case / "expected" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main(names: Sequence[str]) -> None:
    for case in CASES:
        if not names or case.name in names:
            update(case)


if __name__ == "__main__":
    main(sys.argv[1:])
