"""`distribution`: the share of NULLs, the mean, and how far all values have moved since the test passed last."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, log
from typing import Any, Final

from featsql.base.sqltypes import is_decimal, is_float, is_integer
from featsql.datatests.base import Argument, Check, Finding, Kind, Subject

_PERCENTS: Final = tuple(range(101))
_LEAST_SHARE: Final = 1e-4
"""Of an empty bin: PSI takes logarithms."""


def _check(subject: Subject, number: int) -> Check:
    column, is_numeric = f"tested.{subject.column}", is_number(subject.column_type)
    measures = [subject.rows(), f"count({subject.kept(column)})"]
    if is_numeric:
        value = f"cast({column} as double)"
        # NaN is the greatest number, so that it is out with the infinite ones
        finite = (f"abs({value}) < cast('inf' as double)",) if is_float(subject.column_type or "") else ()
        known = subject.kept(value, *finite)
        measures += [f"avg({known})", *_percentiles(subject, known)]

    def judge(measured: tuple[Any, ...]) -> Finding:
        rows, known = int(measured[0]), int(measured[1])
        now: dict[str, Any] = {"rows": rows, "nulls": (rows - known) / rows if rows else 0.0}
        if is_numeric and known:
            found = measured[3] if subject.dialect.name == "duckdb" else measured[3:]
            now |= {"mean": measured[2], "percentiles": [float(p) for p in found or () if p is not None]}
        before = subject.baseline or {}
        wrong = [*_out_of_bounds(subject, now), *_moved(subject, now, before)]
        return Finding(len(wrong), "; ".join(wrong), remember=now)

    return Check(tuple(measures), judge)


def _percentiles(subject: Subject, known: str) -> list[str]:
    """All percentiles of the values that are known: one measure where they can be had together.

    Elsewhere each is a measure, and may be a sort: there the test has to ask for them, by `max_psi`.
    """
    points = [str(percent / 100) for percent in _PERCENTS]
    if subject.dialect.name == "duckdb":
        return [f"quantile_disc({known}, [{', '.join(points)}])"]
    if subject.argument("max_psi") is None:
        return []
    # https://docs.snowflake.com/en/sql-reference/functions/percentile_disc: a value of the column, as DuckDB's
    return [f"percentile_disc({point}) within group (order by {known})" for point in points]


def is_number(type_name: str | None) -> bool:
    return type_name is not None and (is_integer(type_name) or is_float(type_name) or is_decimal(type_name))


def _out_of_bounds(subject: Subject, now: Mapping[str, Any]) -> list[str]:
    most_null, mean = subject.argument("max_null_share"), now.get("mean")
    low, high = subject.argument("min_mean"), subject.argument("max_mean")
    wrong = []
    if most_null is not None and now["nulls"] > most_null:
        wrong.append(f"{now['nulls']:.1%} are NULL, and at most {most_null:.1%} may be")
    if mean is not None and low is not None and mean < low:
        wrong.append(f"the mean is {mean:.6g}, and at least {low:g} is wanted")
    if mean is not None and high is not None and mean > high:
        wrong.append(f"the mean is {mean:.6g}, and at most {high:g} is wanted")
    return wrong


def _moved(subject: Subject, now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """What has moved too far since the last time; nothing where there is no last time."""
    null_change, mean_change, most_psi = (subject.argument(a) for a in ("max_null_change", "max_mean_change", "max_psi"))
    wrong = []
    if before and null_change is not None and abs(now["nulls"] - before["nulls"]) > null_change:
        wrong.append(f"{now['nulls']:.1%} are NULL, and {before['nulls']:.1%} were")
    was, is_now = before.get("mean"), now.get("mean")
    if mean_change is not None and was is not None and is_now is not None and abs(is_now - was) > mean_change * abs(was):
        wrong.append(f"the mean is {is_now:.6g}, and was {was:.6g}")
    if most_psi is not None and before.get("percentiles") and now.get("percentiles"):
        found = psi(before["percentiles"], now["percentiles"])
        if found > most_psi:
            wrong.append(f"the values have moved: PSI {found:.3f}, and at most {most_psi:g} is wanted")
    return wrong


def psi(before: Sequence[float], now: Sequence[float]) -> float:
    """The population stability index over the bins between the deciles of `before`; both are percentiles, from 0 to 100.

    >>> psi(range(101), range(101))
    0.0
    >>> round(psi(range(101), [50 + p / 2 for p in range(101)]), 1)
    3.8
    """
    edges = sorted({before[percent] for percent in range(10, 100, 10)})
    return sum((q - p) * log(q / p) for p, q in zip(_shares(before, edges), _shares(now, edges), strict=True))


def _shares(percentiles: Sequence[float], edges: Sequence[float]) -> list[float]:
    """How much lies up to each edge and beyond the one before, and beyond the last: to a percent."""
    up_to = [0.0, *((bisect_right(percentiles, edge) - 1) / 100 for edge in edges), 1.0]
    return [max(high - max(low, 0.0), _LEAST_SHARE) for low, high in pairwise(up_to) if isfinite(high)]


DISTRIBUTION = Kind(
    "distribution",
    "the share of NULLs and the mean are within bounds, and values have not moved since this test passed last",
    "column",
    _check,
    (
        Argument("max_null_share", "number", "the greatest share of NULLs, such as `0.05`"),
        Argument("min_mean", "number", "the least mean"),
        Argument("max_mean", "number", "the greatest mean"),
        Argument("max_null_change", "number", "how far the share of NULLs may move"),
        Argument("max_mean_change", "number", "how far the mean may move, as a share of what it was"),
        Argument("max_psi", "number", "the greatest PSI over ten bins; 0.1 is little, 0.25 is much"),
    ),
)
