"""One stable hash for content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

Content = str | int | float | bool | None | Sequence["Content"] | Mapping[str, "Content"]


def fingerprint(content: Content) -> str:
    """A hash of plain data that is the same in every process: keys sorted, text as UTF-8.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
