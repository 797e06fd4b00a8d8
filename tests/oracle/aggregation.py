"""Aggregates over lists of Python values, as SQL defines them, with exact arithmetic underneath.

Nothing here knows of rows, windows or time. Sums are computed in `int`, `Decimal` or `Fraction`; what leaves as a
DOUBLE says how far another correct evaluation may be from it (`Approximate`), and arithmetic carries that along.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

EPSILON = 2.0**-52
BIGINT_MAX = 2**63 - 1
BIGINT_MIN = -(2**63)

Value = Any  # None, bool, int (integers, and times as microseconds), float, Decimal, str, list, or a class below


@dataclass(frozen=True, slots=True)
class Approximate:
    """A number and the distance at which another correct evaluation of it may lie (R27)."""

    value: float | Decimal
    error: float | Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number of distinct values, where an engine may answer with a sketch.

    Sketches of a few dozen values measured within 1 or 10 % of the truth; twice that is accepted.
    """

    exact: int

    def accepts(self, count: int) -> bool:
        return abs(count - self.exact) <= max(1, math.ceil(self.exact / 5))


def is_nan(value: Value) -> bool:
    return isinstance(value, float) and math.isnan(value)


def bare(value: Value) -> Value:
    """The value without its tolerance."""
    match value:
        case Approximate():
            return value.value
        case Estimate():
            return value.exact
    return value


def rank(value: Value) -> tuple[int, Value]:
    """Sort key of one value: NULL first, then the type's own order, NaN last and equal to itself."""
    value = bare(value)
    if value is None:
        return (0, 0)
    if is_nan(value):
        return (2, 0)
    return (1, value)


def aggregate(function: str, inputs: Sequence[tuple[Value, ...]], distinct: bool = False, fraction: float = 0.5) -> Value:
    """The aggregate over one tuple of arguments a row, rows in the order R14, already filtered (R13).

    Zero rows give NULL, except for `count`, which gives 0.
    """
    if function == "count":
        return _count(inputs, distinct)
    if not inputs:
        return None
    if function in ORDERED:
        return ORDERED[function](inputs)
    values = [arguments[0] for arguments in inputs if arguments[0] is not None]
    if distinct:
        values = _unique(values)
    if function == "approx_count_distinct":
        return Estimate(len(_unique(values)))
    if not values:
        return None
    if function in ("median", "quantile_cont"):
        return _quantile(values, fraction if function == "quantile_cont" else 0.5)
    return UNORDERED[function](values)


def _count(inputs: Sequence[tuple[Value, ...]], distinct: bool) -> int:
    values = [arguments for arguments in inputs if all(argument is not None for argument in arguments)]
    return len({tuple(map(rank, arguments)) for arguments in values}) if distinct else len(values)


def _unique(values: Sequence[Value]) -> list[Value]:
    return list({rank(value): value for value in values}.values())


# --- aggregates that see the order of the rows, and NULLs


def _arg_max(inputs: Sequence[tuple[Value, ...]]) -> Value:
    best = None
    for x, y in inputs:
        if y is not None and (best is None or rank(y) >= rank(best[1])):
            best = (x, y)
    return None if best is None else best[0]


def _arg_min(inputs: Sequence[tuple[Value, ...]]) -> Value:
    best = None
    for x, y in inputs:
        if y is not None and (best is None or rank(y) <= rank(best[1])):
            best = (x, y)
    return None if best is None else best[0]


ORDERED: dict[str, Callable[[Sequence[tuple[Value, ...]]], Value]] = {
    "first": lambda inputs: inputs[0][0],
    "last": lambda inputs: inputs[-1][0],
    "array_agg": lambda inputs: [arguments[0] for arguments in inputs],
    "arg_max": _arg_max,
    "arg_min": _arg_min,
}


# --- aggregates over the values that are not NULL


def _mode(values: Sequence[Value]) -> Value:
    counts: dict[tuple[int, Value], int] = {}
    for value in values:
        counts[rank(value)] = counts.get(rank(value), 0) + 1
    most = max(counts.values())
    return min((value for value in values if counts[rank(value)] == most), key=rank)


def _sum(values: Sequence[Value]) -> Value:
    if isinstance(values[0], Decimal):
        with localcontext() as context:
            context.prec = 100
            return sum(values, Decimal(0))
    if not isinstance(values[0], float):
        total = sum(values)
        if not BIGINT_MIN <= total <= BIGINT_MAX:
            raise OverflowError(f"{total} is no BIGINT")
        return total
    special = _special_sum(values)
    if special is not None:
        return Approximate(special, 0.0)
    return Approximate(float(sum(map(Fraction, values))), _sum_error(values))


def _special_sum(values: Sequence[Value]) -> float | None:
    """What NaN and infinities among floats add up to; None when there are none of them."""
    special = [value for value in values if isinstance(value, float) and not math.isfinite(value)]
    return sum(special) if special else None


def _sum_error(values: Sequence[Value]) -> float:
    """The bound of R27: `4 * n * eps * sum(|x|)`."""
    return float(4 * len(values) * Fraction(EPSILON) * sum(abs(Fraction(value)) for value in values))


