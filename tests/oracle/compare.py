"""Is a relation what the oracle says: columns, types, each row as often as it should be, values within their bounds."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal

from .aggregation import Approximate, Estimate, Value, is_nan, rank
from .cases import ANY_TIME, NANOSECONDS, Relation

TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", *NANOSECONDS)
TOLD = 4
Record = tuple[Value, ...]


def differences(expected: Relation, found: Relation) -> list[str]:
    """What is wrong with the relation that was found, in words; nothing when all is right."""
    wrong = _field_differences(expected, found)
    if wrong:
        return wrong
    if len(expected.rows) != len(found.rows):
        wrong.append(f"{len(expected.rows)} rows expected, {len(found.rows)} found")
    rows = [_in_units_of(expected, found, row) for row in found.rows]
    expected_groups, found_groups = _groups(expected.rows, expected), _groups(rows, expected)
    for identity in sorted(expected_groups.keys() | found_groups.keys()):
        wrong += _group_differences(expected, expected_groups.get(identity, []), found_groups.get(identity, []))
    return wrong[:TOLD] + ([f"and {len(wrong) - TOLD} more"] if len(wrong) > TOLD else [])


def is_same(expected: Value, found: Value) -> bool:
    """Equal to the last bit, but within the bound of a value that has one (R27)."""
    match expected:
        case Approximate():
            return found is not None and _is_within(found, expected)
        case Estimate():
            return found is not None and expected.accepts(found)
        case list():
            return (
                isinstance(found, list)
                and len(expected) == len(found)
                and all(is_same(*pair) for pair in zip(expected, found, strict=True))
            )
        case None:
            return found is None
    if is_nan(expected) or is_nan(found):
        return is_nan(expected) and is_nan(found)
    if isinstance(found, float) and isinstance(expected, int | Decimal):
        expected = float(expected)  # a DOUBLE, of which one branch gives an exact number
    return bool(found is not None and expected == found)


def _is_within(found: Value, expected: Approximate) -> bool:
    if isinstance(expected.value, Decimal):
        return abs(Decimal(found) - expected.value) <= expected.error
    if not (math.isfinite(expected.value) and math.isfinite(found)):
        return is_same(expected.value, float(found))
    return abs(float(found) - expected.value) <= expected.error


def _field_differences(expected: Relation, found: Relation) -> list[str]:
    """Features keep their names to the letter; the other columns may change between capitals and small letters."""
    names = [_spelled(name, place, expected) for place, (name, _) in enumerate(expected.fields)]
    found_names = [_spelled(name, place, expected) for place, (name, _) in enumerate(found.fields)]
    if names != found_names:
        return [f"columns {names} expected, {found_names} found"]
    return [
        f"column `{name}` is {found_kind}, {kind} expected"
        for (name, kind), (_, found_kind) in zip(expected.fields, found.fields, strict=True)
        if kind != found_kind and not (kind == ANY_TIME and found_kind in TIMES) and not _is_zoned(kind, found_kind)
    ]


def _is_zoned(kind: str, found_kind: str) -> bool:
    """Nanoseconds with a zone have no arithmetic in DuckDB: the column may as well come out as microseconds."""
    return kind == NANOSECONDS[1] and found_kind == "TIMESTAMP WITH TIME ZONE"


def _spelled(name: str, place: int, expected: Relation) -> str:
    return name.lower() if place < expected.identity else name


def _in_units_of(expected: Relation, found: Relation, row: Record) -> Record:
    """The row with its times in the units that the expected relation has them in."""
    return tuple(
        value // 1000 if value is not None and found_kind in NANOSECONDS and kind not in NANOSECONDS else value
        for (_, kind), (_, found_kind), value in zip(expected.fields, found.fields, row, strict=True)
    )


def _groups(rows: list[Record] | tuple[Record, ...], expected: Relation) -> dict[Record, list[Record]]:
    groups: dict[Record, list[Record]] = defaultdict(list)
    for row in rows:
        groups[tuple(map(rank, row[: expected.identity]))].append(row)
    return groups


def _group_differences(relation: Relation, expected: list[Record], found: list[Record]) -> list[str]:
    """What is left of the rows of one identity when those that are equal have been paired off."""
    missing, unasked = _unpaired(expected, found)
    names = [name for name, _ in relation.fields]
    wrong = []
    for row in missing:
        other = unasked.pop() if unasked else None
        wrong.append(_row_difference(names, row, other))
    return wrong + [f"row not expected: {_row_text(names, row)}" for row in unasked]


def _row_difference(names: list[str], expected: Record, found: Record | None) -> str:
    if found is None:
        return f"row missing: {_row_text(names, expected)}"
    lines = [
        f"  `{name}`: {_text(value)} expected, {_text(other)} found"
        for name, value, other in zip(names, expected, found, strict=True)
        if not is_same(value, other)
    ]
    return "\n".join([f"row expected: {_row_text(names, expected)}", *lines])


def _unpaired(expected: list[Record], found: list[Record]) -> tuple[list[Record], list[Record]]:
    """A largest matching of equal rows; rows of one identity are few."""
    partner: dict[int, int] = {}
    for place in range(len(expected)):
        _find_partner(place, expected, found, partner, set())
    missing = [row for place, row in enumerate(expected) if place not in partner.values()]
    return missing, [row for place, row in enumerate(found) if place not in partner]


def _find_partner(place: int, expected: list[Record], found: list[Record], partner: dict[int, int], tried: set[int]) -> bool:
    for other, row in enumerate(found):
        if other in tried or not all(map(is_same, expected[place], row)):
            continue
        tried.add(other)
        if other not in partner or _find_partner(partner[other], expected, found, partner, tried):
            partner[other] = place
            return True
    return False


def _row_text(names: list[str], row: Record) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in zip(names, row, strict=True))


def _text(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case Approximate():
            return f"{value.value!r} (within {value.error!r})"
        case Estimate():
            return f"about {value.exact}"
        case list():
            return "[" + ", ".join(map(_text, value)) + "]"
    return repr(value)
