"""Durations: an integer and a unit, an exact length in microseconds (R11)."""

from __future__ import annotations

import re
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.base.lengths import DURATION, LONGEST_DAYS, duration_us
from featsql.front.yamlsubset import YamlNode, YamlScalar

_NUMBER_AND_WORD = re.compile(r"([0-9]{1,18})\s*([A-Za-z]+)", re.ASCII)
_FORM = "a duration is an integer and one of `us ms s m h d w`, such as `90m` or `7d`"
_CALENDAR = "mo mon mons month months y yr yrs year years q quarter quarters"
_WORDS: Final = {
    "us": "microsecond microseconds usec usecs",
    "ms": "millisecond milliseconds msec msecs",
    "s": "sec secs second seconds",
    "m": "min mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "w": "wk wks week weeks",
}


def read_duration(node: YamlNode, where: str, found: list[Diagnostic]) -> int | None:
    """The node's length in microseconds, zero too. FS107 when it is no duration, FS106 when it is too long."""
    if not isinstance(node, YamlScalar) or isinstance(node.value, bool | None):
        found.append(Diagnostic("FS107", f"{where} is not a duration", node.span, hints=(_FORM,)))
        return None
    text = node.raw.strip()
    length = duration_us(text)
    if length is None:
        found.append(_not_a_duration(text, where, node))
    return length


def read_length(node: YamlNode, where: str, found: list[Diagnostic], *hints: str) -> int | None:
    """A duration longer than nothing (FS106 for zero)."""
    is_zero = isinstance(node, YamlScalar) and node.raw.strip() == "0"
    length = 0 if is_zero else read_duration(node, where, found)
    if length == 0:
        found.append(Diagnostic("FS106", f"{where} has to be longer than 0", node.span, hints=hints))
        return None
    return length


def _not_a_duration(text: str, where: str, node: YamlScalar) -> Diagnostic:
    if DURATION.fullmatch(text):
        message = f"{where}: `{text}` is longer than {LONGEST_DAYS:,} days"
        return Diagnostic("FS106", message, node.span, hints=("a window without an end is written `all`",))
    number, unit = _parts(text)
    if unit == "M" or unit.lower() in _CALENDAR.split():
        return _of_the_calendar(text, unit, where, node)
    if number and not unit:
        return Diagnostic("FS107", f"{where}: `{text}` has no unit", node.span, hints=(f"write `{number}d` for days", _FORM))
    known = next((short for short, words in _WORDS.items() if unit.lower() in (short, *words.split())), None)
    hint = f"write `{number}{known}`" if number and known else _FORM
    return Diagnostic("FS107", f"{where}: `{text}` is not a duration", node.span, hints=(hint,))


def _of_the_calendar(text: str, unit: str, where: str, node: YamlScalar) -> Diagnostic:
    word = {"y": "year", "q": "quarter"}.get(unit[0].lower(), "month")
    hints = (
        f"a calendar window follows the calendar: `{{calendar: {word}, back: 1}}`",
        "for an exact length write days, such as `30d`" + (" (minutes are `m`)" if unit == "M" else ""),
    )
    message = f"{where}: `{text}` is not an exact length; months, quarters and years are for calendar windows"
    return Diagnostic("FS107", message, node.span, hints=hints)


def _parts(text: str) -> tuple[str, str]:
    """The integer and the word after it, as far as the text is that: `7 days`."""
    found = _NUMBER_AND_WORD.fullmatch(text)
    if found:
        return found[1], found[2]
    return (text, "") if text.isascii() and text.isdigit() else ("", "")
