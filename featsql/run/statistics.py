"""Statistics of columns for the catalog: one scan a table, everything in one SELECT."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from featsql.base.diagnostics import FeatsqlError
from featsql.base.spans import Text
from featsql.base.sqltypes import is_decimal, is_float, is_integer, is_time
from featsql.compile import Compiler
from featsql.dialects import DIALECTS
from featsql.engines.base import Engine
from featsql.ir.graph import FeatureViewNode, Node, SourceNode
from featsql.ir.model import Column
from featsql.ir.query import Query
from featsql.run.asking import ask

Json = dict[str, Any]
_BARS: Final = 12
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Counting:
    """A node whose columns are counted: where its rows are, and what they are."""

    node: Node
    query: Query
    columns: tuple[Column, ...]


def countable(compiler: Compiler, read: Callable[[str], Query]) -> Iterator[Counting]:
    """Every node with known columns; of a feature view its history. `read` makes a query of a project's SQL."""
    for node in compiler.graph.nodes.values():
        if not node.columns:
            continue
        if isinstance(node, SourceNode):
            source, name = node.name.split(".", 1)
            call = f"source('{source}', '{name}')"
        else:
            call = f"ref('{node.name}')"
        query = read(f"select * from {{{{ {call} }}}}")
        yield Counting(node, query, node.columns)


def count(engine: Engine, compiler: Compiler, counting: Counting, at: str) -> Json:
    """The statistics of one table; empty where it is not there."""
    columns = [c for c in counting.columns if c.type is not None]
    asked = [f"{alias}: {sql}" for alias, sql in _asked(columns, counting.query.dialect)]
    scan = Text.generated(f"select {', '.join(_as(item) for item in asked)} from (\n")
    query = Query((scan, *counting.query.parts, Text.generated("\n) as counted")), counting.query.dialect)
    try:
        (row,) = ask(engine, query, compiler).to_pylist()
    except FeatsqlError:
        return {}
    told = {c.name: _column(i, c, row) for i, c in enumerate(columns)}
    found: Json = {"rows": row["rows"], "at": at, "columns": told}
    times = [row[f"max_{i}"] for i, c in enumerate(columns) if _is_event_time(counting.node, c)]
    if times and times[0] is not None:
        found["latest"] = _shown(times[0])
    return found


def _as(item: str) -> str:
    alias, _, sql = item.partition(": ")
    return f"{sql} as {alias}"


def _asked(columns: Sequence[Column], dialect: str) -> Iterator[tuple[str, str]]:
    quote = DIALECTS[dialect].quote
    yield "rows", "count(*)"
    for i, column in enumerate(columns):
        name = quote(column.name)
        yield f"n_{i}", f"count({name})"
        if _is_ordered(column):
            yield f"min_{i}", f"min({name})"
            yield f"max_{i}", f"max({name})"
            yield f"distinct_{i}", f"approx_count_distinct({name})"
        if _is_number(column):
            yield f"mean_{i}", f"avg({name})"
            if dialect == "duckdb":
                yield (
                    f"bars_{i}",
                    f"approx_quantile(cast({name} as double), [{', '.join(str(k / _BARS) for k in range(_BARS + 1))}])",
                )
        elif dialect == "duckdb" and column.type in ("TEXT", "BOOLEAN"):
            yield f"top_{i}", f"approx_top_k({name}, 8)"


def _column(i: int, column: Column, row: Mapping[str, Any]) -> Json:
    found: Json = {"nulls": row["rows"] - row[f"n_{i}"]}
    if _is_ordered(column):
        found |= {"min": _shown(row[f"min_{i}"]), "max": _shown(row[f"max_{i}"]), "distinct": row[f"distinct_{i}"]}
    if row.get(f"mean_{i}") is not None:
        found["mean"] = float(row[f"mean_{i}"])
    edges = row.get(f"bars_{i}")
    if edges:
        found["quantiles"] = [float(edge) for edge in edges]
        found["bars"] = _bars(found["quantiles"], row[f"n_{i}"])
    if row.get(f"top_{i}"):
        found["top"] = [_shown(value) for value in row[f"top_{i}"]]
    return found


def _bars(quantiles: Sequence[float], rows: int) -> list[tuple[str, int]]:
    """Equal widths from quantiles: each twelfth of the rows is spread evenly between its quantiles."""
    low, high = quantiles[0], quantiles[-1]
    if not low < high or high - low == float("inf"):
        return [(f"{low:g}", rows)]
    width = (high - low) / _BARS
    shares = [0.0] * _BARS
    for start, end in itertools.pairwise(quantiles):
        for k in range(_BARS):
            left, right = low + k * width, low + (k + 1) * width
            if end <= start:
                is_here = left <= start < right or (k == _BARS - 1 and start == high)
                shares[k] += is_here / (len(quantiles) - 1)
            else:
                shares[k] += max(0.0, min(end, right) - max(start, left)) / (end - start) / (len(quantiles) - 1)
    return [(f"{low + k * width:.4g} to {low + (k + 1) * width:.4g}", round(share * rows)) for k, share in enumerate(shares)]


def _is_number(column: Column) -> bool:
    kind = column.type or ""
    return is_integer(kind) or is_decimal(kind) or is_float(kind)


def _is_ordered(column: Column) -> bool:
    kind = column.type or ""
    return _is_number(column) or is_time(kind) or kind in ("TEXT", "BOOLEAN")


def _is_event_time(node: Node, column: Column) -> bool:
    if isinstance(node, FeatureViewNode):
        return column.name == node.timestamp.name
    return isinstance(node, SourceNode) and node.table.timestamp is not None and column.name == node.table.timestamp.text


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value)
    if isinstance(value, int | float | bool) or value is None:
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
