"""What the driver hands over, as Arrow with the types that the compiler speaks of, and with names as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from featsql.ir.model import Column

if TYPE_CHECKING:
    import pyarrow

_FOLDED: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
# https://docs.snowflake.com/en/developer-guide/python-connector/python-connector-api#type-codes
_TYPES: Final = {
    1: "DOUBLE",
    2: "TEXT",
    3: "DATE",
    4: "TIMESTAMP",
    5: "JSON",
    6: "TIMESTAMPTZ",
    7: "TIMESTAMPTZ",
    8: "TIMESTAMP",
    9: "JSON",
    10: "JSON",
    11: "BLOB",
    12: "TIME",
    13: "BOOLEAN",
}


def columns(described: list[Any]) -> tuple[Column, ...]:
    """Names and types of a query's columns, in the compiler's spelling: a number without digits is a whole number."""
    return tuple(Column(written(each[0]), _type(each)) for each in described)


def _type(described: Any) -> str | None:
    code, precision, scale = described[1], described[4], described[5]
    if code != 0:
        return _TYPES.get(code)
    return f"DECIMAL({precision}, {scale})" if scale else "BIGINT"


def written(name: str) -> str:
    """A name as it is written without quotes: Snowflake has folded it to upper case.

    >>> written("CUSTOMER_ID"), written("Größe")
    ('customer_id', 'Größe')
    """
    return name.lower() if _FOLDED.fullmatch(name) else name


def arrow_table(cursor: Any) -> pyarrow.Table:
    """All rows of a cursor."""
    import pyarrow as pa

    described = list(cursor.description)
    table = cursor.fetch_arrow_all(force_return_table=True)
    names = [written(each[0]) for each in described]
    arrays = [_array(table.column(place), each) for place, each in enumerate(described)]
    return pa.Table.from_arrays(arrays, names=names)


def _array(array: Any, described: Any) -> Any:
    """The driver packs whole numbers as narrow as they are, and times in nanoseconds."""
    import pyarrow as pa

    code, precision, scale = described[1], described[4], described[5]
    match code:
        case 0 if scale:
            return array.cast(pa.decimal128(precision or 38, scale))
        case 0:
            try:
                return array.cast(pa.int64())
            except pa.ArrowInvalid:
                return array.cast(pa.decimal128(38, 0))
        case 1:
            return array.cast(pa.float64())
        case 4 | 8:
            return array.cast(pa.timestamp("us"), safe=False)
        case 6 | 7:
            return array.cast(pa.timestamp("us", "UTC"), safe=False)
    return array
