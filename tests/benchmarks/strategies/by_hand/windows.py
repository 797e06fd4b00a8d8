"""Any aggregate over any window: the pairs themselves, or window frames over events and spine in one."""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import DAY_US, SPINE_ROW, Facts, Technique, columns_of, listed
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import FRAMES as FRAMES_NAME
from tests.benchmarks.strategies.workloads import RANGE_JOIN as RANGE_JOIN_NAME
from tests.benchmarks.strategies.workloads import View


def _range_join(view: View, facts: Facts) -> str:
    """Times as integers, and one integer to group by: the pairs are many, so each word about them counts."""
    longest = max(f.days for f in view.features)
    items = ", ".join(
        f"{f.function}({'e.' + (f.column or 'moment')})"
        + (f" filter (where e.moment >= a.moment - {f.days * DAY_US})" if f.days < longest else "")
        + f" as {f.name}"
        for f in view.features
    )
    names = ", ".join(f"coalesce(w.{f.name}, 0) as {f.name}" if f.function == "count" else f"w.{f.name}" for f in view.features)
    return f"""\
with asks as (
    select row_id, customer, epoch_us(asked_at) as moment
    from {SPINE}
),
events as (
    select customer, epoch_us(happened_at) as moment{listed(columns_of(view.features))}
    from {view.table}
),
windows as (
    select a.row_id, {items}
    from asks as a
    join events as e
        on a.customer = e.customer and e.moment < a.moment and e.moment >= a.moment - {longest * DAY_US}
    group by a.row_id
)
select {SPINE_ROW}, {names}
from {SPINE} as s
left join windows as w on s.row_id = w.row_id"""


def _frames(view: View, facts: Facts) -> str:
    """An event at t stands at 2t + 1 and a spine row at 2t, so that the frame up to the spine row holds what was before t."""
    columns = columns_of(view.features)
    items = ", ".join(
        f"{f.function}({f.column or 'one'}) over (partition by customer order by place"
        f" range between {2 * f.days * DAY_US} preceding and current row) as {f.name}"
        for f in view.features
    )
    return f"""\
with both_kinds as (
    select customer, 2 * epoch_us(happened_at) + 1 as place, null as row_id, null as asked_at, 1 as one{listed(columns)}
    from {view.table}
    union all
    select customer, 2 * epoch_us(asked_at), row_id, asked_at, null{", null" * len(columns)}
    from {SPINE}
)
select row_id, customer, asked_at, {items}
from both_kinds
qualify row_id is not null"""


RANGE_JOIN = Technique(RANGE_JOIN_NAME, frozenset({"count", "sum", "max"}), _range_join)
FRAMES = Technique(FRAMES_NAME, frozenset({"count", "sum", "max"}), _frames)
