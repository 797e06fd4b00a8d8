"""What `featsql explain -o json` prints: docs/reference/explain.md says what each key holds."""

from __future__ import annotations

import json
from dataclasses import asdict

from featsql.ir.explanation import Explanation


def as_json(explanation: Explanation, *, sql: str | None) -> str:
    """One object, its keys the fields of `featsql.ir.explanation`; `sql` as given."""
    return json.dumps({**asdict(explanation), "sql": sql}, ensure_ascii=False, indent=1)
