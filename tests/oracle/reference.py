"""What the features of a view are worth at a time: the contract in plain loops over rows.

Rows are dicts from column to value; times are integer microseconds of UTC; NULL is None. There is no SQL in here, no
data frame and nothing of the product: this file is what the product is compared with, so it is written to be checked
against the rules by reading. The three places a feature is evaluated in are `training_set`, `online_table`, `history`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from . import aggregation
from .aggregation import Value, rank

Row = Mapping[str, Value]

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
UNITS_US = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": SECOND_US,
    "minute": 60 * SECOND_US,
    "hour": 3_600 * SECOND_US,
    "day": DAY_US,
}


COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


# --- what a view says


@dataclass(frozen=True, slots=True)
class Range:
    """R7, R8: a length before t, or before `t - offset_us`."""

    length_us: int
    offset_us: int = 0


@dataclass(frozen=True, slots=True)
class Latest:
    """R10: the `count` latest visible rows."""

    count: int


@dataclass(frozen=True, slots=True)
class Lifetime:
    """R9: no lower end."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """R12: from the start of t's unit in a zone, or of the one `back` units earlier, up to t."""

    unit: str
    timezone: str = "UTC"
    back: int = 0


Window = Range | Latest | Lifetime | Calendar


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the view's body."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value


@dataclass(frozen=True, slots=True)
class AsOfTime:
    """R17: t itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a scalar function; its names are the keys of `apply`."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Over:
    """`function(arguments) filter (where condition) over window`."""

    function: str
    arguments: tuple[Expression, ...]
    window: str
    condition: Expression | None = None
    distinct: bool = False
    fraction: float = 0.5


Expression = Column | Literal | AsOfTime | Call | Over


@dataclass(frozen=True, slots=True)
class View:
    """A feature view. `keys` and `timestamp` are names in its rows; `mentioned` are the body's columns in the order in
    which the SELECT list first mentions them (R14)."""

    keys: tuple[str, ...]
    timestamp: str
    features: tuple[tuple[str, Expression], ...]
    mentioned: tuple[str, ...] = ()
    windows: tuple[tuple[str, Window], ...] = ()
    available_at: str | None = None
    delay_us: int = 0
    closed: str = "left"
    ttl_us: int | None = None
    tie_break: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """One entry of a training set's features: a view, its rows, and how it meets the spine (R21, R22)."""

    view: View
    rows: Sequence[Row]
    on: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    columns: tuple[str, ...] | None = None


# --- the three places


def training_set(spine: Iterable[Row], timestamp: str, joins: Sequence[Join]) -> list[dict[str, Value]]:
    """One row for each spine row, in order, its columns first (R18 to R22)."""
    return [_training_row(spine_row, spine_row[timestamp], joins) for spine_row in spine]


def online_table(view: View, rows: Sequence[Row], as_of_time: int) -> list[dict[str, Value]]:
    """One row for each entity whose latest visible row counts: keys, features, event_time, as_of_time (R23)."""
    entities = {key_of(view, row): None for row in rows}
    table = []
    for key in entities:
        latest = latest_row(view, visible_rows(view, rows, key, as_of_time), as_of_time)
        if latest is not None:
            table.append(
                dict(zip(view.keys, key, strict=True))
                | features(view, rows, key, as_of_time)
                | {"event_time": latest[view.timestamp], "as_of_time": as_of_time}
            )
    return table


def history(view: View, rows: Sequence[Row]) -> list[dict[str, Value]]:
    """One row for each row that is ever visible: keys, timestamp, features as of the first instant it is (R29)."""
    table = []
    for row in rows:
        key, known = key_of(view, row), known_time(view, row)
        if known is None or None in key:
            continue
        first_instant = known if _sees_its_own_instant(view) else known + 1
        table.append(
            dict(zip(view.keys, key, strict=True))
            | {view.timestamp: row[view.timestamp]}
            | features(view, rows, key, first_instant)
        )
    return table


def _training_row(spine_row: Row, as_of_time: int | None, joins: Sequence[Join]) -> dict[str, Value]:
    result = dict(spine_row)
    for join in joins:
        bindings = dict(join.on)
        key = tuple(spine_row[bindings.get(name, name)] for name in join.view.keys)
        for name, value in features(join.view, join.rows, key, as_of_time).items():
            if join.columns is None or name in join.columns:
                assert join.prefix + name not in result, f"two columns are named {join.prefix + name}"
                result[join.prefix + name] = value
    return result


