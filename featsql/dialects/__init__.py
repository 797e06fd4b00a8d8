"""SQL text per warehouse, one file each. To add one: declare a `Dialect`, list it here, spell the aggregates in it."""

from __future__ import annotations

from typing import Final

from featsql.dialects.base import Dialect
from featsql.dialects.duckdb import DUCKDB
from featsql.dialects.snowflake import SNOWFLAKE

DIALECTS: Final[dict[str, Dialect]] = {dialect.name: dialect for dialect in (DUCKDB, SNOWFLAKE)}

__all__ = ["DIALECTS", "Dialect"]
