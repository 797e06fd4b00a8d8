"""R7 to R12: the windows of a feature view."""

from __future__ import annotations

import pytest

from featsql.base.lengths import UNITS_US
from featsql.ir.header import AllWindow, CalendarWindow, Extent, RangeWindow, RowsWindow

from .reading import header_findings, view

DAY = UNITS_US["d"]


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("7d", RangeWindow(7 * DAY)),
        ("'7d'", RangeWindow(7 * DAY)),
        ("all", AllWindow()),
        ("{range: 7d}", RangeWindow(7 * DAY)),
        ("{range: 7d, offset: 1d}", RangeWindow(7 * DAY, DAY)),
        ("{range: 7d, offset: 0d}", RangeWindow(7 * DAY)),
        ("{rows: 10}", RowsWindow(10)),
        ("{calendar: day}", CalendarWindow("day", 0, "UTC")),
        ("{calendar: month, back: 2}", CalendarWindow("month", 2, "UTC")),
        ("{calendar: week, timezone: Europe/Paris, back: 0}", CalendarWindow("week", 0, "Europe/Paris")),
        ("{calendar: quarter, timezone: ~}", CalendarWindow("quarter", 0, "UTC")),
    ],
)
def test_forms(text: str, extent: Extent) -> None:
    [window] = view(f"timestamp: t\nwindows: {{w: {text}}}").windows
    assert (window.name.text, window.extent) == ("w", extent)


def test_windows_keep_their_order_and_places() -> None:
    windows = view("timestamp: t\nwindows:\n  Late: all\n  early: 1d\n").windows
    assert [(w.name.text, str(w.name.span)) for w in windows] == [
        ("Late", "models/spend.sql:5:3"),
        ("early", "models/spend.sql:6:3"),
    ]


# the windows begin in line 4, column 10
@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("[7d]", "FS104", "4:10", "a mapping of names, not a list"),
        ("{w: }", "FS104", "4:11", "window `w` has no value"),
        ("{w: ~}", "FS107", "4:14", "is not a duration"),
        ("{w: [7d]}", "FS104", "4:14", "window `w` is a list"),
        ("{w: 7}", "FS107", "4:14", "write `7d`"),
        ("{w: 0d}", "FS106", "4:14", "longer than 0"),
        ("{w: {}}", "FS105", "4:14", "needs `range`, `rows` or `calendar`"),
        ("{w: {range: ~}}", "FS105", "4:14", "needs `range`"),
        ("{w: {rnage: 7d}}", "FS102", "4:15", "did you mean `range`?"),
        ("{w: {range: 7d, rows: 3}}", "FS106", "4:26", "both `range` and `rows`"),
        ("{w: {rows: 3, offset: 1d}}", "FS102", "4:24", "has no key `offset`"),
        ("{w: {range: 1y}}", "FS107", "4:22", "{calendar: year"),
        ("{w: {range: 1d, offset: -1d}}", "FS107", "4:34", "`offset` of window `w`"),
        ("{w: {rows: 0}}", "FS106", "4:21", "a whole number from 1"),
        ("{w: {rows: 2.5}}", "FS104", "4:21", "a whole number, not a number"),
        ("{w: {rows:10}}", "FS101", "4:15", "a space is missing after `rows:`"),
        ("{w: {calendar: dya}}", "FS106", "4:25", "did you mean `day`?"),
        ("{w: {calendar: hour}}", "FS106", "4:25", "not `hour`"),
        ("{w: {calendar: day, back: -1}}", "FS106", "4:36", "from 0 to"),
        ("{w: {calendar: year, back: 1001}}", "FS106", "4:37", "from 0 to 1,000"),
        ("{w: {calendar: day, timezone: Europe/Pari}}", "FS106", "4:40", "did you mean `Europe/Paris`?"),
        ("{w: {calendar: day, timezone: '+02:00'}}", "FS106", "4:40", "there is no time zone"),
        ("{w: {calendar: day, timezone: localtime}}", "FS106", "4:40", "there is no time zone `localtime`"),
        ("{2w: 7d}", "FS109", "4:11", "cannot name a window"),
        ("{last week: 7d}", "FS109", "4:11", "cannot name a window"),
        ("{rows: 7d}", "FS110", "4:11", "after `over`"),
        ("{Partition: 7d}", "FS110", "4:11", "after `over`"),
        ("{w: 7d, W: 8d}", "FS103", "4:18", "`W` is there twice"),
        ("{w: 7d, w: 8d}", "FS103", "4:18", "key `w` is given twice"),
    ],
)
def test_what_is_no_window(text: str, code: str, place: str, words: str) -> None:
    [(found, where, said)] = header_findings(f"kind: feature_view\ntimestamp: t\nwindows: {text}")
    assert (found, where) == (code, place)
    assert words in said