# --- rows that can be seen, and the latest of them


def key_of(view: View, row: Row) -> tuple[Value, ...]:
    return tuple(row[name] for name in view.keys)


def known_time(view: View, row: Row) -> int | None:
    """R3, R4: when the row became known; None for a row that never is."""
    event_time: int | None = row[view.timestamp]
    if event_time is None:
        return None
    if view.available_at is None:
        return event_time + view.delay_us
    available_at: int | None = row[view.available_at]
    return None if available_at is None else max(event_time, available_at)


def visible_rows(view: View, rows: Sequence[Row], key: tuple[Value, ...], as_of_time: int | None) -> list[Row]:
    """The entity's rows that are known at t, in the order R14 (R2, R5)."""
    if as_of_time is None or None in key:
        return []
    seen = []
    for row in rows:
        known = known_time(view, row)
        if known is None or key_of(view, row) != key:
            continue
        if known < as_of_time or (known == as_of_time and _sees_its_own_instant(view)):
            seen.append(row)
    return sorted(seen, key=lambda row: _order(view, row))


def latest_row(view: View, visible: Sequence[Row], as_of_time: int | None) -> Row | None:
    """The greatest visible row, unless it is older than the ttl (R14, R16)."""
    if not visible or as_of_time is None:
        return None
    latest = visible[-1]
    if view.ttl_us is not None and not _lies_in(latest[view.timestamp], as_of_time - view.ttl_us, as_of_time, view.closed):
        return None
    return latest


def _sees_its_own_instant(view: View) -> bool:
    return view.closed in ("right", "both")


def _order(view: View, row: Row) -> tuple[tuple[int, Value], ...]:
    columns = [row[view.timestamp], known_time(view, row)]
    columns += [row[name] for name in (*view.tie_break, *view.mentioned)]
    return tuple(map(rank, columns))


# --- windows


def window_rows(view: View, window: Window, visible: Sequence[Row], as_of_time: int) -> list[Row]:
    """The rows of a window at t, in the order R14."""
    match window:
        case Lifetime():
            return list(visible)
        case Latest(count):
            return list(visible[-count:])
        case Range(length_us, offset_us):
            end = as_of_time - offset_us
            start = end - length_us
        case Calendar():
            end = as_of_time
            start = calendar_start(window, as_of_time)
        case _:
            assert_never(window)
    return [row for row in visible if _lies_in(row[view.timestamp], start, end, view.closed)]


def _lies_in(event_time: int, start: int, end: int, closed: str) -> bool:
    """The table of R7."""
    match closed:
        case "left":
            return start <= event_time < end
        case "right":
            return start < event_time <= end
        case "both":
            return start <= event_time <= end
        case "neither":
            return start < event_time < end
    raise ValueError(closed)


