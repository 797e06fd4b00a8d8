"""The type of an annotated expression, where it is certain.

sqlglot's annotation is a good guess for most expressions, but a wrong `integer` would make a sum round. So integers are
believed only where they follow from declared columns by rules that DuckDB keeps.
"""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import ParseError

from featsql.aggregates import AGGREGATES
from featsql.base.sqltypes import decimal_scale, is_decimal, is_float, is_integer

_COUNTS = (
    *(exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.ApproxDistinct),
    *(exp.DateDiff, exp.Length, exp.Extract, exp.Year, exp.Month, exp.Day),
)
_BOOLEANS = (exp.Predicate, exp.And, exp.Or, exp.Not, exp.Boolean)


def type_of(node: exp.Expr) -> str | None:
    """A type in the compiler's spelling, or None when it is not certain.

    Columns must have been given their types before; everything else is derived.
    """
    if isinstance(node, (exp.Paren, exp.Alias)):
        return type_of(node.this)
    if isinstance(node, exp.Column) and "type" in node.meta:
        return str(node.meta["type"])
    if isinstance(node, (exp.Column, exp.Cast, exp.Query)):
        return _annotated(node)
    if isinstance(node, (exp.Min, exp.Max, exp.First, exp.Last, exp.Filter, exp.AnyValue)):
        return type_of(node.this)
    if isinstance(node, exp.Sum):
        return _sum(type_of(node.this))
    if isinstance(node, _BOOLEANS):
        return "BOOLEAN"
    if isinstance(node, exp.Window):
        return _window(node) if "aggregate" in node.meta else type_of(node.this)
    if isinstance(node, exp.Div):
        return "DOUBLE"
    if isinstance(node, exp.CountIf):
        return "HUGEINT"
    if isinstance(node, exp.Extract) and node.name.upper() in ("EPOCH", "JULIAN"):
        return "DOUBLE"
    if isinstance(node, _COUNTS):
        return "BIGINT"
    if isinstance(node, exp.Literal):
        return "VARCHAR" if node.is_string else ("INT" if node.is_int else None)
    if isinstance(node, (exp.Neg, exp.Abs)):
        return type_of(node.this)
    if isinstance(node, (exp.Add, exp.Sub, exp.Mul)):
        return _arithmetic(type_of(node.this), type_of(node.expression))
    if isinstance(node, (exp.Case, exp.If, exp.Coalesce, exp.Nullif)):
        return _branches(node)
    found = _annotated(node)
    return None if found is None or is_integer(found) or found.startswith("DECIMAL") else found


@lru_cache(maxsize=1024)
def data_type(type_name: str) -> exp.DataType | None:
    """sqlglot's type for a name in the compiler's spelling; None where it has none (`TIMESTAMPTZ_NS`)."""
    try:
        return exp.DataType.build(type_name, dialect="duckdb")
    except ParseError:
        return None


def _annotated(node: exp.Expr) -> str | None:
    found = node.type
    if found is None or found.this in (exp.DType.UNKNOWN, exp.DType.NULL):
        return None
    return found.sql("duckdb") if found.expressions else _spelled(found.this)


@lru_cache(maxsize=256)
def _spelled(plain: exp.DType) -> str:
    return exp.DataType(this=plain).sql("duckdb")


def _window(node: exp.Window) -> str | None:
    """Of `f(x) over NAME`; `front.features` left the aggregate's name on the node."""
    aggregate = AGGREGATES.get(node.meta.get("aggregate", ""))
    return aggregate.result_type((argument_type(node),)) if aggregate else None


def argument_type(node: exp.Window) -> str | None:
    """Of the first argument of `f(x) over NAME`."""
    call = node.this.this if isinstance(node.this, exp.Filter) else node.this
    first = call.this
    if isinstance(call, exp.Anonymous):
        first = call.expressions[0] if call.expressions else None
    if isinstance(first, exp.Distinct):
        first = first.expressions[0] if first.expressions else None
    return type_of(first) if isinstance(first, exp.Expr) else None


def _arithmetic(left: str | None, right: str | None) -> str | None:
    if left is None or right is None:
        return "DOUBLE" if any(t and is_float(t) for t in (left, right)) else None
    if is_integer(left) and is_integer(right):
        return "BIGINT"
    return "DOUBLE" if is_float(left) or is_float(right) else None


def _sum(argument: str | None) -> str | None:
    """Of the warehouse's own `sum`, outside of windows: DuckDB widens integers to HUGEINT."""
    if argument is None:
        return None
    if is_integer(argument):
        return "HUGEINT"
    return f"DECIMAL(38, {decimal_scale(argument)})" if is_decimal(argument) else "DOUBLE" if is_float(argument) else None


def _branches(node: exp.Expr) -> str | None:
    match node:
        case exp.Nullif():
            return type_of(node.this)
        case exp.Coalesce():
            parts = [node.this, *node.expressions]
        case exp.If():
            parts = [node.args.get("true"), node.args.get("false")]
        case _:
            parts = [*(branch.args.get("true") for branch in node.args.get("ifs", ())), node.args.get("default")]
    types = {type_of(part) for part in parts if part is not None and not isinstance(part, exp.Null)}
    if len(types) == 1:
        return types.pop()
    if None not in types and all(is_integer(t) for t in types if t):
        return "BIGINT"
    return None
