"""Who else asks, in which order and under which name does not matter (R2, R18 to R20, R22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.oracle.aggregation import Value
from tests.oracle.dice import Dice

from .lab import EVERY_STRATEGY, are_equal, assert_related, assert_same, run, scenes
from .scene import Ask, Key, Scene


def assert_united(given: list[Scene], parts: Callable[[Scene], list[Scene]]) -> None:
    """The answers of the parts, each ask in one of them, are the answers of the whole."""
    divided = [parts(scene) for scene in given]
    wholes = run(given)
    pieces = iter(run([part for each in divided for part in each]))
    for scene, whole, each in zip(given, wholes, divided, strict=True):
        answers = [next(pieces) for _ in each]
        for strategy in EVERY_STRATEGY:
            found = [(n, features) for answer in answers for n, features in answer[strategy].items()]
            assert sorted(n for n, _ in found) == sorted(whole[strategy]), (strategy, scene)
            for n, features in found:
                assert are_equal(list(features.values()), list(whole[strategy][n].values())), (strategy, n, scene)


def test_a_spine_split_by_entity() -> None:
    """f(S) = the union of f(S of one key)"""

    def by_entity(scene: Scene) -> list[Scene]:
        keys = sorted({ask.key for ask in scene.spine}, key=repr)
        return [scene.asking(ask for ask in scene.spine if ask.key == key) for key in keys]

    assert_united(scenes("by entity", lambda scene: len(scene.keys) > 0), by_entity)


def test_a_spine_split_by_a_predicate() -> None:
    """f(S) = f(S where p) + f(S where not p) + f(S where p is null)"""

    def by_predicate(scene: Scene) -> list[Scene]:
        name, kind = scene.keys[0]
        p = f"{name} > {1 if kind == 'BIGINT' else chr(39) + 'a' + chr(39)} and number % 4 <> 1"
        return [replace(scene, spine_where=where) for where in (p, f"not ({p})", f"({p}) is null")]

    assert_united(scenes("by predicate", lambda scene: len(scene.keys) > 0), by_predicate)


def test_a_spine_of_one_row_each() -> None:
    """f(S) = the union of f(one row of S): the value for one row depends on no other (R20)"""
    assert_united(scenes("one by one", count=2), lambda scene: [scene.asking([ask]) for ask in scene.spine])


def test_the_order_of_the_spine() -> None:
    """f(S in another order) = f(S)"""
    assert_same((scene, scene.asking(Dice("spine").shuffled(scene.spine))) for scene in scenes("order of S"))


def test_each_spine_row_twice() -> None:
    """f(S + S) = f(S), twice"""
    doubled = []
    for scene in scenes("doubled S"):
        copies = [ask._replace(number=ask.number + 1_000) for ask in scene.spine]
        doubled.append((scene, scene.asking([*scene.spine, *copies])))
    assert_related(doubled, lambda left, right: [(left[n], right[m]) for n in left for m in (n, n + 1_000)])


def test_more_spine_rows_change_no_others() -> None:
    """f(S + S')(s) = f(S)(s)"""
    pairs = []
    for scene in scenes("more of S"):
        times = [scene.latest_ask + wait for wait in (-(10**12), -1, 0, 1, 10**12)]
        others = [(key, t) for key in (*scene.entities, *(ask.key for ask in scene.spine)) for t in (*times, None)]
        more = [Ask(1_000 + n, key, t) for n, (key, t) in enumerate(others)]
        pairs.append((scene, scene.asking([*more[::2], *scene.spine, *more[1::2]])))
    assert_same(pairs)


def rekeyed(scene: Scene, change: Callable[[Key], Key]) -> Scene:
    events = tuple(e._replace(key=change(e.key)) for e in scene.events)
    return replace(scene, events=events).asking(ask._replace(key=change(ask.key)) for ask in scene.spine)


def renamed(part: Value) -> Value:
    """A bijection on key values that leaves NULL where it is."""
    if isinstance(part, str):
        return f"»{part[::-1]}«|\"'; ünï\u200b🙂"
    return None if part is None else -part - 2**61


def test_renamed_entities() -> None:
    """f over entities renamed by a bijection (quotes, emoji, separators, huge numbers) = f"""
    given = scenes("renamed entities", lambda scene: len(scene.keys) > 0)
    assert_same((scene, rekeyed(scene, lambda key: tuple(map(renamed, key)))) for scene in given)


def test_a_composite_key_as_one() -> None:
    """f by (a, b) = f by one number for each pair; a pair with a NULL is nobody"""
    pairs = []
    for scene in scenes("composite", lambda scene: len(scene.keys) == 2):
        numbers: dict[Key, Key] = {}
        for key in [*(e.key for e in scene.events), *(ask.key for ask in scene.spine)]:
            numbers.setdefault(key, (None if None in key else len(numbers),))
        pairs.append((scene, replace(rekeyed(scene, numbers.__getitem__), keys=(("k0", "BIGINT"),))))
    assert_same(pairs)
