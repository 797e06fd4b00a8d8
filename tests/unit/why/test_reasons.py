"""Each reason for which a row does or does not make a value, on rows that show it; the rules are those of docs/concepts.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .views import ask, reasons

HOURLY = "(1, '2026-01-01 09:00', 9)\n(1, '2026-01-01 10:00', 10)\n(1, '2026-01-01 11:00', 11)\n(1, '2026-01-01 12:00', 12)"


@pytest.mark.parametrize(
    "closed, value, expected",
    [
        ("left", 2, {12: "future", 11: "in", 10: "in", 9: "before"}),
        ("right", 2, {12: "in", 11: "in", 10: "before", 9: "before"}),
        ("both", 3, {12: "in", 11: "in", 10: "in", 9: "before"}),
        ("neither", 1, {12: "future", 11: "in", 10: "before", 9: "before"}),
    ],
)
def test_both_edges_of_a_window(tmp_path: Path, closed: str, value: int, expected: dict[int, str]) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="count(x) over w",
        rows=HOURLY,
        header=f"closed: {closed}\nwindows: {{w: 2h}}",
    )
    assert why.value == value and why.type == "BIGINT"
    assert reasons(why.parts[0]) == expected
    assert sum(why.parts[0].counts.values()) == why.rows == 4


def test_an_event_of_the_window_that_is_known_too_late(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="sum(x) over w",
        columns="k, moment, known, x",
        rows="(1, '2026-01-01 11:00', '2026-01-01 11:59', 1)\n(1, '2026-01-01 11:00', '2026-01-01 12:00', 2)",
        header="available_at: known\nwindows: {w: 2h}",
    )
    assert why.value == 1
    assert reasons(why.parts[0]) == {2: "late", 1: "in"}


def test_with_a_delay_the_last_events_are_not_known_yet(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", feature="max(x) over w", rows=HOURLY, header="delay: 1h\nwindows: {w: all}")
    assert why.value == 10
    assert reasons(why.parts[0]) == {12: "future", 11: "late", 10: "in", 9: "in"}


def test_a_window_with_an_offset_ends_before_t(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="count(x) over w",
        rows=HOURLY,
        header="windows: {w: {range: 1h, offset: 1h}}",
    )
    assert why.value == 1
    assert reasons(why.parts[0]) == {12: "future", 11: "after", 10: "in", 9: "before"}


def test_a_calendar_window_starts_at_midnight_of_its_zone(tmp_path: Path) -> None:
    """In New York clocks go forward on 2026-03-08: that day begins at 05:00 UTC, the next one at 04:00."""
    rows = "(1, '2026-03-08 04:59', 1)\n(1, '2026-03-08 05:00', 2)\n(1, '2026-03-09 03:59', 3)\n(1, '2026-03-09 04:00', 4)"
    view: dict[str, Any] = {
        "feature": "count(x) over w",
        "rows": rows,
        "header": "windows: {w: {calendar: day, timezone: America/New_York}}",
    }
    first = ask(tmp_path, "2026-03-09 03:59:59", **view)
    assert reasons(first.parts[0]) == {4: "future", 3: "in", 2: "in", 1: "before"}
    second = ask(tmp_path, "2026-03-09 05:00", **view)
    assert reasons(second.parts[0]) == {4: "in", 3: "before", 2: "before", 1: "before"}
    starts = [why.parts[0].bounds.start_us for why in (first, second) if why.parts[0].bounds]
    assert [start // 3_600_000_000 % 24 for start in starts if start is not None] == [5, 4]


def test_the_rows_beyond_the_latest_n(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", feature="sum(x) over w", rows=HOURLY, header="windows: {w: {rows: 2}}")
    assert why.value == 21 and why.parts[0].bounds is None
    assert reasons(why.parts[0]) == {12: "future", 11: "in", 10: "in", 9: "beyond"}


def test_a_filter_keeps_rows_out_when_it_is_false_or_null(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="count(*) filter (where x > 10) over w",
        rows=HOURLY.replace("10:00', 10", "10:00', null"),
        header="windows: {w: all}",
    )
    assert why.value == 1 and why.parts[0].filter == "x > 10"
    assert reasons(why.parts[0]) == {12: "future", 11: "in", None: "filtered", 9: "filtered"}


def test_a_filter_may_speak_of_t(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="count(x) filter (where moment < as_of_time - to_hours(2)) over w",
        rows=HOURLY,
        header="windows: {w: all}",
    )
    assert why.value == 1
    assert reasons(why.parts[0]) == {12: "future", 11: "filtered", 10: "filtered", 9: "in"}


NULL_AT_TEN = HOURLY.replace("10:00', 10", "10:00', null")


def test_null_values_are_skipped_by_most_aggregates(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", feature="sum(x) over w", rows=NULL_AT_TEN, header="windows: {w: all}")
    assert why.value == 20 and why.parts[0].pieces[0].nulls == 1
    assert reasons(why.parts[0]) == {12: "future", 11: "in", None: "null", 9: "in"}


def test_null_values_are_kept_by_those_that_follow_the_order(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 10:30", feature="last(x) over w", rows=NULL_AT_TEN, header="windows: {w: all}")
    assert why.value is None and why.parts[0].pieces[0].nulls == 0
    assert reasons(why.parts[0])[None] == "in"


def test_pieces_over_the_same_rows_are_one_part_and_a_row_counts_if_one_of_them_takes_it(tmp_path: Path) -> None:
    why = ask(
        tmp_path, "2026-01-01 12:00", feature="sum(x) over w / count(*) over w", rows=NULL_AT_TEN, header="windows: {w: all}"
    )
    (part,) = why.parts
    assert [(piece.sql, piece.nulls) for piece in part.pieces] == [("sum(x) over w", 1), ("count(*) over w", 0)]
    assert [why.answer.column(piece.column)[0].as_py() for piece in part.pieces] == [20, 3]
    assert part.counts == {"in": 3, "future": 1}


def test_distinct_values_come_from_all_of_their_rows(tmp_path: Path) -> None:
    rows = "(1, '2026-01-01 09:00', 5)\n(1, '2026-01-01 10:00', 5)\n(1, '2026-01-01 11:00', null)"
    why = ask(tmp_path, "2026-01-01 12:00", feature="count(distinct x) over w", rows=rows, header="windows: {w: all}")
    assert why.value == 1 and why.parts[0].counts == {"in": 2, "null": 1}


def test_an_expression_over_two_windows_has_a_part_for_each(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        feature="sum(x) over one - sum(x) over two",
        rows=HOURLY,
        header="windows: {one: 1h, two: 2h}",
    )
    one, two = why.parts
    assert why.value == 11 - 21
    assert reasons(one) == {12: "future", 11: "in", 10: "before", 9: "before"}
    assert reasons(two) == {12: "future", 11: "in", 10: "in", 9: "before"}


# --- plain columns


def test_the_latest_row_makes_a_plain_column_and_others_are_older(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", feature="x * 2", rows=HOURLY)
    assert why.value == 22 and why.parts[0].window is None
    assert reasons(why.parts[0]) == {12: "future", 11: "in", 10: "older", 9: "older"}


def test_a_feature_of_columns_and_windows_has_both_parts(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", feature="x - min(x) over w", rows=HOURLY, header="ttl: 3h\nwindows: {w: 2h}")
    latest, window = why.parts
    assert why.value == 1
    assert (latest.window, window.window) == (None, "w")
    assert latest.counts == {"in": 1, "older": 2, "future": 1} and window.counts == {"in": 2, "before": 1, "future": 1}


@pytest.mark.parametrize("closed, value, reason", [("left", 11, "in"), ("neither", None, "expired")])
def test_ttl_lets_the_latest_row_live_up_to_its_edge(tmp_path: Path, closed: str, value: int | None, reason: str) -> None:
    rows = HOURLY.rpartition("\n")[0]
    why = ask(tmp_path, "2026-01-01 13:00", feature="x", rows=rows, header=f"closed: {closed}\nttl: 2h")
    assert why.value == value
    assert reasons(why.parts[0]) == {11: reason, 10: "older", 9: "older"}


CORRECTED = "(1, '2026-01-01 09:00', '2026-01-01 09:00', 1)\n(1, '2026-01-01 09:00', '2026-01-01 11:00', 2)"


@pytest.mark.parametrize(
    "at, value, expected",
    [
        ("2026-01-01 10:00", 1, {2: "late", 1: "in"}),
        ("2026-01-01 12:00", 2, {2: "in", 1: "superseded"}),
    ],
)
def test_a_correction_replaces_a_row_from_when_it_is_known(tmp_path: Path, at: str, value: int, expected: dict[int, str]) -> None:
    why = ask(tmp_path, at, feature="x", columns="k, moment, known, x", rows=CORRECTED, header="available_at: known")
    assert why.value == value
    assert reasons(why.parts[0]) == expected


def test_a_tie_is_lost_by_tie_break(tmp_path: Path) -> None:
    rows = "(1, '2026-01-01 09:00', 1, 7)\n(1, '2026-01-01 09:00', 2, 5)\n(1, '2026-01-01 09:00', null, 9)"
    why = ask(tmp_path, "2026-01-01 10:00", feature="x", columns="k, moment, rank, x", rows=rows, header="tie_break: [rank]")
    assert why.value == 5 and why.tie_break == ("rank",)
    assert reasons(why.parts[0]) == {5: "in", 7: "tied", 9: "tied"}
    assert reasons(why.parts[0], "rank") == {2: "in", 1: "tied", None: "tied"}


# --- rows that nobody sees, keys without rows, limits


def test_rows_with_a_null_where_none_may_be_are_counted(tmp_path: Path) -> None:
    rows = "\n".join(
        (
            "(1, '2026-01-01 09:00', '2026-01-01 09:00', 1)",
            "(1, null, '2026-01-01 09:00', 2)",
            "(1, '2026-01-01 09:00', null, 3)",
            "(1, '2026-01-01 09:10', null, 4)",
            "(null, '2026-01-01 09:00', '2026-01-01 09:00', 5)",
            "(2, null, null, 6)",
        )
    )
    why = ask(tmp_path, "2026-01-01 12:00", feature="x", columns="k, moment, known, x", rows=rows, header="available_at: known")
    assert reasons(why.parts[0]) == {1: "in"} and why.rows == 1
    unseen = why.unseen
    assert (unseen.without_key, unseen.without_event_time, unseen.without_known_time) == (1, 1, 2)


def test_a_key_without_rows_says_so_and_tells_some_that_have(tmp_path: Path) -> None:
    why = ask(tmp_path, "2026-01-01 12:00", 7, feature="count(x) over w", rows=HOURLY, header="windows: {w: 2h}")
    assert why.value == 0 and why.rows == 0
    assert why.some_keys is not None and why.some_keys.to_pylist() == [{"k": 1}]


def test_a_limit_shows_the_nearest_rows_and_counts_all(tmp_path: Path) -> None:
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        limit=1,
        feature="count(*) filter (where x <> 10) over w",
        rows=HOURLY + "\n(1, '2026-01-01 11:30', 13)\n(1, '2026-01-01 10:00', 10)\n(1, '2026-01-01 06:00', 6)",
        header="windows: {w: 3h}",
    )
    (part,) = why.parts
    assert part.counts == {"in": 3, "filtered": 2, "before": 1, "future": 1} and part.left_out == 4
    assert reasons(part) == {10: "filtered", 9: "in"}, "one that counts and one that does not, nearest to an edge"


def test_no_reason_hides_another(tmp_path: Path) -> None:
    old = "\n".join(f"(1, '2025-12-31 {hour:02}:00', {hour})" for hour in range(20))
    why = ask(
        tmp_path,
        "2026-01-01 12:00",
        limit=2,
        feature="count(x) over w",
        columns="k, moment, known, x",
        rows="\n".join(row.replace(":00', ", ":00', '2025-12-31 23:00', ") for row in old.split("\n"))
        + "\n(1, '2026-01-01 11:00', '2026-01-05', 99)",
        header="available_at: known\nwindows: {w: 2h}",
    )
    assert reasons(why.parts[0]) == {99: "late", 19: "before"}
    assert why.parts[0].counts == {"late": 1, "before": 20}
