"""Random cases, each a function of (seed, index) alone.

Values come from small sets with the awkward ones among them, so that ties, duplicates, NULLs, NaN and empty windows are
common rather than rare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from .aggregation import Value
from .cases import DATE, INTEGERS, STRATEGIES, TIMESTAMP, Body, Case, Entry, Fields, Table, Training
from .dice import Dice
from .expressions import DECIMAL, Names, Vocabulary, draw_condition, draw_feature, vocabulary
from .lattice import Clock, Lattice, draw_clock, draw_lattice, draw_time_type, project_moment, stored
from .reference import Expression, View

VALUES: dict[str, tuple[Value, ...]] = {
    "BIGINT": (None, 0, 1, 1, -1, 2, 3, 10, 2**53 + 1, -(2**53) - 1),
    "INTEGER": (None, 0, 1, 2, 2, -5, 2**31 - 1),
    DECIMAL: (None, Decimal("0.00"), Decimal("0.01"), Decimal("1.10"), Decimal("-2.25"), Decimal("99999999.99")),
    "DOUBLE": (None, math.nan, math.inf, -math.inf, 0.1, 0.2, 0.2, 1e12, -1e12, 1.5, 1e-3),
    "VARCHAR": (None, "", "a", "A", "b", "o'clock", "é", "🙂", "a|b", "{{ x }}"),
    "BOOLEAN": (None, True, False),
}
EXACT_DOUBLES = (None, 0.0, 0.25, 1.5, -2.0, 3.0, 3.0)
RANKS: dict[str, tuple[Value, ...]] = {"rank_a": (None, 0, 0, 1), "rank_b": (None, "", "x", "Y")}
KEY_VALUES: dict[str, tuple[Value, ...]] = {
    "VARCHAR": ("a", "a|b", "b|c", "b", "c", "o'clock", "é", "", "1", "11", "A", "a "),
    "INTEGER": (1, 11, 111, 0, -1),
    "BIGINT": (1, 11, 111, 0, 2**53 + 1),
}
ROW_COUNTS = (0, 1, 3, 5, 5, 8, 8, 8, 12, 12, 12, 12, 12, 20, 20, 20, 20, 40)
SPINE_COUNTS = (0, 1, 3, 6, 6, 6, 9)
EQUAL_AS_TEXT: tuple[tuple[Value, ...], ...] = (("a|b", "c"), ("a", "b|c"), ("1", "11"), ("11", "1"))
EVENT_TIME, AVAILABLE_AT, SPINE_TIME = "at_time", "Loaded_At", "decided_at"
PLAIN_NAMES = Names("amount", "items", "price", "score", "weight", "status", "paid", "seen_at", "born_on")
AWKWARD_NAMES = Names("Amount", "order", "größe", "Score", "the weight", "Status", "group", "SeenAt", "select")
SHAPES: tuple[Literal["from", "cte", "union", "join", "model", "ephemeral"], ...] = (
    *("from", "from", "from"),
    *("cte", "union", "join", "model", "ephemeral"),
)


@dataclass(frozen=True, slots=True)
class World:
    """What the parts of one case share."""

    dice: Dice
    storage: Literal["table", "parquet"]
    clock: Clock
    lattice: Lattice
    words: Vocabulary
    keys: Fields
    entities: tuple[tuple[Value, ...], ...]

    def time_type(self) -> str:
        return draw_time_type(self.dice, self.storage == "parquet")

    def key(self) -> tuple[Value, ...]:
        return tuple(None if self.dice.chance(4) else part for part in self.dice.pick(*self.entities))


def draw_case(seed: int, index: int) -> Case:
    """The case of that number."""
    dice = Dice(f"{seed}:{index}")
    as_of_time = project_moment(seed, index)
    storage: Literal["table", "parquet"] = "table" if dice.chance(50) else "parquet"
    time_type = draw_time_type(dice, storage == "parquet")
    world = _draw_world(dice, storage, time_type, as_of_time)
    source = _draw_source(world, time_type)
    outputs = tuple((name, f"The_{name}" if dice.chance(20) else name) for name in (*(key for key, _ in world.keys), EVENT_TIME))
    view = _draw_view(world, source)
    own, roles = _draw_bindings(world, dict(outputs))
    case = Case(
        seed=seed,
        index=index,
        as_of_time=as_of_time,
        source=source,
        view=view,
        outputs=outputs,
        spine=_draw_spine(world, own, roles),
        spine_time=SPINE_TIME,
        trainings=(),
        body=_draw_body(world),
        label="label" if dice.chance(70) else None,
        entities=_draw_entity_style(world),
        storage=storage,
        declared=dice.chance(50),
    ).with_features(_draw_features(world, view, outputs))
    case = replace(case, strategies=("auto", dice.pick(*STRATEGIES[1:])))
    return replace(case, trainings=_draw_trainings(dice, case, own, roles))


def _draw_world(dice: Dice, storage: Literal["table", "parquet"], time_type: str, as_of_time: int) -> World:
    clock = draw_clock(dice, time_type)
    windows = tuple(name for name, _ in clock.windows)
    names = PLAIN_NAMES if dice.chance(70) else AWKWARD_NAMES
    keys = tuple(
        (f"k{number}", dice.pick("VARCHAR", "VARCHAR", "BIGINT", "INTEGER"))
        for number in range(dice.pick(0, 1, 1, 1, 1, 1, 2, 2, 2, 2))
    )
    return World(
        dice=dice,
        storage=storage,
        clock=clock,
        lattice=draw_lattice(dice, clock, as_of_time),
        words=vocabulary(names, (EVENT_TIME, time_type), windows, clock.lengths_us),
        keys=keys,
        entities=_draw_entities(dice, keys),
    )


def _draw_entities(dice: Dice, keys: Fields) -> tuple[tuple[Value, ...], ...]:
    """A few keys; of composite ones, some that are equal when joined as text."""
    entities = [tuple(dice.pick(*KEY_VALUES[kind]) for _, kind in keys) for _ in range(3)]
    if [kind for _, kind in keys] == ["VARCHAR", "VARCHAR"]:
        entities += EQUAL_AS_TEXT
    return tuple(dice.some(entities, 1, 3))


# --- the source


def _draw_source(world: World, time_type: str) -> Table:
    dice = world.dice
    late = () if world.clock.delay_us or dice.chance(50) else ((AVAILABLE_AT, world.time_type()),)
    fields = (
        *world.keys,
        (EVENT_TIME, time_type),
        *late,
        ("rank_a", "INTEGER"),
        ("rank_b", "VARCHAR"),
        *world.words.names.fields(),
    )
    rows = [_draw_row(world, fields) for _ in range(dice.pick(*ROW_COUNTS))]
    rows += [row for row in rows if dice.chance(10)]
    return Table(fields, dice.shuffled(rows))


def _draw_row(world: World, fields: Fields) -> tuple[Value, ...]:
    event_time = None if world.dice.chance(4) else world.dice.pick(*world.lattice.instants)
    times = {EVENT_TIME: event_time, AVAILABLE_AT: _draw_available_at(world, event_time)}
    key = dict(zip((name for name, _ in world.keys), world.key(), strict=True))
    row = []
    for name, kind in fields:
        if name in times:
            row.append(stored(times[name], kind))
        else:
            row.append(key[name] if name in key else _draw_value(world, name, kind))
    return tuple(row)


def _draw_available_at(world: World, event_time: int | None) -> int | None:
    dice = world.dice
    if dice.chance(8):
        return None
    if event_time is None or dice.chance(30):
        return dice.pick(*world.lattice.asks) + dice.pick(-1, 0, 1)
    length_us = dice.pick(*world.clock.lengths_us)
    return event_time + dice.pick(0, 0, 1, -1, length_us, -length_us)


def _draw_value(world: World, name: str, kind: str) -> Value:
    if name in RANKS:
        return world.dice.pick(*RANKS[name])
    if name == world.words.names.exact:
        return world.dice.pick(*EXACT_DOUBLES)
    if kind in (TIMESTAMP, DATE):
        return stored(world.dice.pick(None, *world.lattice.instants), kind)
    return world.dice.pick(*VALUES[kind])


# --- the view


def _draw_view(world: World, source: Table) -> View:
    dice, clock = world.dice, world.clock
    orders = ("rank_a", "rank_b", world.words.names.double)
    return View(
        keys=tuple(name for name, _ in world.keys),
        timestamp=EVENT_TIME,
        features=(),
        windows=clock.windows,
        available_at=AVAILABLE_AT if AVAILABLE_AT in dict(source.fields) else None,
        delay_us=clock.delay_us,
        closed=clock.closed,
        ttl_us=clock.ttl_us,
        tie_break=tuple(dice.some(orders, 1, 2)) if dice.chance(40) else (),
    )


def _draw_body(world: World) -> Body:
    dice = world.dice
    shape = dice.pick(*SHAPES)
    condition = draw_condition(dice, world.words, of_time=False) if dice.chance(30) else None
    if shape != "join":
        return Body(shape, condition)
    link = world.words.names.text
    rows = tuple((text, dice.pick(None, 1, 2)) for text in dice.some(VALUES["VARCHAR"] * 2, 1, 12))
    return Body(shape, condition, Table(((link, "VARCHAR"), ("multiple", "INTEGER")), rows))


def _draw_entity_style(world: World) -> Literal["none", "one", "many"]:
    if not world.keys:
        return "none"
    return "many" if len(world.keys) > 1 and world.dice.chance(40) else "one"


def _draw_features(world: World, view: View, outputs: Fields) -> list[tuple[str, Expression]]:
    """Features with names of their own, and now and then the name of a column of the body that is another thing."""
    dice = world.dice
    taken = {output.lower() for _, output in outputs} | {name.lower() for name in view.tie_break}
    features = []
    for number in range(dice.number(1, 5)):
        name = dice.pick(f"f{number}", f"f{number}", f"f{number}", f"F{number}x", f"feature {number}")
        shadow = dice.pick(*(field for field, _ in world.words.names.fields()))
        if dice.chance(10) and shadow.lower() not in taken:
            name = shadow
        taken.add(name.lower())
        features.append((name, draw_feature(dice, world.words)))
    return features


# --- the spine and the training sets


def _draw_bindings(world: World, outputs: dict[str, str]) -> tuple[Fields, Fields]:
    """Which column of the spine each key meets (by output name): in the view's own role, and in a second one."""
    dice = world.dice
    names = [outputs[name] for name, _ in world.keys]
    own = tuple((name, f"own_{name}" if dice.chance(15) else name) for name in names)
    roles = tuple((name, f"other_{name}" if dice.chance(70) else column) for name, column in own)
    return own, roles


