"""Which expressions mean the same in two dialects, which need other words for it, and which have none.

Kinds that are not listed here are refused. What a rule says was compared by running both sides, as far as the emulator goes,
and follows the vendors' pages beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from featsql.base.sqltypes import is_decimal, is_float, is_integer
from featsql.dialects import DIALECTS
from featsql.front.inference import type_of
from featsql.front.sql import spelled_type


class Refused(Exception):
    """`what` is said of it, the SQL itself where that is empty; `hint` is another way."""

    def __init__(self, what: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


Check = Callable[[exp.Expr], None]
Rewrite = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Rules:
    """`checks` has every kind that is known; `rewrites` those that need other words."""

    checks: Mapping[type[exp.Expr], Check]
    rewrites: Mapping[type[exp.Expr], Rewrite]

    def check(self, node: exp.Expr) -> None:
        """Raises Refused for what has no words."""
        check = self.checks.get(type(node))
        if check is None:
            raise Refused
        check(node)

    def rewritten(self, node: exp.Expr) -> exp.Expr:
        rewrite = self.rewrites.get(type(node))
        return rewrite(node) if rewrite else node


def _fine(node: exp.Expr) -> None:
    return None


def _only(*args: str) -> Check:
    """Fine with no other arguments than these."""

    def check(node: exp.Expr) -> None:
        if any(value for name, value in node.args.items() if name not in args):
            raise Refused

    return check


# --- clauses


def _join(node: exp.Expr) -> None:
    method, kind = node.args.get("method"), node.args.get("kind")
    if method or kind in ("SEMI", "ANTI") or node.args.get("match_condition"):
        raise Refused(
            f"{method or ''} {kind or ''} JOIN".replace("  ", " ").strip(), "as-of joins are what feature views are for"
        )


def _table(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise Refused(hint="read files and functions in a model for each warehouse")
    _only("this", "alias", "db", "catalog", "joins")(node)


def _star(node: exp.Expr) -> None:
    _only("except_", "except")(node)


def _distinct(node: exp.Expr) -> None:
    if node.args.get("on"):
        raise Refused("DISTINCT ON", "`qualify row_number() over (...) = 1` says which row stays")
    if isinstance(node.parent, exp.Count) and len(node.expressions) > 1:
        raise Refused


def _group(node: exp.Expr) -> None:
    _only("expressions")(node)


def _set_operation(node: exp.Expr) -> None:
    if node.args.get("by_name") or (not isinstance(node, exp.Union) and not node.args.get("distinct", True)):
        raise Refused(f"{type(node).__name__.upper()} {'BY NAME' if node.args.get('by_name') else 'ALL'}")


def _whole_number(node: exp.Expr) -> None:
    count = node.expression if isinstance(node, exp.Limit | exp.Offset) else node.this
    if not (isinstance(count, exp.Literal) and count.is_int):
        raise Refused


_CLAUSES: Final[dict[type[exp.Expr], Check]] = {
    **dict.fromkeys(
        (
            *(exp.From, exp.Where, exp.Having, exp.Qualify, exp.Order, exp.With, exp.CTE, exp.TableAlias, exp.Subquery),
            *(
                exp.Alias,
                exp.Column,
                exp.Identifier,
                exp.Tuple,
                exp.Paren,
                exp.Literal,
                exp.RawString,
                exp.Boolean,
                exp.Null,
                exp.Values,
            ),
            *(exp.DataType, exp.DataTypeParam, exp.Var, exp.IntervalSpan),
        ),
        _fine,
    ),
    exp.Select: _only(
        *("with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset"),
        *("distinct", "kind"),
    ),
    exp.Join: _join,
    exp.Table: _table,
    exp.Star: _star,
    exp.Distinct: _distinct,
    exp.Group: _group,
    exp.Ordered: _only("this", "desc", "nulls_first"),
    exp.Union: _set_operation,
    exp.Intersect: _set_operation,
    exp.Except: _set_operation,
    exp.Limit: _whole_number,
    exp.Offset: _whole_number,
}


# --- windows of plain SQL

_RANKS: Final = (exp.RowNumber, exp.Rank, exp.DenseRank)
_OVER: Final = (*_RANKS, exp.Lag, exp.Lead, exp.FirstValue, exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)


def _window(node: exp.Expr) -> None:
    call = node.this
    if not isinstance(call, _OVER) or node.args.get("alias"):
        raise Refused
    if not node.args.get("order") and isinstance(call, (*_RANKS, exp.Lag, exp.Lead)):
        raise Refused(hint="without `order by` the rows have no order: say one")


def _frame(node: exp.Expr) -> None:
    bounds = [node.args.get("start"), node.args.get("end")]
    if node.args.get("exclude") or node.args.get("kind") == "GROUPS":
        raise Refused
    if node.args.get("kind") == "RANGE" and any(isinstance(bound, exp.Expr) for bound in bounds):
        raise Refused(hint="windows by time are what feature views are for")


# --- values


def _is_number(type_name: str | None) -> bool:
    return type_name is not None and (is_integer(type_name) or is_decimal(type_name) or is_float(type_name))


def _cast(node: exp.Expr) -> None:
    target, source = spelled_type(node.args["to"]), type_of(node.this)
    if target is None or "[" in target or "STRUCT" in target or "MAP" in target or target in ("TIME", "INTERVAL", "JSON", "UUID"):
        raise Refused
    if isinstance(node.this, exp.Literal | exp.Null):
        return
    is_whole = isinstance(node.this, exp.Floor | exp.Ceil) or (
        isinstance(node.this, exp.Round) and not node.this.args.get("decimals")
    )
    is_plain = is_whole or source in ("TEXT", "BOOLEAN") or (source is not None and is_integer(source))
    if is_integer(target) and not (is_plain or (source and is_decimal(source))):
        raise Refused(hint="of halves one rounds to even and the other away from zero: `round(x)` first, or declare the type")
    if target == "TEXT" and (is_whole or not is_plain) and source != "DATE":
        raise Refused(hint="numbers with digits and times read differently as text: or declare the column's type, if it is none")


def _divisor(node: exp.Expr) -> None:
    if not _never_zero(node.expression):
        raise Refused(hint="a divisor of 0 is an error in one: `nullif(y, 0)`")


def _never_zero(node: exp.Expr) -> bool:
    match node:
        case exp.Paren():
            return _never_zero(node.this)
        case exp.Nullif():
            zero = node.expression
            return isinstance(zero, exp.Literal) and not zero.is_string and float(zero.name) == 0
        case exp.Literal():
            return not node.is_string and float(node.name) != 0
    return False


def _subtraction(node: exp.Expr) -> None:
    types = (type_of(node.this), type_of(node.expression))
    if isinstance(node, exp.Sub) and all(t and t.startswith("TIMESTAMP") for t in types):
        raise Refused(hint="the time between two times is `date_diff('second', a, b)`")


_UNITS: Final = frozenset({"YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"})
_PARTS: Final = frozenset({"YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "DOW", "ISODOW", "DOY"})


def _unit(node: exp.Expr) -> None:
    unit = node.args.get("unit")
    name = unit.name.upper() if unit is not None else "DAY"
    if name.removesuffix("S") not in _UNITS:
        raise Refused(hint="units that mean the same: year, quarter, month, day, hour, minute, second and below")


def _trunc(node: exp.Expr) -> None:
    if node.args["unit"].name.upper() not in _UNITS | {"WEEK"} or node.args.get("zone"):
        raise Refused


def _part(node: exp.Expr) -> None:
    if node.this.name.upper() not in _PARTS:
        raise Refused


def _named(node: exp.Expr) -> None:
    """A function that sqlglot knows by its name alone."""
    part, *_ = [*node.expressions, exp.Null()]
    if node.name.lower() not in ("date_part", "datepart") or not isinstance(part, exp.Literal) or part.name.upper() not in _PARTS:
        raise Refused


def _interval(node: exp.Expr) -> None:
    if not isinstance(node.parent, exp.Add | exp.Sub) or not isinstance(node.this, exp.Literal):
        raise Refused(hint="an interval is a number and a unit, added to a time or taken from it")
    _unit(node)


def _substring(node: exp.Expr) -> None:
    start = node.args.get("start")
    if not (isinstance(start, exp.Literal) and start.is_int and int(start.name) > 0):
        raise Refused(hint="starts that are not 1 or more are counted differently")


def _aggregate(*, numbers: bool = False) -> Check:
    def check(node: exp.Expr) -> None:
        if node.expressions or (isinstance(node.this, exp.Order) or isinstance(node.parent, exp.IgnoreNulls)):
            raise Refused
        if numbers and type_of(_inner(node)) == "BOOLEAN":
            raise Refused(hint="`count_if(x)` counts what is true")

    return check


def _inner(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) and inner.expressions else inner


def _filter(node: exp.Expr) -> None:
    if not isinstance(node.this, exp.Sum | exp.Count | exp.Min | exp.Max | exp.Avg | exp.CountIf):
        raise Refused
    if isinstance(node.this.this, exp.Distinct) or isinstance(node.parent, exp.Window):
        raise Refused


_SAME: Final = (
    *(exp.Neg, exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between),
    *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Exists, exp.Like, exp.ILike, exp.DPipe, exp.Case, exp.If, exp.Coalesce, exp.Nullif),
    *(exp.Mul, exp.Abs, exp.Floor, exp.Ceil, exp.Sqrt, exp.Exp, exp.Ln, exp.Pow, exp.Sign, exp.Lower, exp.Upper, exp.Length),
    *(exp.Greatest, exp.Least, exp.Year, exp.Month, exp.Day, exp.Quarter, exp.Hour, exp.Minute, exp.Second, exp.Replace),
    *(*_RANKS, exp.FirstValue, exp.StartsWith, exp.CountIf),
)
_VALUES: Final[dict[type[exp.Expr], Check]] = {
    **dict.fromkeys(_SAME, _fine),
    exp.Add: _fine,
    exp.Sub: _subtraction,
    exp.Div: _fine,
    exp.Mod: _divisor,
    exp.Round: _only("this", "decimals"),
    exp.Trim: _only("this"),
    exp.Cast: _cast,
    exp.Interval: _interval,
    exp.Extract: _part,
    exp.Anonymous: _named,
    exp.IsNan: _fine,
    exp.DateDiff: _unit,
    exp.TimestampTrunc: _trunc,
    exp.DateTrunc: _trunc,
    exp.Substring: _substring,
    exp.Window: _window,
    exp.WindowSpec: _frame,
    exp.Lag: _fine,
    exp.Lead: _fine,
    exp.Count: lambda node: None,
    exp.Sum: _aggregate(numbers=True),
    exp.Avg: _aggregate(numbers=True),
    exp.Min: _aggregate(numbers=True),
    exp.Max: _aggregate(numbers=True),
    exp.Filter: _filter,
}


# --- DuckDB to Snowflake


def _divided(node: exp.Expr) -> exp.Expr:
    """DuckDB divides in floating point, where x / 0 is an infinity or NaN."""
    left, right = _double(node.this), node.expression
    if _never_zero(right):
        return exp.Div(this=left, expression=right.copy())
    is_zero = exp.EQ(this=_in_parentheses(right), expression=exp.Literal.number(0))
    infinite = exp.Mul(this=left.copy(), expression=_double(exp.Literal.string("inf")))
    safe = exp.Nullif(this=right.copy(), expression=exp.Literal.number(0))
    return exp.If(this=is_zero, true=infinite, false=exp.Div(this=left, expression=safe))


def _in_parentheses(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node.copy()) if isinstance(node, exp.Binary) else node.copy()


def _double(node: exp.Expr) -> exp.Cast:
    inner = node.this if isinstance(node, exp.Paren) else node
    return exp.Cast(this=inner.copy(), to=exp.DataType.build("double"))


def _averaged(node: exp.Expr) -> exp.Expr:
    inner = _inner(node)
    doubled: exp.Expr = _double(inner)
    return exp.Avg(this=exp.Distinct(expressions=[doubled]) if isinstance(node.this, exp.Distinct) else doubled)


def _by_iso_weekday(node: exp.Expr) -> exp.Expr:
    """Which day a week begins with is a parameter of Snowflake's sessions, but not of ISO weekdays."""
    if node.args["unit"].name.upper() != "WEEK":
        return node
    time = node.this
    day = exp.func("date_trunc", exp.Literal.string("day"), time.copy(), dialect="snowflake")
    back = exp.Sub(this=exp.Literal.number(1), expression=exp.Anonymous(this="dayofweekiso", expressions=[time.copy()]))
    return exp.Anonymous(this="dateadd", expressions=[exp.var("day"), back, day])


