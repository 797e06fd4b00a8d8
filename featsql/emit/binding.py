"""Text with markers becomes a query over real relations: the last act of stage 8."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from featsql.base.spans import Text
from featsql.emit.indenting import indentation_at_end, indented, trimmed
from featsql.ir.model import MARKER
from featsql.ir.query import Query, Reference

Binding = Reference | Query | Text
"""A relation of the warehouse; a query that stands in its place (an ephemeral model); or SQL of ours (a scan of files)."""


def bind(text: Text, bindings: Mapping[str, Binding], dialect: str) -> Query:
    """Every marker (`"ref:orders"`) replaced by what `bindings` has for it, by marker; a marker in a comment may be unknown."""
    text = trimmed(text)
    found = [(m, b) for m in MARKER.finditer(text.value) if (b := bindings.get(f"{m.group(1)}:{m.group(2)}")) is not None]
    before, *rest = text.cut_at(place for marker, _ in found for place in marker.span())
    parts: list[Text | Reference] = [before]
    for (marker, bound), written, after in zip(found, rest[::2], rest[1::2], strict=True):
        origin = written.locate(0)
        match bound:
            case Reference(table, name):
                parts.append(Reference(table, Text.standing_for(name.value, origin) if origin else name))
            case Text():
                parts.append(Text.standing_for(bound.value, origin) if origin else bound)
            case Query():
                parts += _subquery(bound, text.value[: marker.start()])
        parts.append(after)
    return Query(tuple(part for part in parts if isinstance(part, Reference) or part.value), dialect)


def _subquery(query: Query, before: str) -> Iterator[Text | Reference]:
    """The query in parentheses, deeper than the line on which it opens."""
    outer = indentation_at_end(before)
    inner = outer + " " * 4
    yield Text.generated(f"(\n{inner}")
    for part in query.parts:
        yield part if isinstance(part, Reference) else indented(part, inner)
    yield Text.generated(f"\n{outer})")
