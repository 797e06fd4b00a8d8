"""Where columns come from, case by case: SQL in, `column = inputs` out.

`o.amount` is a copy, `~o.amount` a part of an expression, `+o.amount` something that is aggregated, `?o.status` a condition;
`o.*` are the rows themselves. Columns of `o` (orders) and `c` (customers) are known, those of `u` are not.
"""

from __future__ import annotations

import re

import pytest

from featsql.base.spans import SourceFile, Text
from featsql.front.sql import parse_model, read_sql
from featsql.front.tracing import trace_model
from featsql.ir.lineage import Input, Traced
from featsql.ir.model import Column, Rendered

TABLES = {
    "o": ("id", "customer_id", "amount", "status", "ordered_at"),
    "c": ("customer_id", "name", "country"),
    "u": None,
}
HOW = {"copy": "", "expression": "~", "aggregate": "+", "condition": "?"}

CASES: dict[str, tuple[str, str]] = {
    # plain
    "a column": ("select amount from o", "amount = o.amount"),
    "a column of a table": ("select o.amount from o", "amount = o.amount"),
    "an alias": ("select amount as money from o", "money = o.amount"),
    "an alias before": ("select money: amount from o", "money = o.amount"),
    "a table's alias": ("select x.amount from o as x", "amount = o.amount"),
    "case does not matter": ("select O.AMOUNT as Money from o", "Money = o.amount"),
    "quoted names": ('select "amount" as "the money" from o', "the money = o.amount"),
    "a literal": ("select 1 as one from o", "one ="),
    "arithmetic": ("select amount * 100 + id as x from o", "x = ~o.amount ~o.id"),
    "a function": ("select lower(status) as s from o", "s = ~o.status"),
    "a cast": ("select amount::int as i, cast(id as text) as t from o", "i = ~o.amount; t = ~o.id"),
    "brackets are nothing": ("select (amount) as a from o", "a = o.amount"),
    "a case": ("select case when status = 'x' then amount else 0 end as a from o", "a = ~o.status ~o.amount"),
    "a predicate": ("select amount > 3 and status is not null as b from o", "b = ~o.amount ~o.status"),
    "a column twice": ("select amount + amount as a from o", "a = ~o.amount"),
    "no FROM": ("select 1 as a, 2 as b", "a =; b ="),
    "a struct": ("select {'a': amount, 'b': id} as s from o", "s = ~o.amount ~o.id"),
    "a lambda's own name is no column": (
        "select list_transform([amount], x -> x + id) as l from o",
        "l = ~o.amount ~o.id",
    ),
    # aliases of the SELECT list
    "an alias used later": ("select amount * 2 as a, a + id as b from o", "a = ~o.amount; b = ~o.amount ~o.id"),
    "a column goes before an alias": ("select id as amount, amount as b from o", "amount = o.id; b = o.amount"),
    # stars
    "a star": ("select * from c", "customer_id = c.customer_id; name = c.name; country = c.country"),
    "a star of one": ("select c.* from o join c on true", "customer_id = c.customer_id; name = c.name; country = c.country"),
    "a star without": ("select * exclude (name, country) from c", "customer_id = c.customer_id"),
    "a star with another": (
        "select * replace (upper(name) as name) from c",
        "customer_id = c.customer_id; name = ~c.name; country = c.country",
    ),
    "a star renamed": (
        "select * rename (name as who) from c",
        "customer_id = c.customer_id; who = c.name; country = c.country",
    ),
    "columns by pattern": ("select columns('^c') from c", "customer_id = c.customer_id; country = c.country"),
    "a star of a CTE": ("with x as (select amount as a from o) select * from x", "a = o.amount"),
    "FROM first": ("from c", "customer_id = c.customer_id; name = c.name; country = c.country"),
    "a star over the unknown": ("select * from u", "* = u"),
    "a name of the unknown": ("select weight from u", "weight = u.weight"),
    "a name of the unknown through a CTE": ("with x as (select * from u) select weight + 1 as w from x", "w = ~u.weight"),
    "a name that only the unknown can have": ("select weight from o join u on true", "weight = u.weight"),
    "a name that is known is not of the unknown": ("select amount from o join u on true", "amount = o.amount"),
    # CTEs and subqueries
    "a CTE": ("with x as (select amount as a from o) select a + 1 as b from x", "b = ~o.amount"),
    "CTEs in a row": (
        "with x as (select amount as a from o), y as (select a * 2 as b from x) select b as z from y",
        "z = ~o.amount",
    ),
    "a CTE with names": ("with x(p, q) as (select id, amount from o) select q from x", "q = o.amount"),
    "a CTE hides a table": ("with o as (select name as amount from c) select amount from o", "amount = c.name"),
    "a CTE twice": (
        "with x as (select id, amount from o) select a.amount as p, b.id as q from x a join x b on a.id = b.id",
        "p = o.amount; q = o.id",
    ),
    "a CTE in a CTE": ("with x as (with y as (select id from o) select id from y) select id from x", "id = o.id"),
    "a subquery": ("select a from (select amount as a from o) as s", "a = o.amount"),
    "a subquery with names": ("select z from (select amount from o) as s(z)", "z = o.amount"),
    "a recursive CTE": (
        "with recursive r as (select id, amount from o union all select r.id + 1, r.amount from r) select id, amount from r",
        "id = ~o.id; amount = o.amount",
    ),
    "values": ("select a + id as x from o, (values (1, 2)) as v(a, b)", "x = ~o.id"),
    "a value of a subquery": (
        "select (select max(name) from c where c.customer_id = o.customer_id) as n from o",
        "n = +c.name ?c.customer_id ?o.customer_id",
    ),
    "exists": (
        "select exists (select 1 from c where c.customer_id = o.customer_id) as e from o",
        "e = ?c.customer_id ?o.customer_id",
    ),
    "in": ("select id in (select customer_id from c) as e from o", "e = ~o.id ~c.customer_id"),
    # joins
    "a join": ("select o.amount, c.name from o join c on o.customer_id = c.customer_id", "amount = o.amount; name = c.name"),
    "using": ("select customer_id, name from o join c using (customer_id)", "customer_id = o.customer_id; name = c.name"),
    "using, from the right": (
        "select customer_id from o right join c using (customer_id)",
        "customer_id = c.customer_id",
    ),
    "using, from both": (
        "select customer_id from o full join c using (customer_id)",
        "customer_id = o.customer_id c.customer_id",
    ),
    "a star over using": (
        "select * exclude (id, amount, status, ordered_at) from o join c using (customer_id)",
        "customer_id = o.customer_id; name = c.name; country = c.country",
    ),
    "natural": ("select customer_id, country from o natural join c", "customer_id = o.customer_id; country = c.country"),
    "a semi join hides": (
        "select * exclude (status, ordered_at) from o semi join c using (customer_id)",
        "id = o.id; customer_id = o.customer_id; amount = o.amount",
    ),
    "as of": (
        "select o.amount, u.price from o asof join u on o.id = u.id and o.ordered_at >= u.at",
        "amount = o.amount; price = u.price",
    ),
    "lateral": (
        "select l.n from o join lateral (select name as n from c where c.customer_id = o.customer_id) l on true",
        "n = c.name",
    ),
    "unnest in FROM": ("select t.item from u, unnest(u.items) as t(item)", "item = ~u.items"),
    "unnest in the list": ("select unnest(items) as item from u", "item = ~u.items"),
    # aggregates and windows
    "an aggregate": ("select status, sum(amount) as s from o group by status", "status = o.status; s = +o.amount"),
    "an aggregate in an expression": ("select sum(amount) / max(id) as s from o", "s = +o.amount +o.id"),
    "a filter": ("select sum(amount) filter (where status = 'x') as s from o", "s = +o.amount ?o.status"),
    "an order inside": ("select list(amount order by ordered_at) as l from o", "l = +o.amount ?o.ordered_at"),
    "count of rows": ("select count(*) as n from o", "n = +o.*"),
    "count of rows of a CTE": ("with x as (select id from o) select count(*) as n from x", "n = +o.*"),
    "count of a table": ("select count(o) as n from o", "n = +o.*"),
    "distinct": ("select count(distinct status) as n from o", "n = +o.status"),
    "arg_max": ("select arg_max(status, ordered_at) as s from o", "s = +o.status +o.ordered_at"),
    "a window": (
        "select sum(amount) over (partition by customer_id order by ordered_at) as s from o",
        "s = +o.amount ?o.customer_id ?o.ordered_at",
    ),
    "a window by name": (
        "select sum(amount) over w as s from o window w as (partition by customer_id order by id)",
        "s = +o.amount ?o.customer_id ?o.id",
    ),
    "row_number": (
        "select row_number() over (partition by status order by id) as n from o",
        "n = ?o.status ?o.id",
    ),
    "lag": ("select amount - lag(amount) over (order by id) as d from o", "d = +o.amount ?o.id"),
    "an aggregate of an aggregate": (
        "with d as (select status, sum(amount) as s from o group by 1) select max(s) as m from d",
        "m = +o.amount",
    ),
    "a condition stays one": (
        "with d as (select sum(amount) filter (where status = 'x') as s from o) select s + 1 as t from d",
        "t = +o.amount ?o.status",
    ),
    # set operations
    "a union": ("select amount as a from o union all select customer_id from c", "a = o.amount c.customer_id"),
    "a union by name": (
        "select amount as a, id as b from o union all by name select name as b, country as a from c",
        "a = o.amount c.country; b = o.id c.name",
    ),
    "a union in a CTE": (
        "with x as (select id as k from o union select customer_id from c) select k * 2 as d from x",
        "d = ~o.id ~c.customer_id",
    ),
    "except": ("select id from o except select customer_id from c", "id = o.id c.customer_id"),
    "three of them": (
        "select id from o union all select amount from o union all select name from c",
        "id = o.id o.amount c.name",
    ),
    "a union with the unknown": ("select * from u union all select * from u", "* = u"),
    # structs and rows
    "a field": ("select items.price as p from u", "p = ~u.items"),
    "a field of a known column": ("select status.a.b as p from o", "p = ~o.status"),
    "a field of a table's column": ("select o.status.a as p from o", "p = ~o.status"),
    # pivots
    "a pivot keeps what is not in it": (
        "select customer_id from (select customer_id, status, amount from o) pivot (sum(amount) for status in ('a', 'b'))",
        "customer_id = o.customer_id",
    ),
    "a pivot's new columns": (
        "select a from (select customer_id, status, amount from o) pivot (sum(amount) for status in ('a', 'b'))",
        "a = +o.amount ~o.status",
    ),
    # tables that nothing declares
    "a table": ("select x.b from raw.things as x", "b = raw.things.b"),
}


