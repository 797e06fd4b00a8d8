"""Latest values: native as-of joins, made right for rows of one customer that share a time."""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import SPINE_ROW, Facts, Technique, columns_of
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import TTL_DAYS, View


def _deduplicated(view: View, facts: Facts) -> str:
    values = ", ".join(
        f"case when e.happened_at >= s.asked_at - to_days({TTL_DAYS}) then e.{f.column} end as {f.name}" for f in view.features
    )
    return f"""\
with last_of_ties as (
    select customer, happened_at, {", ".join(columns_of(view.features))}
    from {view.table}
    qualify row_number() over (partition by customer, happened_at order by event_id desc) = 1
)
select {SPINE_ROW}, {values}
from {SPINE} as s
asof left join last_of_ties as e on s.customer = e.customer and s.asked_at > e.happened_at"""


def _then_ties(view: View, facts: Facts) -> str:
    """The join finds only a time, which ties share; the rows at that time are met afterwards, and there are few."""
    row = ", ".join(f"'{column}': e.{column}" for column in columns_of(view.features))
    values = ", ".join(f"w.winner.{f.column} as {f.name}" for f in view.features)
    return f"""\
with found as (
    select s.row_id, s.customer, s.asked_at, e.happened_at
    from {SPINE} as s
    asof join {view.table} as e on s.customer = e.customer and s.asked_at > e.happened_at
),
winners as (
    select f.row_id, arg_max({{{row}}}, e.event_id) as winner
    from found as f
    join {view.table} as e on f.customer = e.customer and f.happened_at = e.happened_at
    where f.happened_at >= f.asked_at - to_days({TTL_DAYS})
    group by f.row_id
)
select {SPINE_ROW}, {values}
from {SPINE} as s
left join winners as w on s.row_id = w.row_id"""


AS_OF_DEDUPLICATED = Technique("rows without ties, as-of join", frozenset({"latest"}), _deduplicated)
AS_OF_THEN_TIES = Technique("as-of join to a time, then its ties", frozenset({"latest"}), _then_ties)
