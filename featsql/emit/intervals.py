"""The rows of a query within a stretch of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from featsql.dialects.base import Dialect
from featsql.ir.query import Query


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start_us` up to `end_us`, which is left out, in microseconds of UTC since 1970; None: all that is on that side."""

    start_us: int | None = None
    end_us: int | None = None

    def condition(self, column: str, dialect: Dialect) -> str:
        """Over a time column of any type, in a session in UTC. A plain comparison lets a warehouse skip what it need not read."""
        return " and ".join(self._parts(column, dialect))

    def _parts(self, column: str, dialect: Dialect) -> Iterator[str]:
        yield f"{column} is not null"
        if self.start_us is not None:
            yield f"{column} >= {_time(self.start_us, dialect)}"
        if self.end_us is not None:
            yield f"{column} < {_time(self.end_us, dialect)}"


def within(query: Query, column: str, stretch: Stretch, dialect: Dialect) -> Query:
    """A row without a time lies in no stretch."""
    condition = stretch.condition(f"timed.{dialect.quote(column)}", dialect)
    return query.around("select * from (\n", f"\n) as timed\nwhere {condition}")


def _time(us: int, dialect: Dialect) -> str:
    written = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).replace(tzinfo=None).isoformat(" ")
    return f"cast({dialect.literal(written)} as {dialect.type_name('TIMESTAMP')})"
