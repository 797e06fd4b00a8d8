"""Time is a line without marks: shifted, scaled or typed otherwise, the same rows have the same features (R11, R28)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.oracle.cases import NANOSECONDS, TIMESTAMP, TIMESTAMPTZ
from tests.oracle.lattice import DAY_US
from tests.oracle.reference import Range

from .lab import assert_same, scenes
from .scene import Scene, is_timeless


def markless(scene: Scene) -> Scene:
    """The scene without features that read the calendar or hand out times."""
    return scene.keeping(lambda sql: is_timeless(sql) and "over unit" not in sql)


def retimed(scene: Scene, change: Callable[[int], int]) -> Scene:
    def changed(time: int | None) -> int | None:
        return None if time is None else change(time)

    events = tuple(e._replace(at=changed(e.at), loaded=changed(e.loaded)) for e in scene.events)
    return replace(scene, events=events).asking(ask._replace(t=changed(ask.t)) for ask in scene.spine)


@pytest.mark.parametrize("delta_us", [1, 3_600_000_000, 400 * DAY_US, -60 * 365 * DAY_US])
def test_shifted_times(delta_us: int) -> None:
    """all times + delta -> the same f: a microsecond, an hour, 400 days, 60 years back (before 1970)"""
    shifted = [(scene, retimed(scene, lambda t: t + delta_us)) for scene in map(markless, scenes(f"shift {delta_us}"))]
    assert_same(shifted)


def test_scaled_times() -> None:
    """all times, windows, ttl and delay, each times 3 -> the same f"""
    pairs = []
    for scene in map(markless, scenes("scale")):
        windows = tuple(
            (name, Range(w.length_us * 3, w.offset_us * 3) if isinstance(w, Range) else w) for name, w in scene.windows
        )
        ttl_us = None if scene.ttl_us is None else scene.ttl_us * 3
        scaled = replace(scene, windows=windows, ttl_us=ttl_us, delay_us=scene.delay_us * 3)
        pairs.append((scene, retimed(scaled, lambda t: t * 3)))
    assert_same(pairs)


def test_types_of_time() -> None:
    """times as TIMESTAMP = as TIMESTAMP WITH TIME ZONE = as TIMESTAMP_NS with something below the microsecond"""
    pairs = []
    for scene in scenes("types"):
        scene = scene.keeping(is_timeless)
        kinds = [replace(scene, time_type=kind) for kind in (TIMESTAMP, TIMESTAMPTZ, NANOSECONDS[0])]
        pairs += [(kinds[0], kind) for kind in kinds[1:]]
    assert_same(pairs)