def _draw_spine(world: World, own: Fields, roles: Fields) -> Table:
    dice = world.dice
    second = [role != mine for (_, role), (_, mine) in zip(roles, own, strict=True)]
    label_type = dice.pick("BOOLEAN", "DOUBLE", DECIMAL, "VARCHAR", "BIGINT")
    kinds = [dice.pick(*INTEGERS) if kind == "INTEGER" else kind for _, kind in world.keys]
    fields = [(column, kind) for (_, column), kind in zip(own, kinds, strict=True)]
    fields += [(SPINE_TIME, world.time_type()), ("label", label_type)]
    fields += [(column, kind) for (_, column), kind, here in zip(roles, kinds, second, strict=True) if here]
    asks = (*world.lattice.asks, *[max(world.lattice.asks)] * 3)  # early ones see little
    rows = []
    for _ in range(dice.pick(*SPINE_COUNTS)):
        ask = None if dice.chance(6) else dice.pick(*asks) + dice.pick(-1, 0, 0, 0, 1)
        moment = stored(ask, dict(fields)[SPINE_TIME])
        others = [part for part, here in zip(_draw_spine_key(world), second, strict=True) if here]
        rows.append((*_draw_spine_key(world), moment, dice.pick(*VALUES[label_type]), *others))
    rows += [row for row in rows if dice.chance(25)]
    return Table(tuple(fields), dice.shuffled(rows))


def _draw_spine_key(world: World) -> tuple[Value, ...]:
    if world.dice.chance(6):
        return tuple(world.dice.pick(*KEY_VALUES[kind]) for _, kind in world.keys)
    return world.key()


def _draw_trainings(dice: Dice, case: Case, own: Fields, roles: Fields) -> tuple[Training, ...]:
    """Some strategies beside each other in one training set, or one set for each; now and then a second role."""
    some_columns = tuple(name for name, _ in case.view.features if dice.chance(60)) or None
    columns = some_columns if dice.chance(40) else None
    entries = [Entry(strategy, on=_renamed(own), columns=columns) for strategy in case.strategies]
    if dice.chance(50):
        return tuple(Training(f"t{case.index}_{entry.strategy}", (entry,)) for entry in entries)
    together = [entries[0], *(replace(entry, prefix=f"{entry.strategy}_") for entry in entries[1:])]
    if roles and dice.chance(50):
        together.append(Entry(dice.pick(*case.strategies), "role_", _renamed(roles), dice.pick(None, some_columns)))
    return (Training(f"t{case.index}", tuple(together)),)


def _renamed(bindings: Fields) -> Fields:
    return tuple((name, column) for name, column in bindings if name != column)
