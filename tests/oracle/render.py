"""A case as the files of a project: headers, SQL, declarations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import assert_never

from . import reference
from .aggregation import Value
from .cases import NANOSECONDS, Case, Entry, Table, Training
from .reference import AsOfTime, Calendar, Call, Column, Expression, Latest, Lifetime, Literal, Over, Range, Window

DURATIONS_US = {
    "w": 7 * reference.DAY_US,
    "d": reference.DAY_US,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
RESERVED = frozenset({"order", "group", "select", "table"})
TABLES, FILES = "lake", "files"


def project_files(cases: list[Case]) -> dict[str, str]:
    """The models and declarations of a project that holds the cases, by path."""
    files = {"models/sources.yml": _sources(cases), "models/entities.yml": _entities(cases)}
    for case in cases:
        for strategy in case.strategies:
            files[f"models/{case.view_name(strategy)}.sql"] = view_sql(case, strategy)
        for training in case.trainings:
            files[f"models/{training.name}.sql"] = training_sql(case, training)
        if case.body.shape in ("model", "ephemeral"):
            files[f"models/{upstream_name(case)}.sql"] = _upstream_sql(case)
    return files


# --- names and literals


def identifier(name: str) -> str:
    """A name in SQL: bare and in lower case where that means the same, else quoted."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in RESERVED:
        return name.lower()
    return '"' + name.replace('"', '""') + '"'


def output_name(name: str) -> str:
    """A name that the SELECT gives: as `identifier`, with its capitals."""
    bare = identifier(name)
    return bare if bare.startswith('"') else name


def yaml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def duration(length_us: int) -> str:
    unit = next(unit for unit, size in DURATIONS_US.items() if length_us % size == 0)
    return f"{length_us // DURATIONS_US[unit]}{unit}"


def source_call(case: Case, table: str) -> str:
    source = TABLES if case.storage == "table" else FILES
    return f"{{{{ source('{source}', '{table_name(case, table)}') }}}}"


def table_name(case: Case, table: str) -> str:
    return f"c{case.index}_{table}"


def upstream_name(case: Case) -> str:
    return f"m{case.index}"


# --- expressions


def sql(expression: Expression, column: Callable[[str], str] = identifier) -> str:
    """The expression in DuckDB's SQL, in parentheses where it is an operator."""
    match expression:
        case Column(name):
            return column(name)
        case Literal(value):
            return sql_literal(value)
        case AsOfTime():
            return "as_of_time"
        case Over():
            return _over(expression, column)
        case Call():
            return _call(expression, column)
        case _:
            assert_never(expression)


def top_level(expression: Expression, column: Callable[[str], str] = identifier) -> str:
    """The expression without parentheses around the whole."""
    text = sql(expression, column)
    is_operator = isinstance(expression, Call) and text.startswith("(")
    return text[1:-1] if is_operator else text


