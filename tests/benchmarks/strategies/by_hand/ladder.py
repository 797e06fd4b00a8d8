"""Sums of DOUBLE and maxima, where totals cannot be subtracted: aggregates of the last 1, 2, 4, 8 ... rows up to each row."""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import SPINE_ROW, Facts, Technique, columns_of, edges, listed
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import DAYS, Feature, View


def _ladder(view: View, facts: Facts) -> str:
    """One sort gives every event its position and every edge the position before it. A window is then a range of positions:
    its rows are the disjoint blocks that its length has as a binary number, found by position. A rung is one streamed `lag`."""
    columns, rungs = columns_of(view.features), facts.most_rows[view.table].bit_length()
    ends = ", ".join(f"max(position) filter (where days = {days}) as end_{days}" for days in (0, *DAYS))
    starts = ", ".join(f"end_{days}" for days in DAYS)
    items = ", ".join(f"{f.function}({_reduced(f)}) filter (where days = {f.days}) as {f.name}" for f in view.features)
    return f"""\
with edges as ({edges("2 * ")}),
both_kinds as (
    select customer, 2 * epoch_us(happened_at) + 1 as place, null as row_id, null as days, 1 as one{listed(columns)}
    from {view.table}
    union all
    select customer, edge, row_id, days, null{", null" * len(columns)}
    from edges
),
positions as materialized (
    select row_id, days, one{listed(columns)}, count(one) over (rows unbounded preceding) as position
    from (from both_kinds order by customer, place)
),
ladder as ({_rungs(view.features, rungs)}),
ends as (
    select row_id, {ends}
    from positions
    where row_id is not null
    group by row_id
),
windows as (
    select row_id, days, start, length
    from (
        select row_id, unnest([{", ".join(map(str, DAYS))}]) as days, unnest([{starts}]) as start, end_0 - start as length
        from ends
    )
    where length > 0
),
blocks as (
    select row_id, days, rung, start + (length & ((2 << rung) - 1)) as position
    from windows, range({rungs}) as rungs(rung)
    where (length >> rung) & 1 = 1
),
reduced as (
    select b.row_id, b.days, {", ".join(f"{_rung(f, rungs)} as {_reduced(f)}" for f in _reductions(view.features))}
    from blocks as b
    join ladder as l on b.position = l.position
),
pivoted as (
    select row_id, {items}
    from reduced
    group by row_id
)
select {SPINE_ROW}, {", ".join(f"p.{f.name}" for f in view.features)}
from {SPINE} as s
left join pivoted as p on s.row_id = p.row_id"""


def _rungs(features: tuple[Feature, ...], rungs: int) -> str:
    """Rung n of a row is the aggregate of it and the 2^n - 1 rows before it; no block that is asked for leaves its customer."""
    reductions = _reductions(features)
    first = ", ".join(f"{f.column} as {_reduced(f)}_0" for f in reductions)
    sql = f"select position, {first} from positions where one = 1"
    for rung in range(rungs - 1):
        items = ", ".join(f"{_joined(f, rung)} as {_reduced(f)}_{rung + 1}" for f in reductions)
        sql = f"select *, {items} from ({sql})"
    return sql


def _joined(feature: Feature, rung: int) -> str:
    later = f"{_reduced(feature)}_{rung}"
    earlier = f"lag({later}, {2**rung}) over ()"
    return f"greatest({later}, {earlier})" if feature.function == "max" else f"coalesce({later} + {earlier}, {later}, {earlier})"


def _rung(feature: Feature, rungs: int) -> str:
    return f"case b.rung {' '.join(f'when {rung} then l.{_reduced(feature)}_{rung}' for rung in range(rungs))} end"


def _reductions(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    return tuple({_reduced(f): f for f in features}.values())


def _reduced(feature: Feature) -> str:
    return f"{feature.function}_of_{feature.column}"


LADDER = Technique("blocks of 1, 2, 4, 8 ... rows by position", frozenset({"sum", "max"}), _ladder)
