"""How the rows lie in the warehouse, and how the body reads them, does not matter (R1, R28)."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from tests.oracle.dice import Dice

from .lab import USUAL, Surroundings, assert_same, run_relations, scenes
from .scene import CONTENTS, WINDOW_NAMES, Scene, Storage

with duckdb.connect() as _connection:
    OPTIMIZERS = ",".join(name for (name,) in _connection.execute("select name from duckdb_optimizers()").fetchall())


def test_the_order_of_the_events() -> None:
    """f(E in another order) = f(E)"""
    pairs = []
    for scene in scenes("order of E"):
        orders = [scene.events[::-1], Dice("events").shuffled(scene.events)]
        pairs += [(scene, replace(scene, events=tuple(order))) for order in orders]
    assert_same(pairs)


@pytest.mark.parametrize("storage", ["view", "parquet", "files", "model"])
def test_where_the_events_are(storage: Storage) -> None:
    """E as a table = as a view = in parquet of small row groups = in many files, shuffled = behind a model"""
    given = scenes(f"stored as {storage}")
    shuffled = [Dice(storage).shuffled(scene.events) for scene in given]
    assert_same((s, replace(s, storage=storage, events=events)) for s, events in zip(given, shuffled, strict=True))


def test_how_the_body_reads_them() -> None:
    """from E = from a CTE of E = from a subquery = from E in two halves = from E joined with one row"""
    bodies = [
        ("with c as (select * from {events})\n", "from c"),
        ("", "from (select * from {events}) as e"),
        (
            "with c as (\n  select * from {events} where paid\n  union all\n  select * from {events} where paid is not true\n)\n",
            "from c",
        ),
        ("", "from {events} as e inner join (select 1 as one) as o on o.one > 0"),
    ]
    given = scenes("bodies")
    assert_same(
        (s, replace(s, with_clause=w, body=body)) for n, s in enumerate(given) for w, body in (bodies[n % 4], bodies[n % 3])
    )


def test_a_filter_is_a_filter_wherever_it_stands() -> None:
    """where p in the body = in a CTE before it = rows that are not there"""
    pairs = []
    place = list(CONTENTS).index("paid")
    for scene in scenes("where"):
        filtered = replace(scene, body="from {events} where paid")
        before = replace(scene, with_clause="with c as (select * from {events} where paid)\n", body="from c")
        gone = replace(scene, events=tuple(e for e in scene.events if e.contents[place]))
        pairs += [(filtered, before), (filtered, gone)]
    assert_same(pairs)


def test_a_filter_of_each_aggregate_is_a_filter_of_the_body() -> None:
    """agg filter (where p) over W, in windows by time = agg over W of the rows that meet p"""
    aggregates = ("count(*)", "sum(amount)", "max(price)", "last(status)", "count(distinct status)", "avg(amount)")
    windows = [name for name in WINDOW_NAMES if name != "recent"]
    pairs = []
    for scene in scenes("filter clause"):
        pattern = [(f"f{n}", a, windows[n % len(windows)]) for n, a in enumerate(aggregates)]
        inside = scene.computing(*((name, f"{a} filter (where place > 0) over {w}") for name, a, w in pattern))
        outside = scene.computing(*((name, f"{a} over {w}") for name, a, w in pattern))
        # `place` is mentioned in one and not in the other: it must not be what breaks a tie
        ties = {"tie_break": ("place", "status", "amount", "price")}
        pairs.append((replace(inside, **ties), replace(outside, body="from {events} where place > 0", **ties)))  # type: ignore[arg-type]
    assert_same(pairs)


def test_columns_of_the_source() -> None:
    """f(E with its columns in another order, and one that nobody reads) = f(E)"""
    pairs = []
    for scene in scenes("columns"):
        pairs.append((scene, replace(scene, columns_reversed=True)))
        pairs.append((scene, replace(scene, extra_column=True)))
    assert_same(pairs)


# --- the machine


@pytest.mark.parametrize(
    "surroundings",
    [
        pytest.param(Surroundings(threads=1), id="1 thread"),
        pytest.param(Surroundings(threads=8), id="8 threads"),
        pytest.param(Surroundings(threads=1, memory_limit="64MB"), id="little memory"),
        pytest.param(Surroundings(settings=(("disabled_optimizers", OPTIMIZERS),)), id="no optimizer"),
        pytest.param(Surroundings(timezone="Pacific/Apia"), id="Pacific/Apia"),
        pytest.param(Surroundings(timezone="America/New_York", threads=8), id="America/New_York"),
    ],
)
def test_the_machine(surroundings: Surroundings) -> None:
    """threads 1, 2, 8; little memory; no optimizer; another time zone -> the same f"""
    assert_same([(scene, scene) for scene in scenes(f"machine {surroundings}")], USUAL, surroundings)


def test_little_memory_is_enough_for_many_events() -> None:
    """40,000 events in 64 MB of memory, on 1 thread = in all memory, on 2"""

    def many(scene: Scene) -> Scene:
        dice = Dice("many")
        copies = [
            e._replace(at=None if e.at is None else e.at - dice.number(0, 10**12), loaded=e.loaded)
            for _ in range(-(-40_000 // len(scene.events)))
            for e in scene.events
        ]
        return replace(scene, events=(*scene.events, *copies))

    given = [many(scene) for scene in scenes("many events", lambda scene: len(scene.keys) == 1, 1)]
    assert_same([(scene, scene) for scene in given], USUAL, Surroundings(threads=1, memory_limit="64MB"))


def test_twice_is_the_same() -> None:
    """f(E, S) = f(E, S): two runs of one project, bytes and order of rows alike"""
    given = scenes("again", count=2)
    first, second = (run_relations(given, "training", Surroundings(threads=8)) for _ in range(2))
    assert repr(first) == repr(second)
