"""A scene: a view f, the events E that it reads, the spine S that asks it. Drawn at random, changed by relations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, NamedTuple

from tests.oracle import render
from tests.oracle.aggregation import Value
from tests.oracle.cases import NANOSECONDS, TIMESTAMP, TIMESTAMPTZ, Fields, Table
from tests.oracle.dice import Dice
from tests.oracle.draw import KEY_VALUES
from tests.oracle.lattice import DAY_US, LENGTHS_US, ZONES, Clock, draw_lattice, stored
from tests.oracle.reference import Calendar, Latest, Lifetime, Range, Window

Key = tuple[Value, ...]
Storage = Literal["table", "view", "parquet", "files", "model"]
NOON_US = 1_709_985_600_000_000 + DAY_US // 2
"""2024-03-09 12:00: times go some way around it, over a change of clocks in America."""
CONTENTS: dict[str, tuple[str, tuple[Value, ...]]] = {
    "amount": ("BIGINT", (None, 0, 1, 1, -1, 2, 3, 10)),
    "price": ("DECIMAL(10,2)", (None, Decimal("0.01"), Decimal("1.10"), Decimal("-2.25"), Decimal("99999999.99"))),
    # sums of these are exact in any order
    "weight": ("DOUBLE", (None, 0.0, 0.25, 1.5, -2.0, 3.0, 3.0)),
    "status": ("VARCHAR", (None, "", "a", "A", "b", "o'clock", "é", "a|b")),
    "paid": ("BOOLEAN", (None, True, False, True)),
    "place": ("INTEGER", (None, 0, 0, 1)),
}


class Event(NamedTuple):
    """A row of E. `loaded` is when it became known, in scenes that are told; `contents` are values of CONTENTS, in order."""

    key: Key
    at: int | None
    loaded: int | None
    contents: tuple[Value, ...]

    def with_value(self, column: str, value: Value) -> Event:
        place = list(CONTENTS).index(column)
        return self._replace(contents=(*self.contents[:place], value, *self.contents[place + 1 :]))


class Ask(NamedTuple):
    """A row of S; its number tells it from all others."""

    number: int
    key: Key
    t: int | None


def as_it_is(sql: str) -> str:
    return sql


@dataclass(frozen=True, slots=True)
class Scene:
    """f, E and S. The last group of fields says how they are written down, which must never matter."""

    keys: Fields
    events: tuple[Event, ...]
    spine: tuple[Ask, ...]
    features: tuple[tuple[str, str], ...]
    windows: tuple[tuple[str, Window | str], ...]
    closed: str
    is_late: bool
    delay_us: int
    ttl_us: int | None
    tie_break: tuple[str, ...]

    time_type: str = TIMESTAMP
    body: str = "from {events}"
    spine_where: str = ""
    with_clause: str = ""
    storage: Storage = "table"
    columns_reversed: bool = False
    extra_column: bool = False
    asked: tuple[str, ...] = ()
    view_name: str = ""
    header: tuple[str, ...] = ()
    respelled: Callable[[str], str] = as_it_is

    @property
    def sees_now(self) -> bool:
        return self.closed in ("right", "both")

    @property
    def has_start(self) -> bool:
        return self.closed in ("left", "both")

    def first_unseen(self, t: int) -> int:
        """The earliest known time that is not visible at t (R5)."""
        return t + 1 if self.sees_now else t

    def first_inside(self, t: int, length_us: int) -> int:
        """The earliest event time in the window of that length before t (R7)."""
        return t - length_us if self.has_start else t - length_us + 1

    def event(self, key: Key, known: int, like: Event, at: int | None = None) -> Event:
        """An event that becomes known at that time, having happened then (or earlier, where that is possible)."""
        if self.is_late:
            return like._replace(key=key, at=known if at is None else at, loaded=known)
        return like._replace(key=key, at=known - self.delay_us, loaded=None)

    def plus(self, events: Iterable[Event]) -> Scene:
        return replace(self, events=(*self.events, *events))

    def asking(self, spine: Iterable[Ask]) -> Scene:
        return replace(self, spine=tuple(spine))

    def computing(self, *features: tuple[str, str]) -> Scene:
        """The scene with other features."""
        return replace(self, features=features)

    def keeping(self, is_kept: Callable[[str], bool]) -> Scene:
        """The scene without the features whose SQL does not qualify; a count where none does."""
        kept = [feature for feature in self.features if is_kept(feature[1])]
        return self.computing(*(kept or [("n", "count(*) over near")]))

    @property
    def used_windows(self) -> tuple[tuple[str, Window | str], ...]:
        return tuple(w for w in self.windows if any(f"over {w[0]}" in sql for _, sql in self.features))

    @property
    def latest_ask(self) -> int:
        return max(ask.t for ask in self.spine if ask.t is not None)

    @property
    def entities(self) -> list[Key]:
        """The keys of events that have no NULL in them."""
        return sorted({e.key for e in self.events if None not in e.key}, key=repr)


WINDOW_NAMES = ("near", "far", "back", "ever", "recent", "unit")
WINDOWS_BY_TIME = ("near", "far", "back")
"""Windows of a length: those that a shift of the clock leaves alone."""
TOTALS = (
    "count(*) over W",
    "count(amount) over W",
    "sum(amount) over W",
    "sum(price) over W",
    "avg(amount) over W",
    "count(*) filter (where paid) over W",
    "sum(amount) filter (where status = 'a') over W",
    "sum(amount) over W / nullif(count(*) over W, 0)",
)
EXTREMES = ("min(amount) over W", "max(price) over W", "min(status) over W", "max(weight) over W", "max(amount) over W")
ORDERED = (
    "first(amount) over W",
    "last(status) over W",
    "array_agg(amount) over W",
    "arg_max(status, amount) over W",
    "arg_min(amount, weight) over W",
)
OTHERS = (
    "sum(weight) over W",
    "count(distinct status) over W",
    "median(amount) over W",
    "mode(status) over W",
    "bool_or(paid) over W",
    "stddev_pop(weight) over W",
    "quantile_cont(weight, 0.25) over W",
    "sum(distinct amount) over W",
    "count(*) filter (where place > 0 or paid) over W",
)
PLAIN = ("amount", "price", "coalesce(amount, 0)", "true", "status || '!'", "weight")
MIXED = ("amount - min(amount) over W", "coalesce(amount, count(*) over W)")
TIMED = (
    "date_diff('second', max(moment) over W, as_of_time)",
    "max(moment) over W",
    "count(*) filter (where moment >= as_of_time - interval 1 hour) over W",
    "date_diff('microsecond', moment, as_of_time)",
)
"""Features that speak of time itself."""
FAMILIES: tuple[tuple[str, ...], ...] = (
    TOTALS,
    TOTALS + EXTREMES + ORDERED + OTHERS + PLAIN + MIXED + TIMED,
    EXTREMES,
    PLAIN + TIMED[-1:],
    TOTALS + PLAIN,
    ORDERED + OTHERS + TIMED + MIXED,
)
"""What the features of a scene are drawn from; some strategies compute some families only."""


def is_timeless(sql: str) -> bool:
    return "as_of_time" not in sql and "moment" not in sql


def is_windowed(sql: str) -> bool:
    """Whether a feature looks at windows only."""
    return " over " in sql and not any(sql == each.replace("W", w) for each in MIXED for w in WINDOW_NAMES)


def in_windows_by_time(sql: str) -> bool:
    return not any(f"over {name}" in sql for name in ("ever", "recent", "unit"))


def draw_scene(salt: str, number: int) -> Scene:
    """The scene of that number of a relation: settings go round with the number, all else is drawn."""
    dice = Dice(f"metamorphic:{salt}:{number}")
    closed = ("left", "right", "both", "neither")[(number + number // 12) % 4]
    known = ("event", "late", "delay")[number % 3]
    lengths_us = LENGTHS_US[("human", "daily", "tiny")[dice.number(0, 2)]]
    windows = _draw_windows(dice, lengths_us)
    clock = Clock(
        lengths_us=lengths_us,
        windows=windows,
        closed=closed,
        delay_us=dice.pick(*lengths_us) if known == "delay" else 0,
        ttl_us=dice.pick(None, None, *lengths_us),
    )
    lattice = draw_lattice(dice, clock, NOON_US)
    keys = tuple((f"k{part}", dice.pick("VARCHAR", "BIGINT")) for part in range((1, 2, 1, 1, 2, 1, 0)[number % 7]))
    entities = [tuple(dice.pick(*KEY_VALUES[kind]) for _, kind in keys) for _ in range(3)]
    asks = [_draw_ask(dice, n, entities, lattice.asks) for n in range(dice.number(4, 8))]
    asks[0] = asks[0]._replace(key=entities[0], t=max(lattice.asks))
    events = [_draw_event(dice, entities, clock, lattice.instants, lattice.asks) for _ in range(dice.number(8, 24))]
    scene = Scene(
        keys=keys,
        events=tuple(events),
        spine=tuple(asks),
        features=(),
        windows=windows,
        closed=closed,
        is_late=known == "late",
        delay_us=clock.delay_us,
        ttl_us=clock.ttl_us,
        tie_break=("place",) if dice.chance(40) else (),
        time_type=dice.pick(*[TIMESTAMP] * 4, TIMESTAMPTZ, NANOSECONDS[0]),
    )
    scene = crowded(scene) if number % 5 == 0 else scene
    return scene.computing(*_draw_features(dice, FAMILIES[(number + number // 6) % len(FAMILIES)]))


def crowded(scene: Scene, count: int = 0) -> Scene:
    """The scene with hundreds of rows for one entity, at many times and several at one, over twice the reach of its windows."""
    dice = Dice(repr(scene.spine))
    reach = max(w.length_us + w.offset_us for _, w in scene.windows if isinstance(w, Range))
    until = scene.latest_ask
    more = []
    for _ in range(count or dice.pick(70, 150, 400)):
        at = until - dice.number(-5, 2 * reach)
        loaded = at + dice.pick(0, 0, 1, dice.number(0, reach), 2 * reach)
        more += [Event(scene.spine[0].key, at, loaded, draw_contents(dice)) for _ in range(dice.pick(1, 1, 1, 2))]
    asks = [ask._replace(key=scene.spine[0].key, t=until - dice.number(0, reach)) for ask in scene.spine[1:]]
    return replace(scene, events=(*scene.events, *more), spine=(scene.spine[0], *asks))


def _draw_windows(dice: Dice, lengths_us: tuple[int, ...]) -> tuple[tuple[str, Window], ...]:
    near, far = sorted(dice.some(lengths_us, 2, 2))
    return (
        ("near", Range(near)),
        ("far", Range(far)),
        ("back", Range(near, dice.pick(near, far))),
        ("ever", Lifetime()),
        ("recent", Latest(dice.number(1, 4))),
        ("unit", Calendar(dice.pick("day", "week", "month"), dice.pick(*ZONES), dice.pick(0, 0, 1))),
    )


def _draw_ask(dice: Dice, number: int, entities: list[Key], times: tuple[int, ...]) -> Ask:
    key = tuple(None if dice.chance(4) else part for part in dice.pick(*entities))
    return Ask(number, key, None if dice.chance(5) else dice.pick(*times) + dice.pick(-1, 0, 0, 1))


def _draw_event(dice: Dice, entities: list[Key], clock: Clock, instants: tuple[int, ...], asks: tuple[int, ...]) -> Event:
    at = None if dice.chance(4) else dice.pick(*instants)
    loaded = dice.pick(None, *asks, *([at, at + dice.pick(*clock.lengths_us)] * 3 if at is not None else ()))
    key = tuple(None if dice.chance(4) else part for part in dice.pick(*entities))
    return Event(key, at, loaded, draw_contents(dice))


def draw_contents(dice: Dice) -> tuple[Value, ...]:
    return tuple(dice.pick(*values) for _, values in CONTENTS.values())


def _draw_features(dice: Dice, family: tuple[str, ...]) -> list[tuple[str, str]]:
    """A handful of a family over a few windows, so that some look alike and some share theirs."""
    windows = dice.some(WINDOW_NAMES, 1, 3)
    patterns = dice.repeated(family, dice.number(3, 6))
    return [(f"f{n}", pattern.replace("W", dice.pick(*windows))) for n, pattern in enumerate(patterns)]


# --- tables


def event_fields(scene: Scene) -> Fields:
    fields = [*scene.keys, ("moment", scene.time_type), ("loaded", scene.time_type)]
    fields += [(name, kind) for name, (kind, _) in CONTENTS.items()]
    return tuple([*fields, ("unheard_of", "VARCHAR")] if scene.extra_column else fields)


def event_table(scene: Scene) -> Table:
    extra = ["x"] if scene.extra_column else []
    rows = [(*e.key, *(stored(time, scene.time_type) for time in (e.at, e.loaded)), *e.contents, *extra) for e in scene.events]
    fields = event_fields(scene)
    if scene.columns_reversed:
        return Table(fields[::-1], tuple(row[::-1] for row in rows))
    return Table(fields, tuple(rows))


def spine_table(scene: Scene) -> Table:
    fields = (("number", "BIGINT"), *scene.keys, ("t", scene.time_type))
    return Table(fields, tuple((ask.number, *ask.key, stored(ask.t, scene.time_type)) for ask in scene.spine))


# --- models


def view_sql(scene: Scene, events: str, entity: str) -> str:
    header = ["kind: feature_view", "timestamp: moment", f"closed: {scene.closed}"]
    if scene.keys:
        header.append(f"entity: {entity}")
    if scene.is_late:
        header.append("available_at: loaded")
    if scene.delay_us:
        header.append(f"delay: {render.duration(scene.delay_us)}")
    if scene.ttl_us is not None:
        header.append(f"ttl: {render.duration(scene.ttl_us)}")
    if scene.tie_break:
        header.append(f"tie_break: [{', '.join(scene.tie_break)}]")
    if scene.used_windows:
        header.append("windows:")
        header += [
            f"  {name}: {window if isinstance(window, str) else window_text(window)}" for name, window in scene.used_windows
        ]
    projections = [*(name for name, _ in scene.keys), "moment", *(f"{sql} as {name}" for name, sql in scene.features)]
    select = f"select\n    {(',' + chr(10) + '    ').join(projections)}\n{scene.body}"
    query = scene.respelled(f"{scene.with_clause}{select}".replace("{events}", events))
    return "\n".join(["/*---", *header, *scene.header, "---*/", query, ""])


def window_text(window: Window) -> str:
    match window:
        case Lifetime():
            return "all"
        case Latest(count):
            return f"{{rows: {count}}}"
        case Range(length_us, offset_us):
            return f"{{range: {render.duration(length_us)}, offset: {render.duration(offset_us)}}}"
        case Calendar(unit, timezone, back):
            return f"{{calendar: {unit}, timezone: {timezone}, back: {back}}}"
