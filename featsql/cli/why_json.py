"""What `featsql why -o json` prints: docs/reference/why.md says what each key holds."""

from __future__ import annotations

import json
from collections.abc import Iterable

from featsql.cli.rows import json_cells, json_lines
from featsql.ir.header import CalendarWindow, RowsWindow
from featsql.ir.why import Bounds, Why, WhyPart


def as_json(why: Why) -> str:
    """One object; values keep their digits as they do in rows."""
    unseen = why.unseen
    pairs = (
        ("feature", _text(f"{why.view}.{why.feature}")),
        ("sql", _text(why.sql)),
        ("type", _text(why.type)),
        ("value", _answer(why, why.column)),
        ("key", _object((name, _answer(why, at)) for at, name in enumerate(why.keys))),
        ("as_of_time", _answer(why, len(why.keys))),
        ("closed", _text(why.closed)),
        ("timestamp", _text(why.timestamp)),
        ("available_at", _text(why.available_at)),
        ("delay_us", _text(why.delay_us)),
        ("ttl_us", _text(why.ttl_us)),
        ("rows", _text(why.rows)),
        ("rows_without_key", _text(unseen.without_key)),
        ("rows_without_event_time", _text(unseen.without_event_time)),
        ("rows_without_known_time", _text(unseen.without_known_time)),
        ("parts", "[" + ",\n  ".join(_part(part, why) for part in why.parts) + "]"),
    )
    return "{" + ",\n ".join(f"{_text(name)}: {value}" for name, value in pairs) + "}\n"


def _part(part: WhyPart, why: Why) -> str:
    pieces = (_object((("sql", _text(p.sql)), ("value", _answer(why, p.column)), ("nulls", _text(p.nulls)))) for p in part.pieces)
    extent = part.extent
    pairs = (
        ("window", _text(part.window)),
        ("bounds", _bounds(part.bounds)),
        ("timezone", _text(extent.timezone if isinstance(extent, CalendarWindow) else None)),
        ("last_rows", _text(extent.count if isinstance(extent, RowsWindow) else None)),
        ("filter", _text(part.filter)),
        ("pieces", "[" + ", ".join(pieces) + "]"),
        ("counts", _text(dict(part.counts))),
        ("rows", "[" + ",\n    ".join(json_lines(part.rows)) + "]"),
    )
    return "{" + ",\n   ".join(f"{_text(name)}: {value}" for name, value in pairs) + "}"


def _bounds(bounds: Bounds | None) -> str:
    import pyarrow

    if bounds is None:
        return "null"
    ends = json_cells(pyarrow.array([bounds.start_us, bounds.end_us], pyarrow.timestamp("us")))
    includes = (_text(bounds.closed.has_start and bounds.start_us is not None), _text(bounds.closed.sees_now))
    return _object(zip(("start", "end", "includes_start", "includes_end"), (*ends, *includes), strict=True))


def _answer(why: Why, column: int) -> str:
    return json_cells(why.answer.column(column))[0]


def _object(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{_text(name)}: {value}" for name, value in pairs) + "}"


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
