"""Facts about SQL type names, as DuckDB spells them in upper case (`BIGINT`, `DECIMAL(10, 2)`, `TIMESTAMPTZ`)."""

from __future__ import annotations

import re
from typing import Final

INTEGERS: Final = frozenset(
    "TINYINT SMALLINT INT INTEGER BIGINT HUGEINT INT128 UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT UINT128 UINT "
    "INT1 INT2 INT4 INT8 SHORT LONG".split()
)
FLOATS: Final = frozenset({"FLOAT", "REAL", "DOUBLE", "DOUBLE PRECISION", "FLOAT4", "FLOAT8"})
TIMES: Final = frozenset(
    {
        "DATE",
        "TIMESTAMP",
        "DATETIME",
        "TIMESTAMPTZ",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_US",
        "TIMESTAMP_NS",
        "TIMESTAMPTZ_NS",
        "TIMESTAMP WITH TIME ZONE_NS",
        "TIMESTAMP_NTZ",
        "TIMESTAMP_LTZ",
        "TIMESTAMP_TZ",
    }
)


def base_name(type_name: str) -> str:
    """The name without parameters: `DECIMAL(10, 2)` is `DECIMAL`."""
    return re.sub(r"\(.*\)$", "", type_name.upper()).strip()


def is_integer(type_name: str) -> bool:
    return base_name(type_name) in INTEGERS


def is_float(type_name: str) -> bool:
    return base_name(type_name) in FLOATS


def is_decimal(type_name: str) -> bool:
    return base_name(type_name) in ("DECIMAL", "NUMERIC")


def is_time(type_name: str) -> bool:
    return base_name(type_name) in TIMES


def decimal_precision(type_name: str) -> int:
    """All digits; DuckDB's default is 18.

    >>> decimal_precision("DECIMAL(10, 2)")
    10
    """
    found = re.search(r"\(\s*(\d+)", type_name)
    return int(found.group(1)) if found else 18


def decimal_scale(type_name: str) -> int:
    """Digits after the point; DuckDB's default is 3.

    >>> decimal_scale("DECIMAL(10, 2)")
    2
    """
    found = re.search(r"\(\s*\d+\s*(?:,\s*(\d+)\s*)?\)", type_name)
    if found is None:
        return 3
    return int(found.group(1) or 0)
