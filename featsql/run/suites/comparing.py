"""Rows expected against rows found, cell by cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any, Final

from featsql.ir.testing import Sample

SHOWN_ROWS: Final = 20
_ROUNDING: Final = 1e-12
"""Relative: sums of floating point numbers may differ by the order in which they are added."""
_DEAREST: Final = 250_000
"""Pairs of rows that are compared to find which of those that differ belong together."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """How many cells and rows are wrong, in words, and as a table: `~` a row with other values, `-` one that is missing,
    `+` one that nobody expects."""

    failures: int
    message: str
    sample: Sample | None


def compare(expected: Sequence[Row], found: Sequence[Row], tolerance: float | None, *, in_order: bool) -> Difference:
    """Each expected row against the found row that belongs to it. A row is compared in the columns that it names.

    Names are in lower case. Without `in_order` rows may come in any order.
    """
    pairs: list[tuple[Row | None, Row | None]]
    pairs = list(zip_longest(expected, found)) if in_order else _paired(expected, found, tolerance)
    columns = list(dict.fromkeys(name for row in expected for name in row)) or list(found[0] if found else ())
    lines: list[tuple[str | None, ...]] = []
    cells = missing = more = 0
    for wanted, row in pairs:
        if row is None and wanted is not None:
            missing += 1
            lines.append(("-", *(_shown(wanted[c]) if c in wanted else "" for c in columns)))
        elif wanted is None and row is not None:
            more += 1
            lines.append(("+", *(_shown(row.get(c)) for c in columns)))
        elif wanted is not None and row is not None and (wrong := _wrong(wanted, row, tolerance)):
            cells += len(wrong)
            lines.append(("~", *(_change(wanted[c], row.get(c)) if c in wrong else _shown(row.get(c)) for c in columns)))
    told = [_count(cells, "cell differs", "cells differ"), _count(missing, "row is missing", "rows are missing")]
    told.append(_count(more, "row is not expected", "rows are not expected"))
    sample = Sample(("", *columns), tuple(lines[:SHOWN_ROWS]), len(lines)) if lines else None
    return Difference(cells + missing + more, ", ".join(t for t in told if t), sample)


def equal(wanted: Any, found: Any, tolerance: float | None) -> bool:
    """Are they the same? Floating point numbers may be off by `tolerance`; NaN is NaN, NULL is NULL.

    >>> equal(Decimal("0.3"), 0.1 + 0.2, None), equal(1, 1.01, 0.1), equal(Decimal("1.5"), 1, None)
    (True, True, False)
    """
    if wanted is None or found is None:
        return wanted is found
    if isinstance(found, bool) or isinstance(wanted, bool):
        return bool(wanted is found)
    if isinstance(found, float):
        number = _float(wanted)
        if number is None:
            return False
        if math.isnan(number) or math.isnan(found):
            return math.isnan(number) and math.isnan(found)
        return math.isclose(number, found, rel_tol=0.0 if tolerance is not None else _ROUNDING, abs_tol=tolerance or 0.0)
    if isinstance(found, int | Decimal):
        exact = _decimal(wanted)
        return exact is not None and (exact == found or (tolerance is not None and abs(exact - found) <= Decimal(tolerance)))
    if isinstance(found, list) and isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(equal(w, f, tolerance) for w, f in zip(wanted, found, strict=True))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return list(found) == list(wanted) and all(equal(w, found[k], tolerance) for k, w in wanted.items())
    return bool(wanted == found)


def _paired(expected: Sequence[Row], found: Sequence[Row], tolerance: float | None) -> list[tuple[Row | None, Row | None]]:
    """Equal rows first, those that name most columns before others; then the most alike, as far as that is affordable."""
    left = list(range(len(found)))
    partner: dict[int, int] = {}
    for i in sorted(range(len(expected)), key=lambda i: -len(expected[i])):
        match = next((j for j in left if not _wrong(expected[i], found[j], tolerance)), None)
        if match is not None:
            partner[i] = match
            left.remove(match)
    waiting = [i for i in range(len(expected)) if i not in partner]
    if len(waiting) * len(left) <= _DEAREST:
        alike = sorted((len(_wrong(expected[i], found[j], tolerance)), i, j) for i in waiting for j in left)
        for wrong, i, j in alike:
            if i not in partner and j in left and wrong < len(expected[i]):
                partner[i] = j
                left.remove(j)
    pairs: list[tuple[Row | None, Row | None]] = []
    pairs += [(row, found[partner[i]] if i in partner else None) for i, row in enumerate(expected)]
    return pairs + [(None, found[j]) for j in left]


def _wrong(wanted: Row, row: Row, tolerance: float | None) -> list[str]:
    return [name for name, value in wanted.items() if not equal(value, row.get(name), tolerance)]


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _decimal(value: Any) -> Decimal | None:
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None


def _change(wanted: Any, found: Any) -> str:
    before, after = (_shown(value) or "NULL" for value in (wanted, found))
    return f"{before} -> {after}"


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""
