"""The last rows as a list: every event gets the list that ends with it; an as-of join finds the event."""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import SPINE_ROW, Facts, Technique
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import LAST, View


def _frames(view: View, facts: Facts) -> str:
    """Of rows that share a time, the last one's list holds them all."""
    order = "partition by customer order by happened_at, event_id"
    lists = ", ".join(f"list({f.column}) over (last_rows rows {LAST - 1} preceding) as {f.name}" for f in view.features)
    return f"""\
with lists as (
    select customer, happened_at, {lists}
    from {view.table}
    window last_rows as ({order})
    qualify lead(happened_at) over last_rows is distinct from happened_at
)
{_found(view)}"""


def _lags(view: View, facts: Facts) -> str:
    """Over sorted rows a `lag` without partition and order is streamed; the customer comes along: its rows begin somewhere."""
    customers = ", ".join(f"lag(customer, {n}) over () as customer_{n}" for n in range(1, LAST))
    columns = ", ".join(f"lag({f.column}, {n}) over () as {f.name}_{n}" for f in view.features for n in range(LAST))
    lists = ", ".join(f"{_list(f.name)} as {f.name}" for f in view.features)
    return f"""\
with sorted as (
    select customer, happened_at, {", ".join(f.column for f in view.features)}
    from {view.table}
    order by customer, happened_at, event_id
),
lagged as (
    select customer, happened_at, {customers}, {columns}
    from sorted
    qualify lead(happened_at) over () is distinct from happened_at or lead(customer) over () is distinct from customer
),
lists as (
    select customer, happened_at, {lists}
    from lagged
)
{_found(view)}"""


def _list(name: str) -> str:
    whens = "".join(f" when customer_{n} = customer then {_literal(name, n)}" for n in range(LAST - 1, 0, -1))
    return f"case{whens} else {_literal(name, 0)} end"


def _literal(name: str, oldest: int) -> str:
    return f"[{', '.join(f'{name}_{n}' for n in range(oldest, -1, -1))}]"


def _found(view: View) -> str:
    return f"""\
select {SPINE_ROW}, {", ".join(f"l.{f.name}" for f in view.features)}
from {SPINE} as s
asof left join lists as l on s.customer = l.customer and s.asked_at > l.happened_at"""


LISTS = Technique("lists over row frames, as-of join", frozenset({"last"}), _frames)
LISTS_BY_LAG = Technique("lists of streamed lags, as-of join", frozenset({"last"}), _lags)