def calendar_start(window: Calendar, as_of_time: int) -> int:
    """The instant at which t's unit, or the one `back` before it, begins in the window's zone.

    A local midnight that happens twice counts the first time; one that is skipped gives the first instant after it.
    """
    zone = ZoneInfo(window.timezone)
    day = _local(as_of_time, zone).date()
    match window.unit:
        case "day":
            start = day - timedelta(days=window.back)
        case "week":
            start = day - timedelta(days=day.weekday() + 7 * window.back)
        case "month":
            start = _first_of_month(day.year, day.month - window.back)
        case "quarter":
            start = _first_of_month(day.year, (day.month - 1) // 3 * 3 + 1 - 3 * window.back)
        case "year":
            start = date(day.year - window.back, 1, 1)
        case _:
            raise ValueError(window.unit)
    return _first_instant(start, zone)


def _first_of_month(year: int, month: int) -> date:
    """The first day of a month, whose number may be 0 or less: December of the year before is month 0."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _first_instant(day: date, zone: ZoneInfo) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone, fold=0)
    instant = _microseconds(midnight.astimezone(UTC))
    if _local(instant, zone) == midnight.replace(tzinfo=None):
        return instant
    before, after = instant - 2 * DAY_US, instant + 2 * DAY_US  # the clocks jumped over this midnight: find where
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, zone) < midnight.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after


def _local(instant: int, zone: ZoneInfo) -> datetime:
    aware = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return aware.astimezone(zone).replace(tzinfo=None, fold=0)


def _microseconds(aware: datetime) -> int:
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


# --- features


@dataclass(frozen=True, slots=True)
class Moment:
    """What an expression can see: one row (or none), t, and the visible rows that windows choose from."""

    view: View
    row: Row | None
    as_of_time: int | None
    visible: Sequence[Row]


def features(view: View, rows: Sequence[Row], key: tuple[Value, ...], as_of_time: int | None) -> dict[str, Value]:
    """The one function of the contract: (entity key, t) -> one row of features."""
    visible = visible_rows(view, rows, key, as_of_time)
    moment = Moment(view, latest_row(view, visible, as_of_time), as_of_time, visible)
    return {name: _feature(expression, moment) for name, expression in view.features}


def _feature(expression: Expression, moment: Moment) -> Value:
    """R15: without a latest row, a projection without windows is NULL whatever it says."""
    if moment.row is None and not any(isinstance(part, Over) for part in walk(expression)):
        return None
    return evaluate(expression, moment)


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts, in the order in which SQL spells them."""
    yield expression
    if isinstance(expression, Call | Over):
        for argument in expression.arguments:
            yield from walk(argument)
    if isinstance(expression, Over) and expression.condition is not None:
        yield from walk(expression.condition)


def mentioned_columns(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """The columns that the expressions mention, in the order of their first mention."""
    return tuple(dict.fromkeys(part.name for whole in expressions for part in walk(whole) if isinstance(part, Column)))


def evaluate(expression: Expression, moment: Moment) -> Value:
    match expression:
        case Literal(value):
            return value
        case AsOfTime():
            return moment.as_of_time
        case Column(name):
            return None if moment.row is None else moment.row[name]
        case Call(name, arguments):
            return apply(name, tuple(evaluate(argument, moment) for argument in arguments))
        case Over():
            return _over(expression, moment)
        case _:
            assert_never(expression)


def _over(expression: Over, moment: Moment) -> Value:
    """R13: the aggregate over the window's rows for which the condition is true."""
    inputs = []
    if moment.visible and moment.as_of_time is not None:
        window = dict(moment.view.windows)[expression.window]
        for row in window_rows(moment.view, window, moment.visible, moment.as_of_time):
            here = Moment(moment.view, row, moment.as_of_time, ())
            if expression.condition is None or evaluate(expression.condition, here) is True:
                inputs.append(tuple(evaluate(argument, here) for argument in expression.arguments))
    return aggregation.aggregate(expression.function, inputs, expression.distinct, expression.fraction)


def apply(name: str, arguments: tuple[Value, ...]) -> Value:
    """SQL's scalar functions and operators, NULL for NULL unless SQL says otherwise."""
    match name, arguments:
        case "and", _:
            return False if False in arguments else None if None in arguments else True
        case "or", _:
            return True if True in arguments else None if None in arguments else False
        case "is null", (value,):
            return value is None
        case "is not null", (value,):
            return value is not None
        case "coalesce", _:
            return next((argument for argument in arguments if argument is not None), None)
        case "nullif", (value, other):
            return None if apply("=", (value, other)) is True else value
        case "case", (condition, then, otherwise):
            return then if condition is True else otherwise
    if None in arguments:
        return None
    match name, arguments:
        case "not", (value,):
            return not value
        case "+", (left, right):
            return aggregation.add(left, right)
        case "-", (left, right):
            return aggregation.subtract(left, right)
        case "*", (left, right):
            return aggregation.multiply(left, right)
        case "/", (left, right):
            return aggregation.divide(left, right)
        case "||", (left, right):
            return left + right
        case "date_diff", (unit, start, end):
            return end // UNITS_US[unit] - start // UNITS_US[unit]
        case "earlier", (instant, length_us):
            return instant - length_us
        case _, (left, right) if name in COMPARISONS:
            return bool(COMPARISONS[name](rank(left), rank(right)))
    raise ValueError(name)
