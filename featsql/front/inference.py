"""The type of an annotated expression, where it is certain: as the warehouse's own binder would say.

A wrong type would be written into the manifest, and a wrong `integer` would make a sum round. So what is said here follows
from declared columns by rules that DuckDB keeps; everything else is left open, and asked (`front.asking`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlglot import exp

from featsql.aggregates import AGGREGATES
from featsql.base.sqltypes import decimal_scale, is_decimal, is_float, is_integer
from featsql.front.sql import spelled_type

_COUNTS: Final = (
    *(exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.ApproxDistinct),
    *(exp.DateDiff, exp.Length, exp.Extract, exp.Year, exp.Month, exp.Day),
)
_BOOLEANS: Final = (exp.Predicate, exp.And, exp.Or, exp.Not, exp.Boolean)
_TEXTS: Final = (exp.Lower, exp.Upper, exp.Trim)
_DOUBLES: Final = (exp.Ln, exp.Log, exp.Sqrt, exp.Exp)
_WIDTHS: Final = {"INT": 32, "INTEGER": 32, "BIGINT": 64, "INT128": 128}
"""Of the integers that no literal is wider than unless its own type says so."""


def type_of(node: exp.Expr) -> str | None:
    """A type in the compiler's spelling, or None when it is not certain.

    Columns and subqueries have their types in their `meta`; everything else is derived.
    """
    match node:
        case exp.Column() | exp.Query():
            return node.meta.get("type")
        case exp.Literal():
            return _literal(node)
        case exp.Paren() | exp.Alias() | exp.Neg() | exp.Abs() | exp.First() | exp.Last() | exp.Filter() | exp.AnyValue():
            return type_of(node.this)
        case exp.Cast():
            return spelled_type(node.to)
        case exp.Min() | exp.Max() | exp.Nullif():
            # `min(x, n)` is a list
            return None if node.expressions else type_of(node.this)
        case exp.Sum():
            return _sum(type_of(node.this))
        case exp.Avg():
            return "DOUBLE" if _is_number(type_of(node.this)) else None
        case exp.Window():
            return _window(node) if "aggregate" in node.meta else type_of(node.this)
        case exp.CountIf():
            return "INT128"
        case exp.Extract() if node.name.upper() in ("EPOCH", "JULIAN"):
            return "DOUBLE"
        case exp.Add() | exp.Sub() | exp.Mul():
            return _arithmetic(node.this, node.expression)
        case exp.Div():
            return _division(type_of(node.this), type_of(node.expression))
        case exp.Case() | exp.If() | exp.Coalesce() | exp.Greatest() | exp.Least():
            return _unified(_branches(node))
    for kinds, found in ((_BOOLEANS, "BOOLEAN"), (_COUNTS, "BIGINT"), (_TEXTS, "TEXT"), (_DOUBLES, "DOUBLE")):
        if isinstance(node, kinds):
            return found
    return None


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


def _literal(node: exp.Literal) -> str | None:
    if node.is_string:
        return "TEXT"
    if not node.is_int:
        return None
    return "INT" if int(node.name) < 2**31 else "BIGINT" if int(node.name) < 2**63 else None


def _arithmetic(left: exp.Expr, right: exp.Expr) -> str | None:
    types = (type_of(left), type_of(right))
    if not all(map(_is_number, types)):
        return None
    if "DOUBLE" in types:
        return "DOUBLE"
    return _unified((left, right)) if all(t and is_integer(t) for t in types) else None


def _division(*types: str | None) -> str | None:
    """Of `/`: DOUBLE, unless it meets a REAL, or no number."""
    if not all(map(_is_number, types)):
        return None
    return "DOUBLE" if "DOUBLE" in types or "REAL" not in types else None


def _is_number(type_name: str | None) -> bool:
    return type_name is not None and (is_integer(type_name) or is_decimal(type_name) or is_float(type_name))


def _sum(argument: str | None) -> str | None:
    """Of the warehouse's own `sum`, outside of windows: DuckDB widens integers to HUGEINT, and rounds the widest."""
    if argument is None:
        return None
    if is_integer(argument):
        return "DOUBLE" if argument == "UINT128" else "INT128"
    return f"DECIMAL(38, {decimal_scale(argument)})" if is_decimal(argument) else "DOUBLE" if is_float(argument) else None


def _branches(node: exp.Expr) -> Iterable[exp.Expr]:
    """What the value of `node` is taken from, without NULLs."""
    match node:
        case exp.If():
            parts = [node.args.get("true"), node.args.get("false")]
        case exp.Case():
            parts = [*(branch.args.get("true") for branch in node.args.get("ifs", ())), node.args.get("default")]
        case _:
            parts = [node.this, *node.expressions]
    return [part for part in parts if part is not None and not isinstance(part, exp.Null)]


def _unified(parts: Iterable[exp.Expr]) -> str | None:
    """The common type: the same for all, or the widest of integers that are as wide as a literal."""
    types = {type_of(part) for part in parts}
    if len(types) == 1 and None not in types:
        return types.pop()
    widths = {_WIDTHS.get(t or "", 0) for t in types}
    return next((t for t in types if t and _WIDTHS[t] == max(widths)), None) if types and 0 not in widths else None
