"""`python -m tests.snowflake [WORD]`: every executed case in Snowflake: an account's, else the emulator.

`--strategies`: under each strategy that there is.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.pit.case import load_all

from .pit import REFUSED, STRATEGIES, outcome
from .place import place


def main(words: list[str]) -> int:
    counts: Counter[str] = Counter()
    cases = [case for case in load_all() if not words or any(word in case.name for word in words)]
    with place() as warehouse, warehouse.connection() as connection:
        for case in cases:
            for strategy in STRATEGIES if "--strategies" in sys.argv else STRATEGIES[:1]:
                with tempfile.TemporaryDirectory() as folder:
                    said = outcome(case, strategy, warehouse, connection, Path(folder))
                kind = "equal" if not said else "refused" if said.startswith(REFUSED) else "different"
                counts[kind] += 1
                if said:
                    print(f"{case.name} ({strategy or 'automatic'}): {said}", flush=True)
        where = "Snowflake account" if warehouse.is_account else "emulator"
    print(f"{where}: {dict(counts)}")
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if not word.startswith("--")]))
