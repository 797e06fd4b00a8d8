"""When two values are the same, in SQL."""

from __future__ import annotations

from typing import Final

from featsql.base.sqltypes import is_float

_ROUNDING: Final = "1e-9"


def differs(one: str, other: str, type_name: str | None) -> str:
    """A condition over two expressions of a type: do they differ? Sums of floating point numbers may, by rounding (R27).

    >>> differs("a.x", "b.x", "BIGINT")
    'a.x is distinct from b.x'
    """
    if not type_name or not is_float(type_name):
        return f"{one} is distinct from {other}"
    near = f"abs({one} - {other}) <= {_ROUNDING} * greatest(abs({one}), abs({other}), 1)"
    return f"{one} is distinct from {other} and not coalesce({near}, false)"
