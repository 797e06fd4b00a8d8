"""What `featsql why` prints for people: the value, then window by window the rows behind it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from featsql.base.lengths import length
from featsql.cli.amounts import counted
from featsql.cli.console import Console, is_terminal
from featsql.cli.grid import grid
from featsql.cli.harmless import one_line, width
from featsql.cli.paragraphs import bold, dim, facts, wrapped
from featsql.cli.rows import cells
from featsql.cli.why_words import (
    calendar_words,
    interval,
    known_words,
    moment,
    reason_words,
    short,
    visible_words,
    window_words,
)
from featsql.ir.why import Why, WhyPart

if TYPE_CHECKING:
    import pyarrow


def print_page(why: Why, console: Console) -> None:
    for line in _lines(why):
        console.painted_data(line)


def _lines(why: Why) -> Iterator[str]:
    name = one_line(f"{why.view}.{why.feature}")
    yield f"{bold(f'{name} = {_value(why, why.column)}')}  {dim(one_line(why.type))}\n"
    yield from facts(_about(why))
    if not why.rows:
        yield from _nothing(why)
    for part in why.parts if why.rows else ():
        yield "\n"
        yield from _part(part, why)
    notes = list(_unseen(why))
    if notes:
        yield "\n"
    yield from notes


def _about(why: Why) -> list[tuple[str, str]]:
    said = [("is", why.sql)]
    said += [(name, _value(why, at)) for at, name in enumerate(why.keys)]
    known = known_words(why.timestamp, why.available_at, why.delay_us)
    said += [("t", f"{moment(why.as_of_us)} UTC"), ("sees", visible_words(why.closed)), ("known", known)]
    if why.ttl_us and any(part.window is None for part in why.parts):
        said.append(("ttl", length(why.ttl_us)))
    return said


def _part(part: WhyPart, why: Why) -> Iterator[str]:
    yield from wrapped(_title(part), 0)
    starts = calendar_words(part)
    if starts:
        yield f"  {starts}"
    for piece in part.pieces:
        nulls = f"  ({counted(piece.nulls, 'NULL')} skipped)" if piece.nulls else ""
        yield f"  {one_line(piece.sql)} = {_value(why, piece.column)}{nulls}"
    if part.rows.num_rows:
        yield "\n"
        yield _grid(part, why)
    yield from _sums(part, why)


def _title(part: WhyPart) -> str:
    if part.window is not None:
        condition = f", where {part.filter}" if part.filter else ""
        return f"{part.window}: {window_words(part)}{condition}"
    assert part.bounds
    alive = f", if within {interval(part.bounds)}" if part.bounds.start_us is not None else ""
    return f"the latest row{alive}"


def _grid(part: WhyPart, why: Why) -> str:
    """Times first, what is counted in the middle, the reason last; known times only where they differ from event times."""
    import pyarrow

    reasons = part.rows.column("reason").to_pylist()
    event, known = (short(cells(part.rows.column(name))) for name in ("event_time", "known_time"))
    columns: list[tuple[str, pyarrow.ChunkedArray | pyarrow.Array]] = [(why.timestamp, pyarrow.array(event))]
    if why.available_at or why.delay_us:
        columns.append(("known", pyarrow.array(known)))
    columns += [(name, part.rows.column(name)) for name in part.rows.column_names[2:-1]]
    columns.append(("why", pyarrow.array([reason_words(reason, why, part) for reason in reasons])))
    fits = shutil.get_terminal_size().columns - 2 if is_terminal(sys.stdout) else None
    names = _fitted(columns, fits) if fits else [name for name, _ in columns]
    table = pyarrow.Table.from_arrays([values for _, values in columns], names=names)
    left_out = {at for at, reason in enumerate(reasons) if reason != "in"}
    return "\n".join("  " + line for line in grid(table, fits, dim, left_out).split("\n"))


def _fitted(columns: list[tuple[str, pyarrow.ChunkedArray | pyarrow.Array]], fits: int) -> list[str]:
    """The columns' names, cut where they, and not what stands below, make the lines too long; the pieces say them in full."""
    names = [one_line(name) for name, _ in columns]
    needs = [max([7, *(width(one_line(cell or "NULL")) for cell in cells(values))]) for _, values in columns]
    while sum(max(width(n), need) for n, need in zip(names, needs, strict=True)) + 2 * (len(names) - 1) > fits:
        at = max(range(len(names)), key=lambda i: width(names[i]) - needs[i])
        if width(names[at]) <= needs[at]:
            return names
        names[at] = names[at].removesuffix("...")[:-1] + "..."
    return names


def _sums(part: WhyPart, why: Why) -> Iterator[str]:
    made = part.counts.get("in", 0)
    says = [f"{counted(made, 'row')} {'makes' if made == 1 else 'make'} the value" if made else "no row makes the value"]
    if part.left_out:
        sums = [f"{count:,} {reason_words(r, why, part)}" for r, count in part.counts.items() if r != "in"]
        says.append(f"{counted(part.left_out, 'row')} left out: {', '.join(sums)}")
    total = made + part.left_out
    if part.rows.num_rows < total:
        most = max(made, part.left_out)
        says.append(f"shown: the nearest {part.rows.num_rows:,} of {total:,}; `--limit {most}` shows all")
    for line in says:
        yield from ("  " + part for part in wrapped(line, 2))


def _nothing(why: Why) -> Iterator[str]:
    named = ", ".join(f"{name} = {_value(why, at)}" for at, name in enumerate(why.keys))
    yield "\n"
    yield one_line(f"there is no row with {named}" if why.keys else f"`{why.view}` has no rows")
    if why.some_keys is None or not why.some_keys.num_rows:
        return
    yield f"some keys that have rows: {', '.join(_some_keys(why.some_keys))}"
    yield one_line(f"`featsql show {why.view}` shows more")


def _some_keys(table: pyarrow.Table) -> Iterator[str]:
    names, columns = table.column_names, [cells(column) for column in table.columns]
    for row in zip(*columns, strict=True):
        texts = [one_line(cell or "NULL") for cell in row]
        yield texts[0] if len(names) == 1 else "(" + ", ".join(texts) + ")"


def _unseen(why: Why) -> Iterator[str]:
    """What nobody sees at any time, and why."""
    unseen = why.unseen
    of_key = " of this key" if why.keys else ""
    if unseen.without_event_time:
        yield one_line(f"never seen: {counted(unseen.without_event_time, 'row')}{of_key} with a NULL `{why.timestamp}`")
    if unseen.without_known_time:
        yield one_line(f"never seen: {counted(unseen.without_known_time, 'row')}{of_key} with a NULL `{why.available_at}`")
    if unseen.without_key:
        yield one_line(f"of nobody: {counted(unseen.without_key, 'row')} with a NULL key, of all rows of `{why.view}`")


def _value(why: Why, column: int) -> str:
    cell = cells(why.answer.column(column))[0]
    return "NULL" if cell is None else one_line(cell)
