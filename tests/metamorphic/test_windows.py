"""Where windows begin and end, and how windows of different lengths hang together (R7 to R13, R16)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.oracle.dice import Dice
from tests.oracle.lattice import DAY_US, LENGTHS_US
from tests.oracle.reference import Latest, Range, Window

from .lab import EVERY_STRATEGY, TARGET, Features, assert_related, assert_same, assert_target_same, run, scenes
from .scene import TOTALS, Ask, Scene, draw_contents, in_windows_by_time, is_timeless, is_windowed
from .test_visibility import some_event

PARTS = ("count(*)", "sum(amount)", "sum(price)", "min(amount)", "max(price)", "max(status)")


def length_of(scene: Scene, name: str) -> int:
    window = dict(scene.windows)[name]
    assert isinstance(window, Range)
    return window.length_us


def reach(scene: Scene) -> int:
    """How far back the windows by time of a scene look, and its ttl."""
    found = [window.length_us + window.offset_us for _, window in scene.used_windows if isinstance(window, Range)]
    return max([*found, scene.ttl_us or 0])


def by_time(scene: Scene) -> Scene:
    return scene.keeping(lambda sql: is_windowed(sql) and in_windows_by_time(sql))


def test_events_before_a_window_change_nothing() -> None:
    """f(E + rows older than the start of every window, by one microsecond or more) = f(E), of windows by time"""
    pairs = []
    for scene in map(by_time, scenes("old events")):
        first = min((ask.t for ask in scene.spine if ask.t is not None), default=0)
        oldest = scene.first_inside(first, reach(scene)) - 1
        like = some_event(scene)
        added = [like._replace(key=key, at=oldest - back, loaded=oldest) for key in scene.entities for back in (0, 1, 10**12)]
        pairs.append((scene, scene.plus(added)))
    assert_same(pairs)


@pytest.mark.parametrize("name", ["near", "far"])
def test_an_event_enters_at_the_first_instant_of_a_window(name: str) -> None:
    """count(f(E + a row at the window's first instant)) = count(f(E)) + 1; a microsecond earlier: + 0"""
    inside, outside = [], []
    for scene in scenes(f"edge of {name}", lambda scene: scene.delay_us < length_of(scene, name) - 1):
        scene = scene.computing(("n", f"count(*) over {name}"), ("total", f"sum(amount) over {name}"))
        (key, t), like = scene.spine[TARGET][1:], some_event(scene).with_value("amount", 0)
        assert t is not None
        first = scene.first_inside(t, length_of(scene, name))
        if first + scene.delay_us >= scene.first_unseen(t):
            continue  # nothing is in a window of a microsecond that has neither of its ends
        added = like._replace(key=key, at=first, loaded=first)
        inside.append((scene, scene.plus([added])))
        outside.append((scene, scene.plus([added._replace(at=first - 1)])))

    def one_more(before: Features) -> Features:
        return {"n": before["n"] + 1, "total": before["total"] or 0}

    assert_related(inside, lambda left, right: [(one_more(left[TARGET]), right[TARGET])])
    assert_target_same(outside)


def test_adjacent_windows_add_up() -> None:
    """agg over 2W = the merge of agg over W and agg over (W, offset W): count, sum, min, max"""

    def doubled(scene: Scene) -> Scene:
        length_us = length_of(scene, "near")
        windows: tuple[tuple[str, Window], ...] = (
            *(("near", Range(length_us)), ("far", Range(2 * length_us))),
            ("back", Range(length_us, length_us)),
        )
        features = [(f"{part}{n}", f"{agg} over {part}") for n, agg in enumerate(PARTS) for part in ("near", "back", "far")]
        return replace(scene, windows=windows).computing(*features)

    def merged(found: Features) -> Features:
        both = [[v for v in (found[f"near{n}"], found[f"back{n}"]) if v is not None] for n in range(len(PARTS))]
        fold = (sum, sum, sum, min, max, max)
        return {f"far{n}": fold[n](values) if values else None for n, values in enumerate(both)}

    # with both ends, or neither, the instant between the two halves is in both, or in none
    pairs = [(doubled(scene), doubled(scene)) for scene in scenes("adjacent", lambda scene: scene.closed in ("left", "right"))]
    whole = [f"far{n}" for n in range(len(PARTS))]
    assert_related(pairs, lambda left, right: [(merged(left[n]), {name: right[n][name] for name in whole}) for n in left])


def test_an_offset_is_an_earlier_ask() -> None:
    """f with offset d at t = f without it at t - d, where rows are known when they happen"""
    pairs = []
    for scene in scenes("offset", lambda scene: not scene.is_late and not scene.delay_us):
        back = dict(scene.windows).get("back")
        features = [(f"f{n}", pattern.replace("W", "back")) for n, pattern in enumerate((*TOTALS, "last(amount) over back"))]
        back = Range(LENGTHS_US["human"][1], LENGTHS_US["human"][2]) if not isinstance(back, Range) else back
        shifted = replace(scene, windows=(("back", back),)).computing(*features)
        plain = replace(scene, windows=(("back", Range(back.length_us)),)).computing(*features)
        earlier = [ask._replace(t=None if ask.t is None else ask.t - back.offset_us) for ask in scene.spine]
        pairs.append((shifted, plain.asking(earlier)))
    assert_same(pairs)


def test_windows_grow() -> None:
    """W <= W' -> count(W) <= count(W'), max(W) <= max(W'), min(W) >= min(W'), and whatever is in W is in W'"""
    grown = []
    for scene in scenes("growing"):
        lengths = sorted(Dice(repr(scene.spine)).pick(*LENGTHS_US.values()))
        windows = tuple((name, Range(length)) for name, length in zip(("near", "far", "back"), lengths, strict=False))
        functions = ("count(*)", "max(amount)", "min(amount)")
        features = [(f"{name}_{n}", f"{function} over {name}") for name, _ in windows for n, function in enumerate(functions)]
        grown.append(replace(scene, windows=windows).computing(*features))
    for scene, answers in zip(grown, run(grown), strict=True):
        for strategy in EVERY_STRATEGY:
            for found in answers[strategy].values():
                for small, large in pairwise(name for name, _ in scene.windows):
                    assert found[f"{small}_0"] <= found[f"{large}_0"], (strategy, scene)
                    if found[f"{small}_1"] is not None:
                        assert found[f"{small}_1"] <= found[f"{large}_1"], (strategy, scene)
                        assert found[f"{small}_2"] >= found[f"{large}_2"], (strategy, scene)


def test_a_window_that_holds_everything_is_lifetime() -> None:
    """windows of 100 years, and of a million rows = `all`"""
    pairs = []
    for scene in scenes("everything"):
        functions = ("count(*)", "sum(amount)", "sum(price)", "max(status)", "min(price)", "last(amount)", "avg(amount)")
        scene = scene.computing(*((f"f{n}", f"{function} over ever") for n, function in enumerate(functions)))
        wide: tuple[Window, ...] = (Range(36_500 * DAY_US), Latest(1_000_000))
        pairs += [(scene, replace(scene, windows=(("ever", window),))) for window in wide]
    assert_same(pairs)


def test_a_ttl_of_centuries_is_no_ttl() -> None:
    """f with `ttl: 100000d` = f without ttl"""
    pairs = [(replace(scene, ttl_us=None), replace(scene, ttl_us=100_000 * DAY_US)) for scene in scenes("long ttl")]
    assert_same(pairs)


def test_ttl_is_a_window_of_the_latest_row() -> None:
    """a plain column with ttl W is NULL exactly where the latest event time is not within W, and else what it is without"""
    pairs = []
    for scene in scenes("ttl", lambda scene: scene.ttl_us is not None):
        assert scene.ttl_us is not None
        scene = replace(scene, windows=(("near", Range(scene.ttl_us)),))
        mortal = scene.computing(("plain", "amount"), ("there", "true"), ("n", "count(*) over near"))
        pairs.append((mortal, replace(mortal, ttl_us=None)))

    def expected(found: Features) -> Features:
        alive = found["n"] > 0
        return {"plain": found["plain"] if alive else None, "there": alive or None, "n": found["n"]}

    # the latest of the visible rows is within W where any of them is
    assert_related(pairs, lambda left, right: [(left[n], expected(right[n])) for n in left])


@pytest.mark.parametrize(
    ("one", "other"), [(("1d", "7d"), ("24h", "1w")), (("86400s", "10080m"), ("86400000ms", "604800000000us"))]
)
def test_units_are_exact(one: tuple[str, str], other: tuple[str, str]) -> None:
    """1d = 24h = 86400s = 86400000ms, and 7d = 1w = 10080m"""
    pairs = []
    for scene in scenes(f"units {one}"):
        dice = Dice(repr(scene.spine))
        contents = [(key, ask.t, days) for key in scene.entities for ask in scene.spine if ask.t is not None for days in (1, 7)]
        edges = [scene.event(key, t - days * DAY_US + dice.number(-1, 1), some_event(scene)) for key, t, days in contents]
        features = [(f"f{n}", pattern.replace("W", w)) for n, pattern in enumerate(TOTALS) for w in [("near", "far")[n % 2]]]
        scene = scene.plus(edges).computing(*features)
        pairs.append(tuple(replace(scene, windows=(("near", near), ("far", far))) for near, far in (one, other)))
    assert_same(pairs)  # type: ignore[arg-type]


def test_filters_take_a_window_apart() -> None:
    """agg = agg filter (p) + agg filter (not p) + agg filter (p is null), of count and sum"""
    conditions = ("paid", "not paid", "paid is null")
    aggregates = ("count(*)", "sum(amount)", "sum(price)", "count(status)")

    def apart(scene: Scene) -> Scene:
        windows = ("near", "ever", "unit", "recent")
        features = [(f"all{n}", f"{a} over {windows[n]}") for n, a in enumerate(aggregates)]
        features += [
            (f"part{n}_{m}", f"{a} filter (where {condition}) over {windows[n]}")
            for n, a in enumerate(aggregates)
            for m, condition in enumerate(conditions)
        ]
        return scene.computing(*features)

    def added(found: Features) -> Features:
        parts = [[v for m in range(3) if (v := found[f"part{n}_{m}"]) is not None] for n in range(len(aggregates))]
        return {f"all{n}": sum(values) if values else None for n, values in enumerate(parts)}

    whole = [f"all{n}" for n in range(len(aggregates))]
    pairs = [(apart(scene), apart(scene)) for scene in scenes("filters")]
    assert_related(pairs, lambda left, right: [(added(left[n]), {name: right[n][name] for name in whole}) for n in left])


def test_nothing_changes_between_instants_at_which_something_does() -> None:
    """f(t) = f(t') where no row becomes visible, enters or leaves a window, or dies, after t up to t'"""
    pairs = []
    for scene in scenes("between"):
        scene = scene.keeping(lambda sql: is_timeless(sql) and "over unit" not in sql)
        lengths = [w.length_us + w.offset_us for _, w in scene.windows if isinstance(w, Range)]
        lengths += [w.offset_us for _, w in scene.windows if isinstance(w, Range)] + [scene.ttl_us or 0, scene.delay_us, 0]
        times = {time + length for e in scene.events for time in (e.at, e.loaded) if time is not None for length in lengths}
        changes = sorted({instant for time in times for instant in (time, time + 1)})
        keys = Dice(repr(scene.spine)).some(scene.entities, 1, 1)
        spans = [(start, end) for start, end in pairwise(changes) if end - start > 1][:25]
        starts = [Ask(n, key, start) for key in keys for n, (start, _) in enumerate(spans)]
        ends = [Ask(n, key, end - 1) for key in keys for n, (_, end) in enumerate(spans)]
        pairs.append((scene.asking(starts), scene.asking(ends)))
    assert_same(pairs)


def test_contents_matter_to_the_relations() -> None:
    """The relations above are not true of nothing: a row that is seen, changed, changes some feature in every strategy."""
    drawn = scenes("not vacuous", lambda scene: bool(scene.events) and not scene.delay_us, 3)
    seen = []
    for scene in drawn:
        (key, t) = scene.spine[TARGET][1:]
        assert t is not None
        scene = replace(scene, ttl_us=None).computing(("n", "count(*) over ever"), ("s", "sum(price) over ever"), ("p", "true"))
        seen += [scene, scene.plus([scene.event(key, t - 1, some_event(scene)._replace(contents=draw_contents(Dice("x"))))])]
    answers = run(seen)
    for before, after in zip(answers[::2], answers[1::2], strict=True):
        assert all(before[strategy][TARGET] != after[strategy][TARGET] for strategy in EVERY_STRATEGY)
