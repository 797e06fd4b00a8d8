"""A race as a table: seconds, how many times the automatic plan's, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.benchmarks.strategies.race import Entry
from tests.benchmarks.strategies.workloads import BEST_BY_HAND, BEST_PINNED, Target, Workload

AUTOMATIC: Final = "automatic"


def report(shape: str, workload: Workload, entries: list[Entry], note: str) -> Iterator[str]:
    automatic = next(entry for entry in entries if entry.kind == AUTOMATIC)
    yield f"{shape}, {workload.name}: {workload.says}"
    width = max(len(entry.name) for entry in entries)
    yield f"  {'':11}{'':{width}}   seconds   / automatic"
    for entry in sorted(entries, key=lambda e: e.median or e.over_limit or float("inf")):
        yield f"  {entry.kind:11}{entry.name:{width}}{_seconds(entry):>10}{_times(entry, automatic):>12}{_complaint(entry)}"
    yield f"  {note}"
    for target in workload.targets:
        if not target.shapes or shape in target.shapes:
            yield from _judged(target, automatic, entries)
    yield ""


def _judged(target: Target, automatic: Entry, entries: list[Entry]) -> Iterator[str]:
    rivals = [entry for entry in entries if _meant(target, entry) and not entry.wrong and (entry.seconds or entry.over_limit)]
    if not rivals:
        return
    best = min(rivals, key=lambda entry: entry.median or entry.over_limit or float("inf"))
    words = f"  automatic / {target.against}"
    named = f" ({best.name})" if best.name != target.against else ""
    bound = f"target {_ratio(target.ratio)}"
    if automatic.median is None:
        yield f"{words}{named}: {bound}: missed, the automatic plan has no time"
        return
    ratio = automatic.median / (best.median or best.over_limit or float("inf"))
    sign = "" if best.median is not None else "< "
    yield f"{words}{named}: {sign}{_ratio(ratio)}, {bound}: {'met' if ratio <= target.ratio else 'missed'}"


def _meant(target: Target, entry: Entry) -> bool:
    match target.against:
        case str() as against if against == BEST_BY_HAND:
            return entry.kind == "by hand"
        case str() as against if against == BEST_PINNED:
            return bool(entry.strategies)
        case against:
            return entry.name == against


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio >= 0.5 else f"1/{1 / ratio:.3g}"


def _seconds(entry: Entry) -> str:
    if entry.median is not None:
        return f"{entry.median:.3f}"
    return f"> {entry.over_limit:g}" if entry.over_limit else "-"


def _times(entry: Entry, automatic: Entry) -> str:
    spent = entry.median or entry.over_limit
    if spent is None or automatic.median is None or entry.wrong:
        return ""
    return f"{'> ' if entry.median is None else ''}{spent / automatic.median:.2f} x"


def _complaint(entry: Entry) -> str:
    return f"  WRONG: {entry.wrong}" if entry.wrong else ""
