"""The `windows` of a feature view: names and what they reach (R7 to R12)."""

from __future__ import annotations

from functools import cache
from typing import Final, cast, get_args

from featsql.base.diagnostics import Diagnostic, Label, nearest
from featsql.front.durations import read_duration, read_length
from featsql.front.keys import Keys, caseless_entries, is_empty, wrong_type
from featsql.front.names import is_identifier
from featsql.front.yamlsubset import YamlList, YamlMap, YamlNode, YamlScalar
from featsql.ir.header import AllWindow, CalendarUnit, CalendarWindow, Extent, Name, RangeWindow, RowsWindow, Window

MOST_ROWS: Final = 1_000_000_000
FURTHEST_BACK: Final = {"day": 100_000, "week": 10_000, "month": 10_000, "quarter": 4_000, "year": 1_000}
"""Units that a calendar window may reach back: never before the calendars of the warehouses."""

# what SQL reads as something else after `over`, or after the name that stands there
_SQL_WORDS = """
    all and any as asc between by case cast current desc distinct else end exclude except false filter following from group
    groups having in intersect into is join like limit not null offset on or order over partition preceding qualify range row
    rows select then true unbounded union using values when where window with within
"""
_NOT_A_NAME = frozenset(_SQL_WORDS.split())
_KINDS: Final = {"range": ("range", "offset"), "rows": ("rows",), "calendar": ("calendar", "timezone", "back")}
_FORMS: Final = "a window is `7d`, `all`, `{range: 7d, offset: 7d}`, `{rows: 10}` or `{calendar: day}`"


def read_windows(keys: Keys) -> tuple[Window, ...]:
    """The windows under the key `windows`, in the order given."""
    node = keys.value("windows")
    if node is None:
        return ()
    if not isinstance(node, YamlMap):
        keys.found.append(wrong_type("`windows`", "a mapping of names", node))
        return ()
    windows: list[Window] = []
    for entry in caseless_entries(node, "in `windows`", keys.found):
        name = _usable(entry.key, keys.found)
        extent = _extent(entry.value, f"window `{entry.key}`", keys.found)
        if name and extent:
            windows.append(Window(name, extent))
    return tuple(windows)


def _usable(name: Name, found: list[Diagnostic]) -> Name | None:
    if not is_identifier(name.text):
        hints = ("a window's name is letters, digits and `_`, such as `last_7d`",)
        found.append(Diagnostic("FS109", f"`{name}` cannot name a window", name.span, hints=hints))
        return None
    if name.text.lower() in _NOT_A_NAME:
        message = f"`{name}` cannot name a window: after `over` SQL reads it as a word of its own"
        found.append(Diagnostic("FS110", message, name.span, hints=(f"call it `{name}_window`, say",)))
        return None
    return name


def _extent(node: YamlNode, where: str, found: list[Diagnostic]) -> Extent | None:
    match node:
        case YamlMap():
            return _spelled_out(Keys(node, where, found))
        case YamlList():
            found.append(Diagnostic("FS104", f"{where} is a list", node.span, hints=(_FORMS,)))
            return None
        case YamlScalar() if is_empty(node):
            found.append(Diagnostic("FS104", f"{where} has no value", node.span, hints=(_FORMS,)))
            return None
        case YamlScalar(raw="all"):
            return AllWindow()
        case _:
            length = read_length(node, where, found)
            return RangeWindow(length) if length else None


def _spelled_out(keys: Keys) -> Extent | None:
    kinds = [entry for entry in keys.node.entries if entry.key.text in _KINDS]
    if len(kinds) > 1:
        labels = (Label(kinds[0].key.span, "the other one"),)
        message = f"{keys.what} is both `{kinds[0].key}` and `{kinds[1].key}`"
        keys.found.append(Diagnostic("FS106", message, kinds[1].key.span, labels=labels, hints=(_FORMS,)))
        return None
    if not kinds:
        before = len(keys.found)
        keys.only(*dict.fromkeys(key for own in _KINDS.values() for key in own))
        if len(keys.found) == before:  # else a misspelled key says why
            message = f"{keys.what} needs `range`, `rows` or `calendar`"
            keys.found.append(Diagnostic("FS105", message, keys.node.span, hints=(_FORMS,)))
        return None
    kind = kinds[0].key.text
    keys.only(*_KINDS[kind])
    if not keys.require(kind):
        return None
    match kind:
        case "range":
            return _range(keys)
        case "rows":
            count = keys.whole("rows", 1, MOST_ROWS)
            return RowsWindow(count) if count else None
        case _:
            return _calendar(keys)


def _range(keys: Keys) -> RangeWindow | None:
    range_node, offset_node = keys.value("range"), keys.value("offset")
    length = read_length(range_node, f"`range` of {keys.what}", keys.found) if range_node else None
    offset = read_duration(offset_node, f"`offset` of {keys.what}", keys.found) if offset_node else 0
    return None if length is None or offset is None else RangeWindow(length, offset)


def _calendar(keys: Keys) -> CalendarWindow | None:
    unit = keys.choice("calendar", get_args(CalendarUnit))
    zone = _zone(keys)
    if unit is None:
        return None
    back = keys.whole("back", 0, FURTHEST_BACK[unit.text])
    return CalendarWindow(cast(CalendarUnit, unit.text), back or 0, zone)


def _zone(keys: Keys) -> str:
    name = keys.name("timezone")
    if name is None:
        return "UTC"
    if name.text not in _zones():
        hints = nearest(name.text, _zones()) or ("write a name of the IANA database, such as `Europe/Paris`",)
        keys.found.append(Diagnostic("FS106", f"there is no time zone `{name}`", name.span, hints=hints))
    return name.text


@cache
def _zones() -> frozenset[str]:
    """The names of the IANA time zone database; not `localtime`, which means another zone on another machine."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones() - {"localtime", "Factory"})