def _part_of_time(node: exp.Expr) -> exp.Expr:
    """By functions of their own: what `date_part` makes of weekdays is a parameter of the session."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() not in ("date_part", "datepart"):
            return node
        part, time = node.expressions[0].name.upper(), node.expressions[1].copy()
    else:
        part, time = node.this.name.upper(), node.expression.copy()
    match part:
        case "DOW":
            iso = exp.Anonymous(this="dayofweekiso", expressions=[time])
            return exp.Anonymous(this="mod", expressions=[iso, exp.Literal.number(7)])
        case "ISODOW":
            return exp.Anonymous(this="dayofweekiso", expressions=[time])
        case "DOY":
            return exp.Anonymous(this="dayofyear", expressions=[time])
    return exp.Anonymous(this=part.lower(), expressions=[time])


def _ignoring_nulls(node: exp.Expr) -> exp.Expr:
    name = "greatest_ignore_nulls" if isinstance(node, exp.Greatest) else "least_ignore_nulls"
    return exp.Anonymous(this=name, expressions=[e.copy() for e in (node.this, *node.expressions)])


def _truth(node: exp.Expr) -> exp.Expr:
    """`x is true` is never NULL; sqlglot would make `x = true` of it."""
    if not isinstance(node.expression, exp.Boolean):
        return node
    is_true = bool(node.expression.this)
    known = exp.Coalesce(this=node.this.copy(), expressions=[exp.Boolean(this=not is_true)])
    return known if is_true else exp.Not(this=known)


def _filtered(node: exp.Expr) -> exp.Expr:
    call, condition = node.this, node.expression.this
    if isinstance(call, exp.CountIf):
        return exp.CountIf(this=exp.and_(call.this.copy(), condition.copy()))
    if isinstance(call.this, exp.Star) or call.this is None:
        return exp.CountIf(this=condition.copy())
    kept: exp.Expr = call.copy()
    kept.set("this", exp.If(this=condition.copy(), true=call.this.copy(), false=exp.Null()))
    return kept


def _other_type(node: exp.Expr) -> exp.Expr:
    """Types by our own names for them: a bare `timestamp` is what a parameter of the session says."""
    written = spelled_type(node.args["to"])
    if written is None or isinstance(node.this, exp.DataType):
        return node
    node.set("to", exp.DataType.build(DIALECTS["snowflake"].type_name(written), dialect="snowflake"))
    return node


_TO_SNOWFLAKE: Final = Rules(
    {**_CLAUSES, **_VALUES},
    {
        exp.RawString: lambda node: exp.Literal.string(node.name),
        exp.Div: _divided,
        exp.Avg: _averaged,
        exp.TimestampTrunc: _by_iso_weekday,
        exp.DateTrunc: _by_iso_weekday,
        exp.Is: _truth,
        exp.Extract: _part_of_time,
        exp.Anonymous: _part_of_time,
        exp.IsNan: lambda node: exp.EQ(this=_in_parentheses(node.this), expression=_double(exp.Literal.string("nan"))),
        exp.Greatest: _ignoring_nulls,
        exp.Least: _ignoring_nulls,
        exp.Filter: _filtered,
        exp.Cast: _other_type,
    },
)


# --- Snowflake to DuckDB


def _exact_division(node: exp.Expr) -> None:
    types = (type_of(node.this), type_of(node.expression))
    if not any(t and is_float(t) for t in types):
        raise Refused(hint="of whole numbers and decimals it is a decimal in Snowflake alone: `cast(x as double) / y`")
    _divisor(node)


def _exact_average(node: exp.Expr) -> None:
    told = type_of(_inner(node))
    if told is None or not is_float(told):
        raise Refused(hint="of whole numbers and decimals it is a decimal in Snowflake alone: `avg(cast(x as double))`")


def _null_if_any(node: exp.Expr) -> exp.Expr:
    """Snowflake's `greatest` is NULL where any of its values is."""
    values = [node.this, *node.expressions]
    known = exp.and_(*(exp.Not(this=exp.Is(this=_in_parentheses(v), expression=exp.Null())) for v in values))
    return exp.Case(ifs=[exp.If(this=known, true=node.copy())])


def _week_refused(node: exp.Expr) -> None:
    if node.args["unit"].name.upper() == "WEEK":
        raise Refused(hint="which day a week begins with is a parameter of Snowflake's sessions")
    _trunc(node)


_TO_DUCKDB: Final = Rules(
    {
        **_CLAUSES,
        **_VALUES,
        exp.Div: _exact_division,
        exp.Avg: _exact_average,
        exp.TimestampTrunc: _week_refused,
        exp.DateTrunc: _week_refused,
        exp.DateAdd: _unit,
        exp.TimestampAdd: _unit,
    },
    {exp.Greatest: _null_if_any, exp.Least: _null_if_any},
)

RULES: Final[Mapping[tuple[str, str], Rules]] = {
    ("duckdb", "snowflake"): _TO_SNOWFLAKE,
    ("snowflake", "duckdb"): _TO_DUCKDB,
}
