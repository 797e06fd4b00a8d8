"""What cannot be seen changes nothing; what can be seen counts from its first instant on (R2 to R6)."""

from __future__ import annotations

from dataclasses import replace

from tests.oracle.dice import Dice

from .lab import TARGET, Features, assert_related, assert_same, scenes
from .scene import Event, Scene, draw_contents


def some_event(scene: Scene) -> Event:
    """Contents for an event that a relation adds."""
    return Event((), None, None, draw_contents(Dice(repr(scene.spine))))


def test_an_event_in_the_future_changes_nothing() -> None:
    """f(E + rows of which the event time is after every t) = f(E)"""
    pairs = []
    for scene in scenes("future"):
        later = [scene.latest_ask + wait for wait in (1, 1_000_000, 10**15)]
        added = [
            some_event(scene)._replace(key=key, at=at, loaded=scene.latest_ask - 5) for key in scene.entities for at in later
        ]
        pairs.append((scene, scene.plus(added)))
    assert_same(pairs)


def test_an_event_that_becomes_known_later_changes_nothing() -> None:
    """f(E + rows that happened before every t and are known at the first instant that is too late, or never) = f(E)"""
    pairs = []
    for scene in scenes("known later", lambda scene: scene.is_late or scene.delay_us > 0):
        unseen = scene.first_unseen(scene.latest_ask)
        added = [
            scene.event(key, unseen, some_event(scene), at=unseen - 1 - back) for key in scene.entities for back in (0, 10**9)
        ]
        if scene.is_late:
            added += [event._replace(loaded=None) for event in added]
        pairs.append((scene, scene.plus(added)))
    assert_same(pairs)


def test_a_correction_changes_nothing_before_it_is_known() -> None:
    """f(E + every row once more, with other contents, known only after every t) = f(E)"""
    pairs = []
    for scene in scenes("correction", lambda scene: scene.is_late):
        added = [
            e._replace(loaded=scene.first_unseen(scene.latest_ask), contents=some_event(scene).contents) for e in scene.events
        ]
        pairs.append((scene, scene.plus(added)))
    assert_same(pairs)


def test_an_event_that_is_just_visible_counts_once() -> None:
    """count(f(E + a row known at the last instant that t sees)) = count(f(E)) + 1; an instant later: + 0"""
    pairs, late_pairs = [], []
    for scene in scenes("just visible"):
        scene = replace(scene, ttl_us=None).computing(("n", "count(*) over ever"))
        (key, t), like = scene.spine[TARGET][1:], some_event(scene)
        assert t is not None
        unseen = scene.first_unseen(t)
        pairs.append((scene, scene.plus([scene.event(key, unseen - 1, like)])))
        late_pairs.append((scene, scene.plus([scene.event(key, unseen, like)])))
    assert_related(pairs, lambda left, right: [({"n": left[TARGET]["n"] + 1}, right[TARGET])])
    assert_related(late_pairs, lambda left, right: [(left[TARGET], right[TARGET])])


def test_rows_of_others_and_of_nobody_change_nothing() -> None:
    """f(E + rows of another entity, rows with a NULL in the key, rows without an event time) = f(E)"""
    pairs = []
    for scene in scenes("others", lambda scene: len(scene.keys) > 0):
        like = some_event(scene)._replace(at=scene.latest_ask - 1, loaded=scene.latest_ask - 1)
        foreign = [tuple("nobody's" if kind == "VARCHAR" else 987_654_321 for _, kind in scene.keys)]
        nobody = [(*key[:part], None, *key[part + 1 :]) for key in scene.entities for part in range(len(key))]
        added = [like._replace(key=key) for key in (*foreign, *nobody)]
        added += [like._replace(key=key, at=None) for key in scene.entities]
        pairs.append((scene, scene.plus(added)))
    assert_same(pairs)


def test_a_row_of_nulls_counts_as_sql_counts_it() -> None:
    """f(E + the latest row, all NULL): count(x), sum(x), min, max, avg stay; last and plain columns are NULL; count(*) + 1"""
    aggregates = ("count(amount)", "sum(amount)", "min(price)", "max(status)", "avg(amount)", "count(distinct status)")
    kept = [(f"f{n}", f"{aggregate} over ever") for n, aggregate in enumerate(aggregates)]
    changed = [("n", "count(*) over ever"), ("latest", "last(amount) over ever"), ("plain", "status")]
    pairs = []
    for scene in scenes("nulls"):
        (key, t), nothing = scene.spine[TARGET][1:], some_event(scene)
        assert t is not None
        added = scene.event(key, scene.first_unseen(t) - 1, nothing._replace(contents=(None,) * len(nothing.contents)))
        assert added.at is not None
        earlier = tuple(e for e in scene.events if e.at is None or e.at < added.at)
        scene = replace(scene, ttl_us=None, events=earlier).computing(*kept, *changed)
        pairs.append((scene, scene.plus([added])))

    def expected(before: Features) -> Features:
        return before | {"n": before["n"] + 1, "latest": None, "plain": None}

    assert_related(pairs, lambda left, right: [(expected(left[TARGET]), right[TARGET])])


def test_every_event_twice() -> None:
    """f(E + E): counts and sums are twice as much, everything that does not count is the same"""
    doubled = ("count(*)", "count(amount)", "sum(amount)", "sum(price)", "count(*) filter (where paid)")
    steady = (
        "min(amount)",
        "max(status)",
        "avg(amount)",
        "last(status)",
        "first(amount)",
        "count(distinct status)",
        "mode(status)",
    )
    pairs = []
    for scene in scenes("twice"):
        windows = ("near", "far", "back", "ever", "unit")
        patterns = [*(("d", a) for a in doubled), *(("s", a) for a in steady)]
        named = [(f"{mark}{n}", f"{a} over {windows[n % 5]}") for n, (mark, a) in enumerate(patterns)]
        scene = scene.computing(*named, ("s_plain", "amount"))
        pairs.append((scene, scene.plus(scene.events)))

    def expected(before: Features) -> Features:
        return {name: value * 2 if name[0] == "d" and value is not None else value for name, value in before.items()}

    assert_related(pairs, lambda left, right: [(expected(left[n]), right[n]) for n in left])
