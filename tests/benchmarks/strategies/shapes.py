"""Tables of events and a spine, of the shapes that decide which strategy is fast. The same rows each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import duckdb

SEED = 20_250_101
YEAR_MINUTES = 365 * 24 * 60
START = "timestamp '2025-01-01'"
SPINE = "spine"

EVENT_COLUMNS = (
    ("event_id", "bigint"),
    ("customer", "bigint"),
    ("happened_at", "timestamp"),
    ("clicks", "bigint"),
    ("amount", "decimal(12, 2)"),
    ("score", "double"),
    ("category", "varchar"),
)
SPINE_COLUMNS = (("row_id", "bigint"), ("customer", "bigint"), ("asked_at", "timestamp"))


@dataclass(frozen=True, slots=True)
class Shape:
    """`tables` tables of `rows` events of `keys` customers in one year, and `asks` rows of a spine."""

    name: str
    rows: int
    keys: int
    asks: int
    tables: int = 1
    spread: Literal["even", "zipf"] = "even"

    def scaled(self, scale: float) -> Shape:
        """Fewer customers with as many rows each: what decides the race is rows in a window, not rows."""
        rows, keys, asks = (max(2, round(count * scale)) for count in (self.rows, self.keys, self.asks))
        return Shape(self.name, rows, keys, asks, self.tables, self.spread)

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(f"events_{number}" for number in range(self.tables))


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("dense", 5_000_000, 2_000, 500_000),
        Shape("sparse", 5_000_000, 100_000, 500_000),
        Shape("skewed", 5_000_000, 20_000, 500_000, spread="zipf"),
        Shape("wide", 500_000, 5_000, 100_000, tables=10),
    )
}


def load(connection: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create the shape's tables."""
    for number, table in enumerate(shape.events):
        connection.execute(f"create or replace table {table} as {_events(shape, number)}")
    connection.execute(f"create or replace table {SPINE} as {_spine(shape)}")


def _events(shape: Shape, number: int) -> str:
    """In the order of their times, as events arrive. Times are whole minutes, so some are shared; one value in a hundred is NULL;
    a few scores are a million million times the others: a plan that subtracts running totals of DOUBLE fails on them."""
    dice = _Dice(number)
    score = f"{dice.chance()} * case when {dice.chance()} < 0.00001 then 1e12 else 1 end"
    return f"""
        select
            (i * 2654435761) % 4294967296 as event_id,
            {_customer(shape, dice)} as customer,
            {START} + to_minutes(i * {YEAR_MINUTES} // {shape.rows}) as happened_at,
            case when {dice.chance()} >= 0.01 then cast(floor(100 * {dice.chance()}) as bigint) end as clicks,
            case when {dice.chance()} >= 0.01 then cast(1000 * {dice.chance()} as decimal(12, 2)) end as amount,
            case when {dice.chance()} >= 0.01 then {score} end as score,
            'category ' || cast(floor(50 * {dice.chance()}) as bigint) as category
        from range({shape.rows}) as numbers(i)"""


def _spine(shape: Shape) -> str:
    """Some customers have no events. Where keys are skewed, half of the spine asks for all alike, half for who has most rows."""
    dice = _Dice(63)
    customer = f"cast(1 + floor({dice.chance()} * {shape.keys * 1.01}) as bigint)"
    if shape.spread == "zipf":
        customer = f"case when i % 2 = 0 then {customer} else {_customer(shape, dice)} end"
    asked_at = f"{START} + to_minutes(cast(floor({dice.chance()} * {YEAR_MINUTES}) as bigint))"
    return f"select i as row_id, {customer} as customer, {asked_at} as asked_at from range({shape.asks}) as numbers(i)"


def _customer(shape: Shape, dice: _Dice) -> str:
    if shape.spread == "zipf":
        return f"cast(floor(exp({dice.chance()} * ln({shape.keys} + 1))) as bigint)"
    return f"cast(1 + floor({dice.chance()} * {shape.keys}) as bigint)"


class _Dice:
    """SQL for numbers in [0, 1) that look random, one series a call, from the row number `i` alone.

    The row number and the series are mixed before they are hashed: `hash(i, series)` gives series that resemble each other.
    """

    def __init__(self, number: int) -> None:
        self._series = SEED + number * 64

    def chance(self) -> str:
        self._series += 1
        return f"(hash(i * 4096 + {self._series % 4096}) % 4294967296 / 4294967296.0::double)"
