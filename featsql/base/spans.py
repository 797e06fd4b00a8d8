"""Where a piece of text came from, kept through rendering, splicing and printing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as read: `path` is relative to the project, with forward slashes."""

    path: str
    text: str = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Position:
    """A place as people write it; `line` and `column` count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `[start, end)` of a file."""

    file: SourceFile
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.file.text[self.start : self.end]

    @property
    def position(self) -> Position:
        before = self.file.text[: self.start]
        return Position(before.count("\n") + 1, self.start - (before.rfind("\n") + 1) + 1)

    def __str__(self) -> str:
        at = self.position
        return f"{self.file.path}:{at.line}:{at.column}"


@dataclass(frozen=True, slots=True)
class Segment:
    """`length` characters of text that come from `file` at `start`; `exact` when they are a verbatim copy of it.

    An inexact segment (what a macro or a variable put there) stands for the source characters `[start, start + width)`.
    """

    length: int
    file: SourceFile
    start: int
    width: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Text:
    """Text that knows where it came from. `segments` cover the text from its first to its last character, in order."""

    value: str
    segments: tuple[Segment | int, ...] = field(default=(), repr=False, compare=False)
    """A plain int stands for that many characters of our own making."""

    @classmethod
    def verbatim(cls, file: SourceFile, start: int, end: int) -> Text:
        length = end - start
        return cls(file.text[start:end], (Segment(length, file, start, length, True),))

    @classmethod
    def generated(cls, value: str) -> Text:
        return cls(value, (len(value),))

    @classmethod
    def standing_for(cls, value: str, span: Span) -> Text:
        """`value` as written by us in place of the characters of `span`."""
        return cls(value, (Segment(len(value), span.file, span.start, span.end - span.start, False),))

    @classmethod
    def join(cls, parts: Iterable[Text | str]) -> Text:
        values: list[str] = []
        segments: list[Segment | int] = []
        ours = 0  # characters of our own since the last segment: they are one, however many parts they came in
        for part in parts:
            if isinstance(part, str):
                values.append(part)
                ours += len(part)
                continue
            values.append(part.value)
            if not part.is_from_file:
                ours += len(part.value)
                continue
            for segment in part.segments:
                if isinstance(segment, int):
                    ours += segment
                    continue
                if ours:
                    segments.append(ours)
                    ours = 0
                segments.append(segment)
        if ours:
            segments.append(ours)
        return cls("".join(values), tuple(segments))

    @property
    def is_from_file(self) -> bool:
        """Whether any character of it came from a file."""
        return len(self.segments) > 1 or (len(self.segments) == 1 and not isinstance(self.segments[0], int))

    def __getitem__(self, key: slice) -> Text:
        start, end, _ = key.indices(len(self.value))
        if start >= end:
            return Text("")
        if not self.is_from_file:
            return Text.generated(self.value[start:end])
        segments: list[Segment | int] = []
        at = 0
        for segment in self.segments:
            length = segment if isinstance(segment, int) else segment.length
            low, high = max(start, at) - at, min(end, at + length) - at
            if low < high:
                segments.append(_cut(segment, low, high))
            at += length
            if at >= end:
                break
        return Text(self.value[start:end], tuple(segments))

    def cut_at(self, places: Iterable[int]) -> list[Text]:
        """The pieces between offsets that ascend and lie inside: one more than there are offsets.

        >>> [piece.value for piece in Text("select 1").cut_at([0, 6])]
        ['', 'select', ' 1']
        """
        pieces: list[Text] = []
        segments: list[Segment | int] = []
        waiting = iter(self.segments or (len(self.value),))
        segment, at, begin = next(waiting, 0), 0, 0
        for place in (*places, len(self.value)):
            while at < place:
                length = segment if isinstance(segment, int) else segment.length
                taken = min(length, place - at)
                segments.append(_cut(segment, 0, taken) if taken < length else segment)
                segment = _cut(segment, taken, length) if taken < length else next(waiting, 0)
                at += taken
            pieces.append(Text(self.value[begin:place], tuple(segments)))
            segments, begin = [], place
        return pieces

    def with_inserted(self, places: Sequence[int], text: str) -> Text:
        """`text`, which is ours, put in at each of the offsets `places`, which ascend and lie inside."""
        values: list[str] = []
        at = 0
        for place in places:
            values += [self.value[at:place], text]
            at = place
        values.append(self.value[at:])
        whole = "".join(values)
        return Text(whole, tuple(self._segments_around(places, len(text)))) if self.is_from_file else Text.generated(whole)

    def _segments_around(self, places: Sequence[int], width: int) -> Iterator[Segment | int]:
        waiting = iter(places)
        place = next(waiting, None)
        at = 0
        for segment in self.segments or (len(self.value),):
            length = segment if isinstance(segment, int) else segment.length
            low = 0
            while place is not None and place < at + length:
                if place - at > low:
                    yield _cut(segment, low, place - at)
                yield width
                low = place - at
                place = next(waiting, None)
            yield _cut(segment, low, length) if low else segment
            at += length

    def locate(self, start: int, end: int | None = None) -> Span | None:
        """The span of the user's file that the characters `[start, end)` of this text came from, if any did."""
        end = start + 1 if end is None else max(end, start + 1)
        first = self._segment_at(start)
        if first is None:
            return None
        segment, at = first
        if not segment.exact:
            return Span(segment.file, segment.start, segment.start + segment.width)
        offset = start - at
        stop = min(end, at + segment.length) - at
        return Span(segment.file, segment.start + offset, segment.start + stop)

    @property
    def span(self) -> Span | None:
        """The first to the last character of this text in the file where it starts."""
        first = last = None
        for segment in self.segments:
            if isinstance(segment, Segment):
                first = first or segment
                if segment.file.path == first.file.path:
                    last = segment
        if first is None or last is None:
            return None
        return Span(first.file, first.start, max(last.start + last.width, first.start + first.width))

    def _segment_at(self, offset: int) -> tuple[Segment, int] | None:
        starts: list[int] = []
        at = 0
        for segment in self.segments:
            starts.append(at)
            at += segment if isinstance(segment, int) else segment.length
        index = bisect_right(starts, offset) - 1
        if index < 0 or offset >= at:
            return None
        found = self.segments[index]
        return None if isinstance(found, int) else (found, starts[index])


def _cut(segment: Segment | int, low: int, high: int) -> Segment | int:
    if isinstance(segment, int):
        return high - low
    if segment.exact:
        return Segment(high - low, segment.file, segment.start + low, high - low, True)
    return Segment(high - low, segment.file, segment.start, segment.width, False)