def marked(sql: str) -> str:
    """Tables `o`, `c` and `u` of a FROM are refs; a CTE named so is not."""
    return re.sub(r"\b(from|join) ([ocu])\b", lambda m: m[0] if f"with {m[2]} as" in sql else f'{m[1]} "ref:{m[2]}"', sql)


def traced(sql: str) -> Traced:
    file = SourceFile("models/m.sql", sql)
    rendered = Rendered("m", Text.verbatim(file, 0, len(sql)), ())
    known = {f"ref:{t}": None if names is None else tuple(map(Column, names)) for t, names in TABLES.items()}
    return trace_model(parse_model(read_sql(rendered, "duckdb")), known)


def told(trace: Traced) -> str:
    lines = [f"{column.name} = {' '.join(map(_input, column.inputs))}".rstrip() for column in trace.columns]
    if trace.passes:
        lines.append(f"* = {' '.join(_name(marker) for marker in trace.passes)}")
    return "; ".join(lines)


def _input(found: Input) -> str:
    return f"{HOW[found.how]}{_name(found.relation)}.{found.column}"


def _name(marker: str) -> str:
    return marker.partition(":")[2]


@pytest.mark.parametrize("case", CASES)
def test_case(case: str) -> None:
    sql, expected = CASES[case]
    assert told(traced(marked(sql))) == expected


def test_there_are_as_many_as_promised() -> None:
    assert len(CASES) >= 60
