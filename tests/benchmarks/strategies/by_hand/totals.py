"""Counts and exact sums: a window's sum is the running total at its end less that at its start."""

from __future__ import annotations

from tests.benchmarks.strategies.by_hand.base import SPINE_ROW, Facts, Technique, columns_of, edges, listed
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import Feature, View

_BY_CUSTOMER = "partition by customer order by place rows unbounded preceding"
_OVER_ALL = "rows unbounded preceding"


def _as_of(view: View, facts: Facts) -> str:
    """Totals per customer and time; one as-of join finds them for all edges, stacked; a pivot brings them side by side."""
    columns = columns_of(view.features)
    names = ", ".join(f"t.{name}" for name in _total_names(columns))
    return f"""\
with numbered as (
    select customer, epoch_us(happened_at) as place, 1 as one{listed(columns)}
    from {view.table}
),
totals as (
    select customer, place, {_totals(columns)}
    from numbered
    window totals as ({_BY_CUSTOMER})
    qualify lead(place) over (partition by customer order by place) is distinct from place
),
edges as ({edges("")}),
at_edges as (
    select e.row_id, e.days, {names}
    from edges as e
    asof join totals as t on e.customer = t.customer and e.edge > t.place
),
{_pivoted(view.features)}"""


def _union(view: View, facts: Facts) -> str:
    return _over_union(view, "both_kinds", _BY_CUSTOMER)


def _sorted_union(view: View, facts: Facts) -> str:
    """Totals over all customers in one pass over sorted rows: DuckDB streams a window without partition and order, and searches
    a tree for every row of one that has them. The difference of two edges of one customer holds that customer's rows alone."""
    return _over_union(view, "(from both_kinds order by customer, place)", _OVER_ALL)


def _over_union(view: View, source: str, window: str) -> str:
    columns = columns_of(view.features)
    return f"""\
with edges as ({edges("2 * ")}),
both_kinds as (
    select customer, 2 * epoch_us(happened_at) + 1 as place, null as row_id, null as days, 1 as one{listed(columns)}
    from {view.table}
    union all
    select customer, edge, row_id, days, null{", null" * len(columns)}
    from edges
),
at_edges as (
    select row_id, days, {_totals(columns)}
    from {source}
    window totals as ({window})
    qualify row_id is not null
),
{_pivoted(view.features)}"""


def _totals(columns: tuple[str, ...]) -> str:
    """A total is of no rows, not 0, until the count of its values grows."""
    of_columns = "".join(f", count({c}) over totals as values_{c}, sum({c}) over totals as total_{c}" for c in columns)
    return f"count(one) over totals as total_rows{of_columns}"


def _total_names(columns: tuple[str, ...]) -> tuple[str, ...]:
    return ("total_rows", *(f"{kind}_{column}" for column in columns for kind in ("values", "total")))


def _pivoted(features: tuple[Feature, ...]) -> str:
    items = ", ".join(f"{_difference(f)} as {f.name}" for f in features)
    names = ", ".join(f"coalesce(p.{f.name}, 0) as {f.name}" if f.function == "count" else f"p.{f.name}" for f in features)
    return f"""\
pivoted as (
    select row_id, {items}
    from at_edges
    group by row_id
)
select {SPINE_ROW}, {names}
from {SPINE} as s
left join pivoted as p on s.row_id = p.row_id"""


def _difference(feature: Feature) -> str:
    if feature.function == "count":
        return f"{_at('total_rows', 0)} - {_at('total_rows', feature.days)}"
    values, total = f"values_{feature.column}", f"total_{feature.column}"
    grown = f"{_at(values, 0)} > {_at(values, feature.days)}"
    return f"case when {grown} then {_at(total, 0)} - {_at(total, feature.days)} end"


def _at(total: str, days: int) -> str:
    return f"coalesce(max({total}) filter (where days = {days}), 0)"


TOTALS_AS_OF = Technique("running totals, one as-of join of all edges, pivot", frozenset({"count", "sum"}), _as_of)
TOTALS_UNION = Technique("running totals over the union, pivot", frozenset({"count", "sum"}), _union)
TOTALS_SORTED = Technique("running totals streamed over the sorted union, pivot", frozenset({"count", "sum"}), _sorted_union)