def sql_literal(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return string(value)
        case int() | float() | Decimal():
            return str(value) if value >= 0 else f"({value})"
    raise ValueError(value)


def _over(expression: Over, column: Callable[[str], str]) -> str:
    arguments = ", ".join(top_level(argument, column) for argument in expression.arguments)
    if expression.function == "count" and not arguments:
        arguments = "*"
    if expression.function == "quantile_cont":
        arguments += f", {expression.fraction}"
    text = f"{expression.function}({'distinct ' if expression.distinct else ''}{arguments})"
    if expression.condition is not None:
        text += f" filter (where {top_level(expression.condition, column)})"
    return f"{text} over {expression.window}"


def _call(expression: Call, column: Callable[[str], str]) -> str:
    arguments = [sql(argument, column) for argument in expression.arguments]
    match expression.name, expression.arguments:
        case (("coalesce" | "nullif" | "date_diff"), _):
            return f"{expression.name}({', '.join(arguments)})"
        case "case", (_, _, otherwise):
            tail = "" if otherwise == Literal(None) else f" else {arguments[2]}"
            return f"case when {arguments[0]} then {arguments[1]}{tail} end"
        case "not", _:
            return f"(not {arguments[0]})"
        case (("is null" | "is not null"), _):
            return f"({arguments[0]} {expression.name})"
        case "earlier", (_, Literal(length_us)):
            return f"({arguments[0]} - {_interval(length_us)})"
    return "(" + f" {expression.name} ".join(arguments) + ")"


def _interval(length_us: int) -> str:
    units = [unit for unit in reversed(reference.UNITS_US) if unit != "day" and unit != "millisecond"]
    unit = next(unit for unit in units if length_us % reference.UNITS_US[unit] == 0)
    return f"interval {length_us // reference.UNITS_US[unit]} {unit}"


# --- models


def view_sql(case: Case, strategy: str) -> str:
    view = case.view
    qualify = qualifier(case)
    projections = [_projection(qualify(column), output) for column, output in case.outputs]
    projections += [f"{top_level(expression, qualify)} as {output_name(name)}" for name, expression in view.features]
    return "\n".join([*_view_header(case, strategy), body_sql(case, projections), ""])


def body_sql(case: Case, projections: list[str]) -> str:
    """A SELECT of the projections from the view's body."""
    lines = [*_with(case), "select", ",\n".join(f"    {projection}" for projection in projections)]
    lines.append(f"from {_from(case)}")
    if case.body.condition is not None and case.body.shape != "cte":
        lines.append(f"where {top_level(case.body.condition, qualifier(case))}")
    return "\n".join(lines)


def _projection(column: str, output: str) -> str:
    name = output_name(output)
    return column if column.strip('"').lower() == output.lower() else f"{column} as {name}"


def qualifier(case: Case) -> Callable[[str], str]:
    if case.body.dimension is None:
        return identifier
    added = {name for name, _ in case.body.dimension.fields[1:]}
    return lambda name: ("d." if name in added else "r.") + identifier(name)


def _with(case: Case) -> list[str]:
    source = source_call(case, "rows")
    match case.body.shape:
        case "cte":
            where = f" where {top_level(case.body.condition)}" if case.body.condition is not None else ""
            return ["with base as (", f"    select * from {source}{where}", ")"]
        case "union":
            flag = identifier(next(name for name, kind in case.source.fields if kind == "BOOLEAN"))
            return [
                "with base as (",
                f"    select * from {source} where {flag}",
                "    union all",
                f"    select * from {source} where {flag} is not true",
                ")",
            ]
    return []


def _from(case: Case) -> str:
    match case.body.shape:
        case "cte" | "union":
            return "base"
        case "model" | "ephemeral":
            return f"{{{{ ref('{upstream_name(case)}') }}}}"
        case "join" if case.body.dimension is not None:
            link = identifier(case.body.dimension.fields[0][0])
            dimension = source_call(case, "dimension")
            return f"{source_call(case, 'rows')} as r\ninner join {dimension} as d on r.{link} = d.{link}"
    return source_call(case, "rows")


def _view_header(case: Case, strategy: str) -> list[str]:
    view = case.view
    header = ["kind: feature_view"]
    if case.entities == "one":
        header.append(f"entity: {entity_name(case)}")
    if case.entities == "many":
        header.append(f"entities: [{', '.join(entity_name(case, part) for part in range(len(view.keys)))}]")
    header.append(f"timestamp: {yaml(case.output(view.timestamp))}")
    if view.available_at is not None:
        header.append(f"available_at: {yaml(view.available_at)}")
    if view.delay_us:
        header.append(f"delay: {duration(view.delay_us)}")
    if view.ttl_us is not None:
        header.append(f"ttl: {duration(view.ttl_us)}")
    if view.closed != "left" or case.index % 2:
        header.append(f"closed: {view.closed}")
    if view.tie_break:
        header.append(f"tie_break: {yaml(list(view.tie_break))}")
    if view.windows:
        header.append("windows:")
        header += [f"  {name}: {_window(window)}" for name, window in view.windows]
    header.append("online: true")
    if strategy != "auto":
        header.append(f"strategy: {strategy}")
    return ["/*---", *header, "---*/"]


def _window(window: Window) -> str:
    match window:
        case Lifetime():
            return "all"
        case Latest(count):
            return f"{{rows: {count}}}"
        case Range(length_us, 0):
            return duration(length_us)
        case Range(length_us, offset_us):
            return f"{{range: {duration(length_us)}, offset: {duration(offset_us)}}}"
        case Calendar(unit, timezone, back):
            zone = "" if timezone == "UTC" else f", timezone: {timezone}"
            return f"{{calendar: {unit}{zone}{f', back: {back}' if back else ''}}}"
        case _:
            assert_never(window)


def _upstream_sql(case: Case) -> str:
    columns = ", ".join(identifier(name) for name, _ in case.source.fields)
    materialized = "ephemeral" if case.body.shape == "ephemeral" else ("view", "table")[case.index % 2]
    return f"/*---\nmaterialized: {materialized}\n---*/\nselect {columns}\nfrom {source_call(case, 'rows')}\n"


def training_sql(case: Case, training: Training) -> str:
    header = ["kind: training_set", f"timestamp: {case.spine_time}"]
    if case.label is not None:
        header.append(f"label: {case.label}")
    header += ["features:", *(f"  - {line}" for entry in training.entries for line in _entry(case, entry))]
    columns = ", ".join(output_name(name) for name, _ in case.spine.fields)
    return "\n".join(["/*---", *header, "---*/", f"select {columns}", f"from {source_call(case, 'spine')}", ""])


def _entry(case: Case, entry: Entry) -> list[str]:
    name = case.view_name(entry.strategy)
    if not entry.prefix and not entry.on:
        return [name] if entry.columns is None else [yaml(f"{name}.{column}") for column in entry.columns]
    parts = [f"view: {name}"]
    if entry.on:
        parts.append("on: {" + ", ".join(f"{key}: {column}" for key, column in entry.on) + "}")
    if entry.prefix:
        parts.append(f"prefix: {entry.prefix}")
    if entry.columns is not None:
        parts.append(f"columns: {yaml(list(entry.columns))}")
    return ["{" + ", ".join(parts) + "}"]


# --- declarations


def entity_name(case: Case, part: int | None = None) -> str:
    return f"e{case.index}" if part is None else f"e{case.index}_{part}"


def _entities(cases: list[Case]) -> str:
    lines = []
    for case in cases:
        keys = [case.output(key) for key in case.view.keys]
        if case.entities == "one":
            lines.append(f"  - {{name: {entity_name(case)}, keys: {yaml(keys)}}}")
        if case.entities == "many":
            lines += [f"  - {{name: {entity_name(case, part)}, keys: {yaml([key])}}}" for part, key in enumerate(keys)]
    return "\n".join(["entities:", *lines, ""]) if lines else "entities: []\n"


def _sources(cases: list[Case]) -> str:
    lines = ["sources:"]
    for source, storage in ((TABLES, "table"), (FILES, "parquet")):
        stored = [case for case in cases if case.storage == storage]
        if stored:
            lines += [f"  - name: {source}", f"    schema: {source}", "    tables:"]
            lines += [line for case in stored for name, table in tables_of(case) for line in _table(case, name, table)]
    return "\n".join([*lines, ""])


def tables_of(case: Case) -> list[tuple[str, Table]]:
    """The tables that the case reads, by name."""
    tables = [("rows", case.source), ("spine", case.spine)]
    if case.body.dimension is not None:
        tables.append(("dimension", case.body.dimension))
    return [(table_name(case, name), table) for name, table in tables]


def _table(case: Case, name: str, table: Table) -> list[str]:
    lines = [f"      - name: {name}"]
    if case.storage == "parquet":
        lines.append(f"        path: {data_path(name)}")
    if case.declared:
        lines.append("        columns:")
        lines += [f"          - {{name: {yaml(field)}, type: {yaml(_declared(kind))}}}" for field, kind in table.fields]
    return lines


def _declared(kind: str) -> str:
    return "TIMESTAMP WITH TIME ZONE" if kind == NANOSECONDS[1] else kind


def data_path(name: str) -> str:
    return f"data/{name}.parquet"