def _avg(values: Sequence[Value]) -> Value:
    special = _special_sum(values)
    if special is not None:
        return Approximate(special, 0.0)
    mean = sum(map(Fraction, values)) / len(values)
    return Approximate(float(mean), _sum_error(values) / len(values))


def _variance(values: Sequence[Value], lost_degrees: int) -> Value:
    """Variance over the DOUBLEs nearest to the values.

    The error is the one of a stable one-pass algorithm, `n * eps * sqrt(var * (var + mean^2))`, times 4, and the square
    of the mean's own rounding, which is what is left where the variance is 0.
    """
    count = len(values)
    if count <= lost_degrees:
        return None
    if count == 1:
        return Approximate(0.0, 0.0)  # one value does not vary, whatever it is
    if _special_sum([float(value) for value in values]) is not None:
        return Approximate(math.nan, 0.0)
    numbers = [Fraction(float(value)) for value in values]
    mean = sum(numbers) / count
    variance = sum((number - mean) ** 2 for number in numbers) / (count - lost_degrees)
    spread, centre = float(variance), abs(float(mean))
    error = 4 * count * EPSILON * math.sqrt(spread * (spread + centre**2)) + (4 * count * EPSILON * centre) ** 2
    return Approximate(spread, error)


def _stddev(values: Sequence[Value], lost_degrees: int) -> Value:
    variance = _variance(values, lost_degrees)
    if variance is None or math.isnan(variance.value):
        return variance
    root = math.sqrt(variance.value)
    above = math.sqrt(variance.value + variance.error) - root
    below = root - math.sqrt(max(variance.value - variance.error, 0.0))
    return Approximate(root, max(above, below) + EPSILON * root)


def _quantile(values: Sequence[Value], fraction: float) -> Value:
    """Linear interpolation between the two values around `fraction * (n - 1)`, NaN being the greatest.

    A DECIMAL answer has its argument's scale: any of the two neighbours of the exact value is right.
    """
    ordered = sorted(values, key=rank)
    position = fraction * (len(ordered) - 1)
    low, high = ordered[math.floor(position)], ordered[math.ceil(position)]
    share = position - math.floor(position)
    if isinstance(low, Decimal):
        exact = low + (high - low) * Decimal(share)
        return Approximate(exact, Decimal(1).scaleb(int(low.as_tuple().exponent)))
    low, high = float(low), float(high)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Approximate(low if share == 0 or low == high else low + high, 0.0)
    between = float(Fraction(low) + (Fraction(high) - Fraction(low)) * Fraction(share))
    return Approximate(between, 4 * EPSILON * max(abs(low), abs(high)))


UNORDERED: dict[str, Callable[[Sequence[Value]], Value]] = {
    "sum": _sum,
    "avg": _avg,
    "min": lambda values: min(values, key=rank),
    "max": lambda values: max(values, key=rank),
    "mode": _mode,
    "bool_and": lambda values: all(values),
    "bool_or": lambda values: any(values),
    "var_samp": lambda values: _variance(values, 1),
    "var_pop": lambda values: _variance(values, 0),
    "stddev_samp": lambda values: _stddev(values, 1),
    "stddev_pop": lambda values: _stddev(values, 0),
}


# --- arithmetic that carries the tolerance along


def add(left: Value, right: Value) -> Value:
    return _arithmetic(left, right, lambda a, b: a + b, lambda _a, _b, da, db: da + db)


def subtract(left: Value, right: Value) -> Value:
    return _arithmetic(left, right, lambda a, b: a - b, lambda _a, _b, da, db: da + db)


def multiply(left: Value, right: Value) -> Value:
    return _arithmetic(left, right, lambda a, b: a * b, lambda a, b, da, db: abs(a) * db + abs(b) * da)


def divide(left: Value, right: Value) -> Value:
    """DuckDB's `/`: always a DOUBLE, by IEEE 754 also where the divisor is 0."""
    if left is None or right is None:
        return None
    left, right = _double(left), _double(right)
    return _arithmetic(left, right, _ieee_quotient, lambda a, b, da, db: (da + abs(a / b) * db) / abs(b) if b else 0.0)


def _double(value: Value) -> Approximate:
    if isinstance(value, Approximate):
        return value
    number = bare(value)
    return Approximate(float(number), 0.0 if isinstance(number, float) else EPSILON * abs(float(number)))


def _ieee_quotient(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    return math.nan if dividend == 0 or math.isnan(dividend) else math.copysign(math.inf, dividend)


def _arithmetic(
    left: Value,
    right: Value,
    operate: Callable[[Any, Any], Any],
    spread: Callable[[float, float, float, float], float],
) -> Value:
    if left is None or right is None:
        return None
    if not isinstance(left, float | Approximate) and not isinstance(right, float | Approximate):
        return operate(bare(left), bare(right))
    a, b = _double(left), _double(right)
    result = operate(a.value, b.value)
    if not math.isfinite(result):
        return Approximate(result, 0.0)
    error = spread(float(a.value), float(b.value), float(a.error), float(b.error))
    return Approximate(result, error + EPSILON * abs(result))
