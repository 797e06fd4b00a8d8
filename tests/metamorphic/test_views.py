"""What stands beside a feature, and how it is spelled, does not matter (R18, R21, R28); nor does where it is asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.oracle.aggregation import Value
from tests.oracle.project import timestamp_text

from .lab import EVERY_STRATEGY, Features, are_equal, assert_related, assert_same, run, run_relations, scenes
from .scene import FAMILIES, NOON_US, TIMED, Ask, Scene


def test_alone_or_together() -> None:
    """a feature that is asked alone = the same feature among all others of its view"""
    pairs = []
    for scene in scenes("alone", lambda scene: len(scene.features) > 2):
        pairs += [(scene, replace(scene, asked=(name,))) for name, _ in scene.features]

    def by_name(left: dict[int, Features], right: dict[int, Features]) -> list[tuple[Features, Features]]:
        return [({name: left[n][name] for name in right[n]}, right[n]) for n in right]

    assert_related(pairs, by_name)


def test_windows_that_nearly_agree_stay_apart() -> None:
    """lengths that SQL intervals take for equal (30d and a month of 30 days, 24h and 1d, a microsecond more), alone = together"""
    texts = (("near", "30d"), ("far", "2592000000001us"), ("back", "{range: 720h, offset: 1us}"))
    calendar = ("unit", "{calendar: month}")
    pairs = []
    for scene in scenes("nearly agree", count=2):
        key, like = scene.spine[0].key, scene.events[0]
        start = scene.latest_ask - 30 * 86_400_000_000
        scene = scene.plus(scene.event(key, start + step, like.with_value("amount", 1)) for step in (-2, -1, 0, 1, 2))
        features = [
            (f"{f}_{w}", f"{f}(amount) over {w}") for w in ("near", "far", "back", "unit") for f in ("count", "sum", "last")
        ]
        scene = replace(scene, windows=(*texts, calendar)).computing(*features)
        pairs += [(scene, replace(scene, asked=(name,))) for name, _ in features[::3]]
    assert_related(pairs, lambda left, right: [({name: left[n][name] for name in right[n]}, right[n]) for n in right])


def test_one_more_feature() -> None:
    """f with another feature at its end = f, and the other"""
    pairs = []
    for scene in scenes("one more"):
        more = [("more_rows", "array_agg(place) over ever"), ("more_plain", "place"), ("more_days", "max(weight) over unit")]
        pairs.append((scene, scene.computing(*scene.features, *more)))

    def first_ones(left: dict[int, Features], right: dict[int, Features]) -> list[tuple[Features, Features]]:
        return [(left[n], {name: right[n][name] for name in left[n]}) for n in left]

    assert_related(pairs, first_ones)


def commented(sql: str) -> str:
    return "-- why\n" + sql.replace("\n    ", "\n\n\t  /* ' ; */ ").replace("select\n", "select -- these:\n") + "\n-- done ;"


def in_capitals(sql: str) -> str:
    """Keywords, functions and columns in capitals; text in quotes, templates and names of results as they were."""
    parts = re.split(r"('[^']*'|\{\{.*?\}\}| as f\d+| over \w+)", sql)
    return "".join(part if place % 2 else part.upper() for place, part in enumerate(parts))


@pytest.mark.parametrize("respelled", [commented, in_capitals])
def test_how_it_is_written(respelled: Callable[[str], str]) -> None:
    """f with comments, blank lines and tabs, or in capitals = f"""
    assert_same((scene, replace(scene, respelled=respelled)) for scene in scenes(respelled.__name__))


def test_other_names() -> None:
    """f with its view, windows and features called otherwise = f, feature by feature"""
    pairs = []
    for scene in scenes("names"):
        features = tuple(
            (f"Renamed_{n}", re.sub(r"over (\w+)", r"over other_\1", sql)) for n, (_, sql) in enumerate(scene.features)
        )
        windows = tuple((f"other_{name}", window) for name, window in scene.windows)
        pairs.append((scene, replace(scene, features=features, windows=windows, view_name="spine_rows_")))
    assert_same(pairs)


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda sql: f"case when true then {sql} end",
        lambda sql: sql.replace("(amount)", "(amount + 0)").replace("(status)", "(status || '')"),
        lambda sql: f"({sql})",
    ],
    ids=["case when true", "arguments as expressions", "parentheses"],
)
def test_equal_expressions(rewritten: Callable[[str], str]) -> None:
    """`case when true then f end` = `(f)` = f, and sum(x + 0) = sum(x)"""
    given = scenes(f"equal {rewritten('x')}")
    assert_same((s, s.computing(*((name, rewritten(sql)) for name, sql in s.features))) for s in given)


# --- the three places


def is_exact(sql: str) -> bool:
    return "stddev" not in sql and sql not in TIMED[1:2]


def test_online_is_a_training_set_of_its_entities() -> None:
    """R24: the online table at T = f of every entity at T, those that are alive"""
    given = []
    for scene in scenes("online"):
        asks = [Ask(n, key, NOON_US) for n, key in enumerate(scene.entities)]
        given.append(replace(scene, time_type="TIMESTAMP").computing(*scene.features, ("alive", "true")).asking(asks))
    online = run_relations(given, "online", as_of=timestamp_text(NOON_US))
    for scene, tables, answers in zip(given, online, run(given), strict=True):
        for strategy in EVERY_STRATEGY:
            found = {row[: len(scene.keys)]: list(row[len(scene.keys) : -2]) for row in tables[strategy].rows}
            expected = {
                ask.key: list(answers[strategy][ask.number].values())
                for ask in scene.spine
                if answers[strategy][ask.number]["alive"]
            }
            assert found.keys() == expected.keys(), (strategy, scene)
            assert all(are_equal(found[key], expected[key]) for key in found), (strategy, scene, found, expected)


def test_history_is_a_training_set_of_first_instants() -> None:
    """R29: the history relation = f asked, for every row, at the first instant that sees it"""
    given = []
    for scene in scenes("history"):
        scene = replace(scene.keeping(is_exact), time_type="TIMESTAMP")
        given.append(scene.asking(_first_instants(scene)))
    for scene, histories, answers in zip(given, run_relations(given, "history"), run(given), strict=True):
        for strategy in EVERY_STRATEGY:
            found = sorted(((row[: len(scene.keys)], row[len(scene.keys) + 1 :]) for row in histories[strategy].rows), key=repr)
            asked = [(ask.key, tuple(answers[strategy][ask.number].values())) for ask in scene.spine]
            assert _are_alike(found, sorted(asked, key=repr)), (strategy, scene, found, asked)


def _first_instants(scene: Scene) -> list[Ask]:
    asks = []
    for n, e in enumerate(scene.events):
        if None in e.key or e.at is None or (scene.is_late and e.loaded is None):
            continue
        known = max(e.at, e.loaded or e.at) if scene.is_late else e.at + scene.delay_us
        asks.append(Ask(n, e.key, known if scene.sees_now else known + 1))
    return asks


def _are_alike(one: list[Value], other: list[Value]) -> bool:
    return repr(one) == repr(other)


def test_every_family_of_features_is_drawn() -> None:
    """The scenes reach every way to tell known time, every `closed`, every number of keys, and every feature."""
    drawn = scenes("reach", count=84)
    assert {scene.closed for scene in drawn} == {"left", "right", "both", "neither"}
    assert {(scene.is_late, scene.delay_us > 0) for scene in drawn} == {(False, False), (True, False), (False, True)}
    assert {len(scene.keys) for scene in drawn} == {0, 1, 2}
    patterns = {re.sub(r"over \w+", "over W", sql) for scene in drawn for _, sql in scene.features}
    assert patterns == {pattern for family in FAMILIES for pattern in family}
