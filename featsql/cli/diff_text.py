"""`featsql diff` as text for a terminal, as Markdown for a pull request, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from featsql.cli.harmless import one_line
from featsql.cli.tested import table
from featsql.ir.changes import Changes, NodeChange, Standing, Values
from featsql.ir.testing import Sample

_TITLES: Final[Mapping[Standing, str]] = {
    "new": "new",
    "gone": "gone",
    "meaning": "changed in meaning",
    "rows": "other rows",
    "downstream": "read something that changed",
    "text": "changed in words alone",
}
_COLUMNS: Final = ("feature", "rows changed", "share", "NULL before", "NULL now", "PSI")


def as_text(changes: Changes) -> Iterator[str]:
    """Node by node, those that matter first."""
    if not changes.nodes:
        yield f"nothing differs from {one_line(changes.against)}"
    for standing, title in _TITLES.items():
        nodes = changes.of(standing)
        if nodes:
            yield f"{title}: {len(nodes)}"
        for node in nodes:
            yield f"  {_title(node)}"
            yield from (f"    {line}" for line in _columns(node))
            if node.values:
                yield f"    {_rows(node.values)}"
                yield from (f"    {line}" for line in _tables(node.values))


def as_markdown(changes: Changes) -> Iterator[str]:
    """A comment for a pull request."""
    counts = ", ".join(f"{len(found)} {title}" for s, title in _TITLES.items() if (found := changes.of(s)))
    yield f"### Features against `{_cell(changes.against)}`: {counts or 'nothing differs'}"
    for standing, title in _TITLES.items():
        for node in changes.of(standing):
            yield ""
            yield f"**{_cell(node.name)}** ({node.kind.replace('_', ' ')}), {title}"
            yield from (f"- {_cell(line)}" for line in _columns(node))
            if node.values:
                yield f"- {_rows(node.values)}"
                yield from _markdown(_changed(node.values))
                if node.values.sample:
                    yield from ("", "<details><summary>some values</summary>")
                    yield from _markdown(node.values.sample)
                    yield from ("", "</details>")


def as_json(changes: Changes) -> str:
    return json.dumps(asdict(changes), ensure_ascii=False, indent=2)


def _title(node: NodeChange) -> str:
    return f"{one_line(node.name)}  ({node.kind.replace('_', ' ')})"


def _columns(node: NodeChange) -> Iterator[str]:
    if node.added:
        yield f"new columns: {', '.join(map(one_line, node.added))}"
    if node.removed:
        yield f"columns gone: {', '.join(map(one_line, node.removed))}"
    for name, before, now in node.retyped:
        yield f"{one_line(name)} was {before}, is {now}"
    if node.unknown:
        yield f"values not compared: {one_line(node.unknown)}"


def _rows(values: Values) -> str:
    text = f"{values.rows_before:,} rows before, {values.rows_now:,} now, {values.rows_in_both:,} in both"
    return text if any(column.changed for column in values.columns) else f"{text}; every value in both is the same"


def _changed(values: Values) -> Sample:
    rows = [
        (
            column.name,
            f"{column.changed:,}",
            f"{column.changed / max(values.rows_in_both, 1):.1%}",
            f"{column.nulls_before:.1%}",
            f"{column.nulls_now:.1%}",
            "" if column.psi is None else f"{column.psi:.3f}",
        )
        for column in values.columns
        if column.changed
    ]
    return Sample(_COLUMNS, tuple(rows), len(rows))


def _tables(values: Values) -> Iterator[str]:
    changed = _changed(values)
    if changed.rows:
        yield from table(changed)
    if values.sample:
        yield from table(values.sample)


def _markdown(sample: Sample) -> Iterator[str]:
    if sample.rows:
        yield ""
        yield _line([_cell(name) for name in sample.columns])
        yield _line(["---"] * len(sample.columns))
        yield from (_line([_cell("NULL" if value is None else value) for value in row]) for row in sample.rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text that is no markup: names and values are not trusted."""
    return "".join(f"&#{ord(c)};" if c in "\\`*_[]<>|#@&" else c for c in one_line(text))
