"""The same features as a featsql project, and the SQL that featsql makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import duckdb

from featsql import Project
from featsql.ir.graph import TrainingSetNode
from featsql.plan.strategies import STRATEGIES
from tests.benchmarks.strategies.shapes import EVENT_COLUMNS, SPINE, SPINE_COLUMNS
from tests.benchmarks.strategies.workloads import DAYS, LAST, TTL_DAYS, Feature, View

AS_OF = "2026-01-01"


@dataclass(frozen=True, slots=True)
class Generated:
    """The SELECT of the training set, and the seconds that it took to make: to compile, and to ask the data about itself."""

    sql: str
    compile_seconds: float
    statistics_seconds: float = 0.0


def automatic_sql(project: Project, connection: duckdb.DuckDBPyConnection) -> Generated:
    """What `featsql run` executes for the training set: it counts before it plans."""
    started = perf_counter()
    node = project.graph.nodes["training_set.race.training"]
    assert isinstance(node, TrainingSetNode)
    compiler = project.workspace.compiler(AS_OF)
    counting = compiler.counting(node).sql
    compiled = perf_counter()
    counted = connection.execute(counting).to_arrow_table().to_pylist()
    asked = perf_counter()
    compiler.counted(node, counted)
    made = compiler.queries(node).main
    assert made
    return Generated(made.sql, perf_counter() - asked + compiled - started, asked - compiled)


def pinned_sql(folder: Path, views: tuple[View, ...], connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """By strategy: the SELECT of the training set under `strategy: NAME`."""
    found = {}
    for name in STRATEGIES:
        write(folder / name, views, strategy=name)
        found[name] = automatic_sql(Project(folder / name), connection).sql
    return found


def write(folder: Path, views: tuple[View, ...], strategy: str | None = None) -> None:
    """Write the project into a folder."""
    for name, text in {
        "featsql.yml": "name: race\nprofile: race\ndialect: duckdb\n",
        "profiles.yml": "race:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: race.duckdb, schema: main}\n",
        "models/declarations.yml": _declarations(views),
        "models/training.sql": _training_set(views, strategy),
        **{f"models/{view.name}.sql": _feature_view(view) for view in views},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _declarations(views: tuple[View, ...]) -> str:
    tables = [(view.table, EVENT_COLUMNS) for view in views] + [(SPINE, SPINE_COLUMNS)]
    lines = ["sources:", "  - name: raw", "    schema: main", "    tables:"]
    for table, columns in tables:
        lines += [f"      - name: {table}", "        columns:"]
        lines += [f"          - {{name: {name}, type: '{type_name}'}}" for name, type_name in columns]
    return "\n".join((*lines, "entities:", "  - {name: customer, keys: [customer]}", ""))


def _training_set(views: tuple[View, ...], strategy: str | None) -> str:
    header = ["kind: training_set", "timestamp: asked_at", f"features: [{', '.join(view.name for view in views)}]"]
    header += [f"strategy: {strategy}"] if strategy else []
    return _model(header, f"select row_id, customer, asked_at\nfrom {{{{ source('raw', '{SPINE}') }}}}\n")


def _feature_view(view: View) -> str:
    windows = ", ".join((*(f"last_{days}d: {days}d" for days in DAYS), f"last_rows: {{rows: {LAST}}}"))
    header = ["kind: feature_view", "entity: customer", "timestamp: happened_at", "tie_break: [event_id]"]
    header += [f"ttl: {TTL_DAYS}d", f"windows: {{{windows}}}"]
    columns = ",\n".join(("    customer", "    happened_at", *(f"    {_expression(f)} as {f.name}" for f in view.features)))
    return _model(header, f"select\n{columns}\nfrom {{{{ source('raw', '{view.table}') }}}}\n")


def _model(header: list[str], select: str) -> str:
    return "\n".join(("/*---", *header, "---*/", select))


def _expression(feature: Feature) -> str:
    match feature.function:
        case "latest":
            return feature.column
        case "last":
            return f"array_agg({feature.column}) over last_rows"
        case function:
            return f"{function}({feature.column or '*'}) over last_{feature.days}d"
