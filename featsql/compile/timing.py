"""Seconds by stage: told to whoever asks, and deciding nothing."""

from __future__ import annotations

from time import perf_counter

Timings = dict[str, float]
"""Seconds by stage, in the order in which stages ran."""


class Clock:
    def __init__(self, timings: Timings | None) -> None:
        self.timings = timings
        self.at = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        if self.timings is not None:
            self.timings[stage] = self.timings.get(stage, 0.0) + now - self.at
        self.at = now
