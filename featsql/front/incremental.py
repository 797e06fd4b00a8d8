"""The header keys of incremental models."""

from __future__ import annotations

from typing import Literal, cast

from featsql.base.diagnostics import Diagnostic
from featsql.front.durations import read_duration, read_length
from featsql.front.keys import Keys
from featsql.front.yamlsubset import YamlScalar
from featsql.ir.header import Incremental, Intervals

_STRATEGIES = ("append", "delete+insert", "merge")
_MOST_INTERVALS = 10_000


def read_incremental(keys: Keys) -> Incremental:
    """How a model's table takes in rows. FS105 and FS106 for keys that do not go together."""
    unique_key = keys.names("unique_key")
    intervals = _intervals(keys)
    chosen = keys.choice("strategy", _STRATEGIES)
    default = "delete+insert" if intervals else "merge" if unique_key else "append"
    strategy = chosen.text if chosen else default
    if chosen and strategy == "merge" and not unique_key:
        keys.found.append(Diagnostic("FS105", "`strategy: merge` needs `unique_key`", chosen.span))
    if chosen and strategy == "delete+insert" and not unique_key and not intervals:
        message = "`strategy: delete+insert` needs `unique_key`, or `timestamp` and `interval`"
        keys.found.append(Diagnostic("FS105", message, chosen.span))
    if chosen and strategy == "append" and (unique_key or intervals):
        hints = (f"leave `strategy` out: then it is `{default}`",)
        keys.found.append(
            Diagnostic(
                "FS106", "`strategy: append` replaces no rows: it has no use for keys or intervals", chosen.span, hints=hints
            )
        )
    policy = keys.choice("on_schema_change", ("fail", "append", "sync"))
    return Incremental(
        cast(Literal["append", "delete+insert", "merge"], strategy),
        unique_key,
        intervals,
        cast(Literal["fail", "append", "sync"], policy.text) if policy else "fail",
    )


def _intervals(keys: Keys) -> Intervals | None:
    timestamp, interval, lookback = keys.name("timestamp"), keys.value("interval"), keys.entry("lookback")
    length = read_length(interval, "`interval`", keys.found) if interval else None
    if interval and not timestamp:
        keys.found.append(Diagnostic("FS105", "`interval` needs `timestamp`, the time column of the rows", interval.span))
    if timestamp and not interval:
        keys.found.append(
            Diagnostic("FS105", "`timestamp` of an incremental model needs `interval`, such as `1d`", timestamp.span)
        )
    if lookback and not interval:
        keys.found.append(Diagnostic("FS105", "`lookback` needs `interval`", lookback.key.span))
    if timestamp is None or length is None:
        return None
    return Intervals(timestamp, length, _lookback(keys, length))


def _lookback(keys: Keys, length_us: int) -> int:
    """A number of intervals, as dbt has it, or a duration."""
    node = keys.value("lookback")
    if node is None:
        return 0
    if isinstance(node, YamlScalar) and isinstance(node.value, int):
        return (keys.whole("lookback", 0, _MOST_INTERVALS) or 0) * length_us
    return read_duration(node, "`lookback`", keys.found) or 0
