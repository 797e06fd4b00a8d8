"""The oracle against tables worked out by hand, rule by rule."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from . import reference as ref
from .aggregation import ORDERED, UNORDERED, Approximate, Estimate, Value, bare
from .reference import AsOfTime, Calendar, Call, Column, Expression, Join, Latest, Lifetime, Literal, Over, Range, View

HOUR = 3_600_000_000
DAY = 24 * HOUR
T = 1_000 * DAY


def row(event_time: int | None, **columns: Value) -> dict[str, Value]:
    return {"k": "a", "at": event_time} | columns


def view(*expressions: Expression, **settings: Any) -> View:
    settings = {"keys": ("k",), "timestamp": "at", "windows": (("w", Lifetime()),)} | settings
    settings.setdefault("mentioned", ref.mentioned_columns(expressions))
    return View(features=tuple((f"f{index}", each) for index, each in enumerate(expressions)), **settings)


def values(a_view: View, rows: Sequence[Mapping[str, Value]], t: int | None = T, key: tuple[Value, ...] = ("a",)) -> list[Value]:
    return [bare(value) for value in ref.features(a_view, rows, key, t).values()]


def over(function: str, *arguments: str, window: str = "w", **settings: Any) -> Over:
    return Over(function, tuple(map(Column, arguments)), window, **settings)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000


X = Column("x")
COUNT = over("count")
LIST = over("array_agg", "x")


class TestRowsThatCanBeSeen:
    def test_r2_null_in_any_part_of_a_key_belongs_to_nobody(self) -> None:
        rows: list[dict[str, Value]] = [
            {"k": "a", "l": None, "at": 1},
            {"k": None, "l": None, "at": 1},
            {"k": "a", "l": "b", "at": 1},
        ]
        pair = view(COUNT, keys=("k", "l"))
        assert values(pair, rows, key=("a", "b")) == [1]
        assert values(pair, rows, key=("a", None)) == [0]
        assert values(pair, rows, key=(None, None)) == [0]

    def test_r2_composite_keys_are_compared_by_column(self) -> None:
        rows = [{"k": "a|b", "l": "c", "at": 1}, {"k": "a", "l": "b|c", "at": 1}, {"k": "a", "l": "b|c", "at": 2}]
        pair = view(COUNT, keys=("k", "l"))
        assert values(pair, rows, key=("a|b", "c")) == [1]
        assert values(pair, rows, key=("a", "b|c")) == [2]
        assert values(pair, rows, key=("a|b|c", "")) == [0]

    def test_no_keys_are_one_series_for_everybody(self) -> None:
        assert values(view(COUNT, keys=()), [row(1), {"k": None, "at": 2}], key=()) == [2]

    def test_r3_null_event_time_is_never_seen(self) -> None:
        assert values(view(COUNT), [row(None), row(5)]) == [1]

    def test_r4_known_time_is_the_later_of_event_time_and_available_at(self) -> None:
        late = view(LIST, available_at="loaded")
        rows = [row(T - 9, x=1, loaded=T), row(T - 9, x=2, loaded=T - 1), row(T - 8, x=3, loaded=T - 99)]
        assert values(late, rows) == [[2, 3]]
        assert values(late, rows, t=T - 8) == [None]
        assert values(late, rows, t=T + 1) == [[2, 1, 3]]

    def test_r4_null_available_at_is_not_known_yet(self) -> None:
        assert values(view(COUNT, available_at="loaded"), [row(1, loaded=None), row(1, loaded=1)]) == [1]

    def test_r4_delay(self) -> None:
        delayed = view(COUNT, delay_us=2 * HOUR)
        assert values(delayed, [row(T - 2 * HOUR)]) == [0]
        assert values(delayed, [row(T - 2 * HOUR - 1)]) == [1]

    @pytest.mark.parametrize(("closed", "seen"), [("left", 0), ("right", 1), ("both", 1), ("neither", 0)])
    def test_r5_strictness_at_the_instant_itself(self, closed: str, seen: int) -> None:
        assert values(view(COUNT, closed=closed), [row(T)]) == [seen]
        assert values(view(COUNT, closed=closed), [row(T - 1)]) == [1]
        assert values(view(COUNT, closed=closed), [row(T + 1)]) == [0]

    def test_r6_a_correction_does_not_exist_before_it_is_known(self) -> None:
        rows = [row(10, x=1, loaded=10), row(10, x=2, loaded=20)]
        corrected = view(X, COUNT, available_at="loaded")
        assert values(corrected, rows, t=20) == [1, 1]
        assert values(corrected, rows, t=21) == [2, 2]


class TestWindows:
    EDGES = tuple(row(T + shift, x=shift) for shift in (-DAY - 1, -DAY, -DAY + 1, -1, 0, 1))

    @pytest.mark.parametrize(
        ("closed", "inside"),
        [
            ("left", [-DAY, -DAY + 1, -1]),
            ("right", [-DAY + 1, -1, 0]),
            ("both", [-DAY, -DAY + 1, -1, 0]),
            ("neither", [-DAY + 1, -1]),
        ],
    )
    def test_r7_range(self, closed: str, inside: list[int]) -> None:
        assert values(view(LIST, closed=closed, windows=(("w", Range(DAY)),)), list(self.EDGES)) == [inside]

    def test_r7_is_about_event_time_and_visibility_about_known_time(self) -> None:
        rows = [row(T - DAY - 5, x=1, loaded=T - 3), row(T - 5, x=2, loaded=T - 3), row(T - 4, x=3, loaded=T)]
        assert values(view(LIST, available_at="loaded", windows=(("w", Range(DAY)),)), rows) == [[2]]

    @pytest.mark.parametrize(
        ("closed", "inside"),
        [("left", [-20, -11]), ("right", [-11, -10]), ("both", [-20, -11, -10]), ("neither", [-11])],
    )
    def test_r8_offset_moves_both_edges_over_the_rows_visible_at_t(self, closed: str, inside: list[int]) -> None:
        rows = [row(T + shift, x=shift, loaded=T - 1) for shift in (-21, -20, -11, -10, -9)]
        shifted = view(LIST, closed=closed, available_at="loaded", windows=(("w", Range(10, offset_us=10)),))
        assert values(shifted, rows) == [inside]

    def test_r9_all_has_no_lower_end(self) -> None:
        assert values(view(COUNT), [row(-(10**15)), row(T - 1), row(T)]) == [2]

    def test_r10_rows_are_the_latest_visible_and_the_filter_comes_after(self) -> None:
        rows = [row(T - 4, x=1), row(T - 3, x=9), row(T - 2, x=1), row(T - 1, x=None), row(T, x=7)]
        small = Call("<", (X, Literal(5)))
        latest = view(LIST, over("array_agg", "x", condition=small), windows=(("w", Latest(3)),))
        assert values(latest, rows) == [[9, 1, None], [1]]

    def test_r12_calendar_day_across_a_change_of_clocks(self) -> None:
        paris = Calendar("day", "Europe/Paris")
        assert ref.calendar_start(paris, utc(2024, 3, 31, 12)) == utc(2024, 3, 30, 23)
        assert ref.calendar_start(paris, utc(2024, 4, 1, 12)) == utc(2024, 3, 31, 22)
        assert ref.calendar_start(Calendar("day", "Europe/Paris", back=1), utc(2024, 4, 1, 12)) == utc(2024, 3, 30, 23)
        assert ref.calendar_start(paris, utc(2024, 10, 27, 22, 59)) == utc(2024, 10, 26, 22)
        assert ref.calendar_start(paris, utc(2024, 10, 27, 23)) == utc(2024, 10, 27, 23)

    @pytest.mark.parametrize(
        ("unit", "back", "start"),
        [
            ("day", 0, (2024, 2, 29)),
            ("day", 29, (2024, 1, 31)),
            ("week", 0, (2024, 2, 26)),
            ("week", 1, (2024, 2, 19)),
            ("month", 0, (2024, 2, 1)),
            ("month", 1, (2024, 1, 1)),
            ("month", 2, (2023, 12, 1)),
            ("month", 14, (2022, 12, 1)),
            ("quarter", 0, (2024, 1, 1)),
            ("quarter", 1, (2023, 10, 1)),
            ("quarter", 5, (2022, 10, 1)),
            ("year", 0, (2024, 1, 1)),
            ("year", 1, (2023, 1, 1)),
        ],
    )
    def test_r12_units(self, unit: str, back: int, start: tuple[int, int, int]) -> None:
        assert ref.calendar_start(Calendar(unit, back=back), utc(2024, 2, 29, 13)) == utc(*start)

    def test_r12_weeks_start_on_monday(self) -> None:
        assert ref.calendar_start(Calendar("week"), utc(2024, 3, 3, 23, 59)) == utc(2024, 2, 26)
        assert ref.calendar_start(Calendar("week"), utc(2024, 3, 4)) == utc(2024, 3, 4)

    def test_r12_a_midnight_that_happens_twice_counts_the_first_time(self) -> None:
        # Havana goes from 01:00 back to 00:00 on 3 November 2024: midnight is at 04:00 and 05:00 UTC.
        havana = Calendar("day", "America/Havana")
        assert ref.calendar_start(havana, utc(2024, 11, 3, 5, 30)) == utc(2024, 11, 3, 4)
        assert ref.calendar_start(havana, utc(2024, 11, 3, 4, 30)) == utc(2024, 11, 3, 4)

    def test_r12_a_midnight_that_is_skipped_begins_with_the_first_instant_after_it(self) -> None:
        # Havana goes from 00:00 to 01:00 on 10 March 2024, at 05:00 UTC.
        assert ref.calendar_start(Calendar("day", "America/Havana"), utc(2024, 3, 10, 12)) == utc(2024, 3, 10, 5)
        # Samoa had no 30 December 2011: the day "before" the 31st begins with the 31st.
        apia = Calendar("day", "Pacific/Apia", back=1)
        assert ref.calendar_start(apia, utc(2011, 12, 31, 5)) == utc(2011, 12, 30, 10)
        # Toronto jumped from 23:30 on 30 March 1919 to 00:30 on the 31st, at 04:30 UTC.
        assert ref.calendar_start(Calendar("day", "America/Toronto"), utc(1919, 3, 31, 12)) == utc(1919, 3, 31, 4, 30)

    @pytest.mark.parametrize(("closed", "inside"), [("left", [0, 1]), ("right", [1, 5]), ("both", [0, 1, 5]), ("neither", [1])])
    def test_r12_edges(self, closed: str, inside: list[int]) -> None:
        rows = [row(T + shift, x=shift) for shift in (-1, 0, 1, 5, 6)]
        calendar = view(LIST, closed=closed, windows=(("w", Calendar("day")),))
        assert values(calendar, rows, t=T + 5) == [inside]

    def test_r12_at_the_start_itself(self) -> None:
        rows = [row(T, x=0)]
        assert values(view(LIST, closed="left", windows=(("w", Calendar("day")),)), rows) == [None]
        assert values(view(LIST, closed="right", windows=(("w", Calendar("day")),)), rows) == [None]
        assert values(view(LIST, closed="both", windows=(("w", Calendar("day")),)), rows) == [[0]]


class TestAggregates:
    ROWS = (row(1, x=2, y=1), row(2, x=None, y=3), row(3, x=5, y=3), row(4, x=2, y=None))

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            (COUNT, 4),
            (over("count", "x"), 3),
            (over("count", "x", distinct=True), 2),
            (over("sum", "x"), 9),
            (over("sum", "x", distinct=True), 7),
            (over("avg", "x"), 3.0),
            (over("avg", "x", distinct=True), 3.5),
            (over("min", "x"), 2),
            (over("max", "x"), 5),
            (over("var_samp", "x"), 3.0),
            (over("var_pop", "x"), 2.0),
            (over("stddev_samp", "x"), math.sqrt(3)),
            (over("stddev_pop", "x"), math.sqrt(2)),
            (over("stddev_samp", "x", distinct=True), math.sqrt(4.5)),
            (over("median", "x"), 2.0),
            (over("median", "x", distinct=True), 3.5),
            (over("quantile_cont", "x", fraction=0.75), 3.5),
            (over("mode", "x"), 2),
            (over("mode", "y"), 3),
            (over("first", "x"), 2),
            (over("last", "x"), 2),
            (over("last", "y"), None),
            (over("array_agg", "x"), [2, None, 5, 2]),
            (over("arg_max", "x", "y"), 5),
            (over("arg_min", "x", "y"), 2),
            (over("approx_count_distinct", "x"), 2),
        ],
    )
    def test_r13_values(self, expression: Over, expected: Value) -> None:
        assert values(view(expression), list(self.ROWS)) == [expected]

    @pytest.mark.parametrize("function", [*UNORDERED, *ORDERED, "median", "quantile_cont", "approx_count_distinct"])
    def test_r13_no_rows(self, function: str) -> None:
        arguments = ("x", "y") if function.startswith("arg_") else ("x",)
        assert values(view(over(function, *arguments), COUNT), []) == [None, 0]
        never = over(function, *arguments, condition=Literal(False))
        assert values(view(never), list(self.ROWS)) == [None]

    @pytest.mark.parametrize("function", [*UNORDERED, "first", "last", "median", "quantile_cont"])
    def test_r13_only_nulls(self, function: str) -> None:
        assert values(view(over(function, "x")), [row(1, x=None), row(2, x=None)]) == [None]

    def test_r13_only_nulls_where_they_count_or_are_kept(self) -> None:
        functions = ("count", "approx_count_distinct", "array_agg")
        result = values(view(*(over(function, "x") for function in functions)), [row(1, x=None), row(2, x=None)])
        assert result == [0, 0, [None, None]]

    def test_r13_bool_aggregates_skip_nulls(self) -> None:
        rows = [row(1, x=True), row(2, x=None)]
        assert values(view(over("bool_and", "x"), over("bool_or", "x"), over("sum", "x")), rows) == [True, True, 1]
        rows.append(row(3, x=False))
        assert values(view(over("bool_and", "x"), over("bool_or", "x"), over("sum", "x")), rows) == [False, True, 1]

    def test_r13_one_row_has_no_sample_deviation(self) -> None:
        functions = ("stddev_samp", "var_samp", "stddev_pop", "var_pop")
        assert values(view(*(over(function, "x") for function in functions)), [row(1, x=5)]) == [None, None, 0.0, 0.0]

    def test_r13_arg_max_returns_a_null_x_and_among_equal_y_the_latest(self) -> None:
        extremes = view(over("arg_max", "x", "y"), over("arg_min", "x", "y"))
        assert values(extremes, [row(1, x=1, y=7), row(2, x=None, y=7), row(3, x=3, y=None)]) == [None, None]
        assert values(extremes, [row(2, x="late", y=7), row(1, x="early", y=7)]) == ["late", "late"]
        assert values(extremes, [row(1, x=1, y=None)]) == [None, None]

    def test_r13_mode_of_equally_frequent_values_is_the_smallest(self) -> None:
        rows = [row(index, x=x) for index, x in enumerate(["c", "b", "c", "b", "a", None, None, None])]
        assert values(view(over("mode", "x")), rows) == ["b"]

    def test_r13_filter_keeps_rows_for_which_it_is_true(self) -> None:
        rows = [row(1, x=1, y=True), row(2, x=2, y=None), row(3, x=4, y=False)]
        assert values(view(over("sum", "x", condition=Column("y"))), rows) == [1]
        assert values(view(over("sum", "x", condition=Call("not", (Column("y"),)))), rows) == [4]

    def test_r13_as_of_time_in_a_filter(self) -> None:
        recent = Call(">=", (Column("at"), Call("earlier", (AsOfTime(), Literal(10)))))
        assert values(view(over("count", condition=recent)), [row(T - 11), row(T - 10), row(T - 1)]) == [2]

    def test_nan_is_the_greatest_and_equal_to_itself(self) -> None:
        rows = [row(index, x=x) for index, x in enumerate([math.nan, 1.0, math.inf, math.nan])]
        result = values(view(over("min", "x"), over("max", "x"), over("count", "x", distinct=True)), rows)
        assert result[0] == 1.0 and math.isnan(result[1]) and result[2] == 3
        assert math.isnan(values(view(over("mode", "x")), rows)[0])
        assert math.isnan(values(view(over("sum", "x")), rows)[0])
        assert math.isnan(values(view(over("stddev_pop", "x")), rows)[0])

    def test_infinities(self) -> None:
        plus = [row(1, x=math.inf), row(2, x=1.0)]
        assert values(view(over("sum", "x"), over("avg", "x"), over("median", "x")), plus) == [math.inf] * 3
        assert math.isnan(values(view(over("sum", "x")), [*plus, row(3, x=-math.inf)])[0])

    def test_r27_nan_and_infinity_stay_in_their_windows(self) -> None:
        rows = [row(T - DAY - 1, x=math.nan), row(T - DAY - 1, x=math.inf), row(T - 1, x=2.0)]
        assert values(view(over("sum", "x"), windows=(("w", Range(DAY)),)), rows) == [2.0]

    def test_r26_sums_are_exact_and_overflow_is_loud(self) -> None:
        big = 2**53 + 1
        assert values(view(over("sum", "x")), [row(1, x=big), row(2, x=big)]) == [2 * big]
        cents = [row(index, x=Decimal("99999999.99")) for index in range(3)]
        assert values(view(over("sum", "x")), cents) == [Decimal("299999999.97")]
        with pytest.raises(OverflowError):
            values(view(over("sum", "x")), [row(1, x=2**63 - 1), row(2, x=1)])

    def test_r27_bound_of_a_sum(self) -> None:
        total = ref.features(view(over("sum", "x")), [row(1, x=1e12), row(2, x=-1e12), row(3, x=0.5)], ("a",), T)["f0"]
        assert total == Approximate(0.5, 4 * 3 * 2.0**-52 * (2e12 + 0.5))

    def test_rare_large_values_leave_no_trace(self) -> None:
        rows = [row(1, x=1e16), row(2, x=0.1), row(3, x=-1e16)]
        assert values(view(over("sum", "x")), rows) == [0.1]

    def test_median_of_decimals_keeps_their_scale(self) -> None:
        middle = ref.features(view(over("median", "x")), [row(1, x=Decimal("1.01")), row(2, x=Decimal("1.02"))], ("a",), T)
        assert middle["f0"] == Approximate(Decimal("1.015"), Decimal("0.01"))

    def test_estimate_accepts_a_sketch(self) -> None:
        assert Estimate(3).accepts(2) and not Estimate(3).accepts(5)
        assert Estimate(100).accepts(118) and not Estimate(100).accepts(79)


class TestTheLatestRow:
    def test_r14_event_time_then_known_time_then_tie_break(self) -> None:
        rows = [row(5, x=1, loaded=9, b=1), row(5, x=2, loaded=8, b=9), row(4, x=3, loaded=99, b=9)]
        assert values(view(X, available_at="loaded"), rows) == [1]
        rows = [row(5, x=1, b=1, c=None), row(5, x=2, b=1, c=0), row(5, x=3, b=None, c=9)]
        assert values(view(X, tie_break=("b", "c")), rows) == [2]
        assert values(view(LIST, tie_break=("b", "c")), rows) == [[3, 1, 2]]

    def test_r14_full_ties_fall_to_the_mentioned_columns_in_order_nulls_first(self) -> None:
        rows = [row(5, x=1, y=9), row(5, x=2, y=1), row(5, x=2, y=None)]
        assert values(view(X, Column("y")), rows) == [2, 1]
        assert values(view(Column("y"), X), rows) == [9, 1]

    def test_r14_a_column_is_mentioned_in_arguments_and_filters_too(self) -> None:
        expression = over("sum", "x", condition=Call("is null", (Column("y"),)))
        assert ref.mentioned_columns([expression, Column("z"), X]) == ("x", "y", "z")

    def test_r15_null_in_the_latest_row_is_a_null_feature(self) -> None:
        assert values(view(X), [row(1, x=1), row(2, x=None)]) == [None]

    def test_r15_without_a_latest_row(self) -> None:
        has_account, filled = Literal(True), Call("coalesce", (X, Literal(0)))
        mixed = Call("coalesce", (X, Over("count", (), "w")))
        assert values(view(has_account, filled, AsOfTime(), mixed), []) == [None, None, None, 0]
        assert values(view(has_account, filled, AsOfTime(), mixed), [row(1, x=None)]) == [True, 0, T, 1]

    @pytest.mark.parametrize(("closed", "oldest"), [("left", DAY), ("right", DAY - 1), ("both", DAY), ("neither", DAY - 1)])
    def test_r16_ttl(self, closed: str, oldest: int) -> None:
        mortal = view(X, COUNT, closed=closed, ttl_us=DAY)
        assert values(mortal, [row(T - oldest, x=1)]) == [1, 1]
        assert values(mortal, [row(T - oldest - 1, x=1)]) == [None, 1]

    def test_r16_an_old_row_of_late_arrival_is_dead_too(self) -> None:
        late = view(X, ttl_us=DAY, available_at="loaded")
        assert values(late, [row(T - DAY - 1, x=1, loaded=T - 1)]) == [None]

    def test_r17_as_of_time(self) -> None:
        since = Call("date_diff", (Literal("hour"), over("max", "at"), AsOfTime()))
        assert values(view(since), [row(T - HOUR - 1), row(T - 3 * HOUR)]) == [2]
        assert values(view(since), []) == [None]


class TestScalars:
    @pytest.mark.parametrize(
        ("call", "expected"),
        [
            (("and", True, None), None),
            (("and", False, None), False),
            (("or", True, None), True),
            (("or", False, None), None),
            (("not", None), None),
            (("=", None, None), None),
            (("=", math.nan, math.nan), True),
            ((">", math.nan, math.inf), True),
            (("nullif", 0, 0), None),
            (("nullif", 1, None), 1),
            (("coalesce", None, 2), 2),
            (("case", None, 1, 2), 2),
            (("+", 2**53, 1), 2**53 + 1),
            (("-", 1, None), None),
            (("||", "a", "b"), "ab"),
            (("date_diff", "hour", -1, 0), 1),
            (("date_diff", "day", DAY - 1, DAY), 1),
        ],
    )
    def test_apply(self, call: tuple[Any, ...], expected: Value) -> None:
        name, *arguments = call
        assert ref.apply(name, tuple(arguments)) == expected

    def test_division_is_of_doubles_and_follows_ieee_754(self) -> None:
        assert bare(ref.apply("/", (7, 2))) == 3.5
        assert bare(ref.apply("/", (-1.0, 0))) == -math.inf
        assert math.isnan(bare(ref.apply("/", (0, 0))))

    def test_arithmetic_carries_the_tolerance(self) -> None:
        difference = ref.apply("-", (Approximate(10.0, 0.25), Approximate(9.5, 0.5)))
        assert difference.value == 0.5 and 0.75 <= difference.error < 0.7500001


class TestPlaces:
    ROWS = (row(5, x=1), row(7, x=2), {"k": "b", "at": 6, "x": 3}, {"k": None, "at": 6, "x": 4}, row(None, x=5))

    def test_r18_r19_every_spine_row_once_in_order(self) -> None:
        spine = [
            {"k": key, "t": t, "label": label}
            for key, t, label in [
                ("a", 6, 1),
                ("a", 6, 1),
                (None, 6, 0),
                ("a", None, 0),
                ("zz", 9, 0),
                ("b", 9, None),
                ("a", 8, 2),
            ]
        ]
        result = ref.training_set(spine, "t", [Join(view(X, COUNT), self.ROWS)])
        assert [list(each.values()) for each in result] == [
            ["a", 6, 1, 1, 1],
            ["a", 6, 1, 1, 1],
            [None, 6, 0, None, 0],
            ["a", None, 0, None, 0],
            ["zz", 9, 0, None, 0],
            ["b", 9, None, 3, 1],
            ["a", 8, 2, 2, 2],
        ]

    def test_r21_r22_roles_prefixes_and_chosen_columns(self) -> None:
        spine = [{"origin": "a", "dest": "b", "t": 9}]
        joins = [
            Join(view(X, COUNT), self.ROWS, on=(("k", "origin"),), prefix="origin_"),
            Join(view(X, COUNT), self.ROWS, on=(("k", "dest"),), prefix="dest_", columns=("f0",)),
        ]
        assert ref.training_set(spine, "t", joins) == [
            {"origin": "a", "dest": "b", "t": 9, "origin_f0": 2, "origin_f1": 2, "dest_f0": 3}
        ]

    def test_r23_online_has_the_entities_with_a_visible_row(self) -> None:
        assert ref.online_table(view(X, COUNT), self.ROWS, 6) == [{"k": "a", "f0": 1, "f1": 1, "event_time": 5, "as_of_time": 6}]
        assert [each["k"] for each in ref.online_table(view(X), self.ROWS, 7)] == ["a", "b"]
        assert ref.online_table(view(X), self.ROWS, 5) == []

    def test_r23_ttl_takes_dead_entities_out(self) -> None:
        mortal = view(X, COUNT, ttl_us=2)
        assert ref.online_table(mortal, self.ROWS, 9) == [{"k": "a", "f0": 2, "f1": 2, "event_time": 7, "as_of_time": 9}]

    @pytest.mark.parametrize("settings", [{}, {"ttl_us": 2}, {"closed": "both"}, {"delay_us": 1}])
    def test_r24_online_equals_the_training_set_of_its_entities(self, settings: dict[str, Any]) -> None:
        a_view = view(X, COUNT, LIST, **settings)
        for t in range(4, 11):
            online = ref.online_table(a_view, self.ROWS, t)
            training = ref.training_set([{"k": each["k"], "t": t} for each in online], "t", [Join(a_view, self.ROWS)])
            assert [[each[name] for name in ("f0", "f1", "f2")] for each in online] == [
                [each[name] for name in ("f0", "f1", "f2")] for each in training
            ]

    def test_r29_history_as_of_the_first_instant_the_row_is_visible(self) -> None:
        rows = [
            row(5, x=1, loaded=9),
            row(7, x=2, loaded=8),
            row(6, x=3, loaded=None),
            {"k": None, "at": 1, "loaded": 1},
        ]
        since = Call("-", (AsOfTime(), Literal(0)))
        relation = ref.history(view(X, LIST, since, available_at="loaded"), rows)
        assert relation == [
            {"k": "a", "at": 5, "f0": 2, "f1": [1, 2], "f2": 10},
            {"k": "a", "at": 7, "f0": 2, "f1": [2], "f2": 9},
        ]
        closed = dataclasses.replace(view(X, LIST, since, available_at="loaded"), closed="right")
        assert [each["f2"] for each in ref.history(closed, rows)] == [9, 8]

    def test_r29_two_equal_rows_are_two_rows(self) -> None:
        assert ref.history(view(COUNT), [row(5), row(5)]) == [{"k": "a", "at": 5, "f0": 2}] * 2
