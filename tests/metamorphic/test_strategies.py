"""One strategy against another: the same f, whatever computes it, above all where there is much to compute."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from featsql import Project
from featsql.plan.strategies import STRATEGIES
from tests.oracle.dice import Dice

from .lab import EVERY_STRATEGY, USUAL, Answers, are_equal, computing_strategies, lay_out, run, scenes
from .scene import FAMILIES, WINDOWS_BY_TIME, Scene, crowded

EVERYTHING = FAMILIES[1]


@pytest.mark.parametrize("windows", [WINDOWS_BY_TIME, ("ever", "recent", "unit")], ids=["by time", "others"])
def test_strategies_agree_in_a_crowd(windows: tuple[str, ...]) -> None:
    """f by one strategy = f by any other, over hundreds of rows an entity, for a dozen of all features there are"""

    def busy(scene: Scene) -> Scene:
        dice = Dice(f"{windows} {scene.spine!r}")
        features = [
            (f"f{n}", pattern.replace("W", dice.pick(*windows))) for n, pattern in enumerate(dice.some(EVERYTHING, 12, 12))
        ]
        return crowded(scene).computing(*features)

    assert_agreement([busy(scene) for scene in scenes(f"crowd {windows}", count=10)])


def test_strategies_agree_in_a_great_crowd() -> None:
    """The same over 80,000 rows of one entity, 20,000 in a window: more than the largest block of any strategy holds"""
    patterns = ("count(*)", "sum(price)", "max(amount)", "min(status)", "sum(weight)", "avg(amount)")
    features = [(f"f{n}_{w}", f"{pattern} over {w}") for n, pattern in enumerate(patterns) for w in WINDOWS_BY_TIME]
    drawn = scenes("great crowd", lambda scene: not scene.is_late and scene.delay_us < 1000, 1)
    answers = assert_agreement([crowded(scene, 80_000).computing(*features) for scene in drawn])
    assert max(found[name] for found in answers[0]["range_join"].values() for name in found if name.startswith("f0_")) > 20_000


def assert_agreement(given: list[Scene]) -> list[Answers]:
    """Every strategy says what the range join says; all that they say."""
    wrong = []
    found_all = run(given)
    for scene, answers in zip(given, found_all, strict=True):
        expected = answers["range_join"]
        for strategy in EVERY_STRATEGY:
            for n, found in answers[strategy].items():
                wrong += [
                    f"{strategy}, {dict(scene.features)[name]}: {found[name]!r}, {value!r} by range join; {scene.spine[n]}"
                    for name, value in expected[n].items()
                    if not are_equal(found[name], value)
                ]
    assert not wrong, f"{len(wrong)} answers differ\n" + "\n".join(wrong[:10])
    return found_all


def test_every_strategy_computes_something() -> None:
    """A pinned strategy may pass lookups on to others; of the scenes' lookups, each strategy computes some itself."""
    with tempfile.TemporaryDirectory(prefix="featsql-metamorphic-") as folder, computing_strategies() as computing:
        lay_out(scenes("reach", count=24), Path(folder), USUAL, "training")
        Project(folder).compile()
    assert computing == set(STRATEGIES)
