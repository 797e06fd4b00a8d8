"""What `explain` tells of a plan: windows in words, who computes what and why, how exact it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql.base.diagnostics import FeatsqlError
from featsql.ir.explanation import ExplainedKey
from featsql.ir.header import AllWindow, CalendarWindow, Closed, Extent, RangeWindow, RowsWindow
from featsql.plan.explain import bounds_words
from featsql.plan.strategies import STRATEGIES

from .shop import lookup_of, only_part, write

DAY = 86_400_000_000


@pytest.mark.parametrize(
    "extent, closed, words",
    [
        (RangeWindow(7 * DAY), Closed.LEFT, "[t - 7d, t)"),
        (RangeWindow(7 * DAY), Closed.RIGHT, "(t - 7d, t]"),
        (RangeWindow(7 * DAY), Closed.BOTH, "[t - 7d, t]"),
        (RangeWindow(7 * DAY), Closed.NEITHER, "(t - 7d, t)"),
        (RangeWindow(7 * DAY, 7 * DAY), Closed.LEFT, "[t - 14d, t - 7d)"),
        (RangeWindow(DAY // 16), Closed.LEFT, "[t - 90m, t)"),
        (AllWindow(), Closed.LEFT, "every visible row"),
        (RowsWindow(1), Closed.LEFT, "the latest visible row"),
        (RowsWindow(10), Closed.RIGHT, "the latest 10 visible rows"),
        (CalendarWindow("day", 0, "UTC"), Closed.LEFT, "[the start of the day of t in UTC, t)"),
        (CalendarWindow("week", 1, "UTC"), Closed.RIGHT, "(the start of the week before the week of t in UTC, t]"),
        (CalendarWindow("month", 3, "UTC"), Closed.BOTH, "[the start of 3 months before the month of t in UTC, t]"),
    ],
)
def test_bounds_in_words(extent: Extent, closed: Closed, words: str) -> None:
    assert bounds_words(extent, closed) == words


def test_a_training_set_tells_its_views(tmp_path: Path) -> None:
    found = write(tmp_path, header="ttl: 30d\navailable_at: known_at\nclosed: right").explain("churn")
    assert (found.node, found.relation) == ("churn", "training_set")
    part = only_part(found)
    assert (part.view, part.prefix, part.keys) == ("spend", "buyer_", (ExplainedKey("customer_id", "buyer"),))
    assert (part.visible, part.timestamp, part.available_at) == ("known <= t", "ordered_at", "known_at")
    assert (part.ttl_us, part.ttl_bounds) == (30 * DAY, "(t - 30d, t]")
    assert [(w.name, w.kind, w.bounds) for w in part.windows] == [
        ("last_7d", "range", "(t - 7d, t]"),
        ("week_before", "range", "(t - 14d, t - 7d]"),
        ("last_2", "rows", "the latest 2 visible rows"),
        ("today", "calendar", "(the start of the day of t in Europe/Paris, t]"),
        ("month_before", "calendar", "(the start of the month before the month of t in UTC, t]"),
        ("ever", "all", "every visible row"),
    ]


def test_a_feature_tells_its_definition_and_how_exact_it_is(tmp_path: Path) -> None:
    features = {f.name: f for f in only_part(write(tmp_path).explain("churn")).features}
    change = features["buyer_change"]
    assert change.sql == "sum(amount) over last_7d - sum(amount) over week_before"
    assert change.windows == ("last_7d", "week_before") and not change.latest
    assert features["buyer_last_amount"].latest and features["buyer_last_amount"].type == "BIGINT"
    exactness = {name: feature.exactness for name, feature in features.items()}
    assert exactness == {
        "buyer_last_amount": "exact",
        "buyer_change": "exact",
        "buyer_mean_of_2": "exact",
        "buyer_orders_today": "exact",
        "buyer_weight": "float-reordered",
        "buyer_products": "sketch",
    }
    assert features["buyer_products"].standard_error == pytest.approx(0.0325)
    assert features["buyer_weight"].standard_error is None


def test_each_aggregate_tells_who_computes_it_and_why_by_no_other(tmp_path: Path) -> None:
    found = write(tmp_path).explain("churn")
    part = only_part(found)
    told = [call for lookup in part.lookups if lookup.finds == "windows" for c in lookup.choices for call in c.computes]
    assert sorted(told) == [
        "approx_count_distinct(product) over ever",
        "avg(amount) over last_2",
        "count(*) over today",
        "sum(amount) over last_7d",
        "sum(amount) over week_before",
        "sum(weight) over month_before",
    ]
    for lookup in part.lookups:
        for choice in lookup.choices:
            assert choice.why and not choice.passed_over
            assert {o.strategy for o in choice.others} == STRATEGIES.keys() - {lookup.strategy}
            assert all(other.reason for other in choice.others)
    latest = lookup_of(found, "amount")
    assert (latest.finds, latest.strategy) == ("latest", "as_of")
    totals = lookup_of(found, "sum(amount) over last_7d")
    assert totals.strategy.startswith("running_") and totals.windows == ("last_7d", "week_before", "today")
    others = {other.strategy: other for choice in totals.choices for other in choice.others}
    assert (others["as_of"].standing, others["range_join"].standing) == ("cannot", "could")
    assert others["range_join"].reason.startswith("later in the table; sooner for online tables or pairs <= ")


def test_a_pinned_strategy_is_taken_where_it_can(tmp_path: Path) -> None:
    found = write(tmp_path, header="strategy: running_totals").explain("spend")
    assert only_part(found).pinned == "running_totals"
    call = "sum(amount) over last_7d"
    (choice,) = [c for c in lookup_of(found, call).choices if call in c.computes]
    assert (choice.why, choice.passed_over) == ("the header pins it", "")
    could = {other.reason for other in choice.others if other.standing == "could"}
    assert could == {"the header pins another"}


def test_a_pinned_strategy_that_cannot_is_passed_over_with_its_reason(tmp_path: Path) -> None:
    found = write(tmp_path, header="strategy: running_totals").explain("spend")
    lookup = lookup_of(found, "approx_count_distinct(product) over ever")
    (choice,) = [c for c in lookup.choices if "approx_count_distinct(product) over ever" in c.computes]
    assert lookup.strategy != "running_totals"
    assert choice.passed_over.startswith("`running_totals` is pinned and cannot: ")
    assert choice.why != "the header pins it"


def test_history_and_online_are_plans_of_their_own(tmp_path: Path) -> None:
    project = write(tmp_path, header="online: true")
    history, online = project.explain("spend"), project.explain("spend__online", as_of="2026-02-01")
    assert (history.relation, online.relation) == ("history", "online")
    assert {found.basis for found in (history, online)} == {"never_counted"}
    assert only_part(history).keys == (ExplainedKey("customer_id", "customer_id"),)
    assert lookup_of(online, "sum(amount) over last_7d").strategy == "range_join"
    assert str(1_769_904_000_000_000) in online.sql, "t"


def test_relations_come_in_order_and_know_what_they_compute(tmp_path: Path) -> None:
    found = write(tmp_path).explain("churn")
    names = [relation.name for relation in found.relations]
    assert names[:2] == ["spine_query", "spine"] and names[-1] == ""
    positions = [found.sql.index(f"{name} as ") for name in names[:-1]]
    assert positions == sorted(positions)
    assert all(relation.comment in found.sql for relation in found.relations)
    for lookup in only_part(found).lookups:
        assert lookup.relations[-1] == lookup.name
        assert lookup.relations == tuple(r.name for r in found.relations if r.lookup == lookup.name)


@pytest.mark.parametrize(
    "node, message",
    [
        ("shop.orders", "`shop.orders` is a source, and only feature views and training sets have a plan"),
        ("spend__online", "`spend` has no online table"),
        ("churn__online", "`churn` has no online table"),
    ],
)
def test_what_has_no_plan(tmp_path: Path, node: str, message: str) -> None:
    with pytest.raises(FeatsqlError) as refused:
        write(tmp_path).explain(node)
    (found,) = refused.value.diagnostics
    assert (found.code, found.message) == ("FS008", message) and found.hints
