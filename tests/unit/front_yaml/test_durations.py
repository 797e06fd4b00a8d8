"""R11: an integer and a unit is an exact length; months and years are not lengths."""

from __future__ import annotations

import pytest

from featsql.base.lengths import LONGEST_DAYS, UNITS_US, duration_us

from .reading import header_findings, view


def findings(value: str) -> list[tuple[str, str, str]]:
    return header_findings(f"kind: feature_view\ntimestamp: t\nttl: {value}")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1us", 1),
        ("250ms", 250_000),
        ("90s", 90_000_000),
        ("1m", 60_000_000),
        ("24h", 86_400_000_000),
        ("1d", 86_400_000_000),
        ("2w", 1_209_600_000_000),
        ("007d", 604_800_000_000),
        ("0d", 0),
    ],
)
def test_lengths_are_exact(text: str, length: int) -> None:
    assert duration_us(text) == length


def test_the_longest_fits_64_bits_with_room() -> None:
    longest = duration_us(f"{LONGEST_DAYS}d")
    assert longest is not None
    assert longest * 8 < 2**63
    assert duration_us(f"{LONGEST_DAYS}d") == duration_us(f"{LONGEST_DAYS * 24}h")
    assert duration_us(f"{LONGEST_DAYS * UNITS_US['d'] + 1}us") is None


@pytest.mark.parametrize("text", ["", "d", "7", "7 d", "-7d", "+7d", "1.5h", "7D", "1d12h", "٣d", "1e3s", "9" * 40 + "s"])
def test_anything_else_is_none(text: str) -> None:
    assert duration_us(text) is None


@pytest.mark.parametrize("value", ["1mo", "1M", "3 months", "1y", "2 years", "1q"])
def test_months_and_years_lead_to_calendar_windows(value: str) -> None:
    [(code, place, said)] = findings(value)
    assert (code, place) == ("FS107", "4:6")
    assert f"`{value}` is not an exact length" in said
    assert "{calendar: " in said


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ("7", "FS107", "write `7d` for days"),
        ("7 days", "FS107", "write `7d`"),
        ("30min", "FS107", "write `30m`"),
        ("7D", "FS107", "write `7d`"),
        ("1.5h", "FS107", "such as `90m`"),
        ("-7d", "FS107", "is not a duration"),
        ("P7D", "FS107", "is not a duration"),
        ("true", "FS107", "is not a duration"),
        ("[7d]", "FS107", "is not a duration"),
        ("0", "FS106", "leave `ttl` out for no limit"),
        ("0h", "FS106", "`ttl` has to be longer than 0"),
        ("1000001d", "FS106", "longer than 1,000,000 days"),
    ],
)
def test_what_is_no_length(value: str, code: str, words: str) -> None:
    [(found, place, said)] = findings(value)
    assert (found, place) == (code, "4:6")
    assert words in said


def test_a_delay_may_be_nothing() -> None:
    assert view("timestamp: t\ndelay: 0s").delay_us == 0
    assert view("timestamp: t\ndelay: '2h'").delay_us == 7_200_000_000
