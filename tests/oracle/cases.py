"""One random case: a view, the rows it reads, a spine; and what the oracle says all of its relations contain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from featsql.plan.strategies import STRATEGIES as _STRATEGIES

from . import reference
from .aggregation import Value
from .reference import AsOfTime, Call, Column, Expression, Join, Over, Row, View

STRATEGIES = ("auto", *_STRATEGIES)
DATE, TIMESTAMP, TIMESTAMPTZ = "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"
NANOSECONDS = ("TIMESTAMP_NS", "TIMESTAMPTZ_NS")
INTEGERS = ("INTEGER", "BIGINT")
ANY_TIME = "any type of time"
LITERAL_TYPES = {
    bool: "BOOLEAN",
    int: "INTEGER",
    float: "DOUBLE",
    str: "VARCHAR",
    Decimal: "DECIMAL(3,2)",
    type(None): '"NULL"',
}
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows on disk. `fields` are (name, DuckDB type); times are microseconds, those of NANOSECONDS nanoseconds."""

    fields: Fields
    rows: tuple[tuple[Value, ...], ...]

    def seen(self) -> list[dict[str, Value]]:
        """The rows as the contract sees them: everything below a microsecond cut off."""
        return [
            {
                name: value // 1000 if value is not None and kind in NANOSECONDS else value
                for (name, kind), value in zip(self.fields, row, strict=True)
            }
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Body:
    """How the view's SELECT reads its source; every shape but `join` leaves the source's rows as they are.

    `join` meets the table `dimension` on its first field, which the source has too, and adds the second field.
    """

    shape: Literal["from", "cte", "union", "join", "model", "ephemeral"] = "from"
    condition: Expression | None = None
    dimension: Table | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """How a training set asks for a view: `on` binds output names of keys to columns of the spine."""

    strategy: str
    prefix: str = ""
    on: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Training:
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """`view` speaks in columns of the body; `outputs` names its keys and timestamp as the SELECT does."""

    seed: int
    index: int
    as_of_time: int
    source: Table
    view: View
    outputs: tuple[tuple[str, str], ...]
    spine: Table
    spine_time: str
    trainings: tuple[Training, ...]
    body: Body = Body()
    label: str | None = None
    entities: Literal["none", "one", "many"] = "one"
    storage: Literal["table", "parquet"] = "table"
    declared: bool = True
    strategies: tuple[str, ...] = STRATEGIES

    def output(self, column: str) -> str:
        return dict(self.outputs)[column]

    def view_name(self, strategy: str) -> str:
        return f"v{self.index}_{strategy}"

    def retrieved_name(self) -> str | None:
        """What the tests call the answer of `retrieve` for the case's spine; None for cases that do not ask for it.

        `retrieve` finds keys by name alone, and costs a run of its own: every fifth case will do.
        """
        bound_by_name = not any(entry.on for training in self.trainings for entry in training.entries[:1])
        return f"r{self.index}" if self.index % 5 == 0 and bound_by_name else None

    def with_features(self, features: Iterable[tuple[str, Expression]]) -> Case:
        """The case with other features, and all that hangs on them: the order of ties, the columns asked for."""
        kept = tuple(features)
        names = {name for name, _ in kept}
        expressions = [*map(Column, (*self.view.keys, self.view.timestamp)), *(expression for _, expression in kept)]
        used = {part.window for _, whole in kept for part in reference.walk(whole) if isinstance(part, Over)}
        view = replace(
            self.view,
            features=kept,
            mentioned=reference.mentioned_columns(expressions),
            windows=tuple(window for window in self.view.windows if window[0] in used),
        )
        trainings = (
            replace(training, entries=tuple(_keep_columns(entry, names) for entry in training.entries))
            for training in self.trainings
        )
        return replace(self, view=view, trainings=tuple(trainings))

    def body_fields(self) -> Fields:
        added = self.body.dimension.fields[1:] if self.body.dimension else ()
        return self.source.fields + added

    def body_rows(self) -> list[Row]:
        """R1: the rows of the view's FROM and WHERE."""
        rows: list[Row] = list(self.source.seen())
        if self.body.dimension:
            link, added = (name for name, _ in self.body.dimension.fields)
            matches = self.body.dimension.seen()
            rows = [
                {**row, added: match[added]}
                for row in rows
                for match in matches
                if row[link] is not None and row[link] == match[link]
            ]
        if self.body.condition is None:
            return rows
        return [row for row in rows if _is_true(self.view, self.body.condition, row)]


def _keep_columns(entry: Entry, names: set[str]) -> Entry:
    if entry.columns is None:
        return entry
    kept = tuple(name for name in entry.columns if name in names)
    return replace(entry, columns=kept or None)


def _is_true(view: View, condition: Expression, row: Row) -> bool:
    return reference.evaluate(condition, reference.Moment(view, row, None, ())) is True


# --- what the relations of a case contain


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation's columns and rows. The first `identity` columns are exact and say which row this is."""

    fields: Fields
    rows: tuple[tuple[Value, ...], ...]
    identity: int


def expected_relations(case: Case) -> dict[str, Relation]:
    """Every relation that a run leaves for the case, and what `retrieve` answers, as the oracle has them."""
    rows = case.body_rows()
    online, history = _online(case, rows), _history(case, rows)
    relations = {}
    for strategy in case.strategies:
        relations[f"{case.view_name(strategy)}__online"] = online
        relations[case.view_name(strategy)] = history
    for training in case.trainings:
        relations[training.name] = expected_training(case, training.entries, rows)
    retrieved = case.retrieved_name()
    if retrieved is not None:
        relations[retrieved] = expected_training(case, (Entry(case.strategies[0]),), rows)
    return relations


def expected_training(case: Case, entries: tuple[Entry, ...], rows: list[Row]) -> Relation:
    """The spine's rows, unchanged, and the features that the entries ask for (R18 to R22)."""
    joins = [_join(case, entry, rows) for entry in entries]
    table = reference.training_set(case.spine.seen(), case.spine_time, joins)
    spine_names = [name for name, _ in case.spine.fields]
    feature_fields = tuple(
        (join.prefix + name, kind)
        for join in joins
        for name, kind in feature_fields_of(case)
        if join.columns is None or name in join.columns
    )
    return Relation(
        case.spine.fields + feature_fields,
        tuple(
            spine_row + tuple(row[name] for name, _ in feature_fields)
            for spine_row, row in zip(case.spine.rows, table, strict=True)
        ),
        identity=len(spine_names),
    )


def _join(case: Case, entry: Entry, rows: list[Row]) -> Join:
    bindings = dict(entry.on)
    on = tuple((key, bindings.get(case.output(key), case.output(key))) for key in case.view.keys)
    return Join(case.view, rows, on, entry.prefix, entry.columns)


def _online(case: Case, rows: list[Row]) -> Relation:
    keys = case.view.keys
    names = (*keys, *(name for name, _ in case.view.features), "event_time", "as_of_time")
    table = reference.online_table(case.view, rows, case.as_of_time)
    kinds = dict(case.body_fields())
    fields = (
        *((case.output(key), kinds[key]) for key in keys),
        *feature_fields_of(case),
        ("event_time", TIMESTAMP),
        ("as_of_time", TIMESTAMP),
    )
    return Relation(fields, tuple(tuple(row[name] for name in names) for row in table), identity=len(keys))


def _history(case: Case, rows: list[Row]) -> Relation:
    columns = (*case.view.keys, case.view.timestamp)
    kinds = dict(case.body_fields())
    names = (*columns, *(name for name, _ in case.view.features))
    keys = tuple((case.output(key), kinds[key]) for key in case.view.keys)
    fields = (*keys, (case.output(case.view.timestamp), ANY_TIME), *feature_fields_of(case))
    table = reference.history(case.view, rows)
    return Relation(fields, tuple(tuple(row[name] for name in names) for row in table), identity=len(columns))


# --- types


def feature_fields_of(case: Case) -> Fields:
    kinds = dict(case.body_fields())
    return tuple((name, type_of(expression, kinds)) for name, expression in case.view.features)


def type_of(expression: Expression, columns: dict[str, str]) -> str:
    """The DuckDB type of an expression, for the expressions that cases are made of (R26)."""
    match expression:
        case Column(name):
            return columns[name]
        case reference.Literal(value):
            return LITERAL_TYPES[type(value)]
        case AsOfTime():
            return TIMESTAMP
        case Over():
            return _aggregate_type(expression, columns)
        case Call():
            return _call_type(expression, columns)


def _aggregate_type(expression: Over, columns: dict[str, str]) -> str:
    function = expression.function
    if function in ("count", "approx_count_distinct"):
        return "BIGINT"
    argument = type_of(expression.arguments[0], columns)
    if function == "array_agg":
        return f"{argument}[]"
    if function == "sum":
        exact = "DECIMAL(38,2)" if argument.startswith("DECIMAL") else "BIGINT"
        return "DOUBLE" if argument == "DOUBLE" else exact
    if function in ("median", "quantile_cont"):
        return argument if argument.startswith("DECIMAL") else "DOUBLE"
    if function == "avg" or function.startswith(("stddev", "var")):
        return "DOUBLE"
    return argument


def _call_type(expression: Call, columns: dict[str, str]) -> str:
    kinds = [type_of(argument, columns) for argument in expression.arguments]
    match expression.name:
        case "and" | "or" | "not" | "is null" | "is not null" | "=" | "<>" | "<" | "<=" | ">" | ">=":
            return "BOOLEAN"
        case "date_diff":
            return "BIGINT"
        case "/":
            return "DOUBLE"
        case "||":
            return "VARCHAR"
        case "earlier":
            return kinds[0] if kinds[0] == TIMESTAMPTZ else TIMESTAMP
        case "nullif":
            return kinds[0]
        case "case":
            return _widest(kinds[1:])
    return _widest(kinds)


def _widest(kinds: list[str]) -> str:
    order = [*INTEGERS, "DOUBLE"]
    return max(kinds, key=order.index) if all(kind in order for kind in kinds) else kinds[0]
