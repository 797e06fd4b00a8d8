"""What stages 1 to 3 make of one `.sql` file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from featsql.base.spans import SourceFile, Span, Text
from featsql.ir.header import Header, Name

MARKER: Final = re.compile(r'"(ref|source):([^"]+)"')
"""What a template puts in place of `ref('a')` and `source('s', 't')`: a quoted name, bound to a relation when SQL is emitted."""


@dataclass(frozen=True, slots=True)
class Template:
    """A model file split in two: `body_start` is where the header ends and the SQL template begins."""

    name: str
    header: Header
    file: SourceFile
    body_start: int
    is_incremental: bool = False
    """Is it rendered as when its table is there: with `is_incremental()` true, and `this`?"""


@dataclass(frozen=True, slots=True)
class MacroFile:
    file: SourceFile


@dataclass(frozen=True, slots=True)
class Call:
    """One `ref('a')` or `source('a', 'b')` that a template made while it was rendered."""

    kind: Literal["ref", "source"]
    target: str
    """A model's name, or `source.table`."""
    span: Span | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template after Jinja. Each ref is a quoted identifier `"ref:name"`, each source `"source:a.b"`, spliced later."""

    name: str
    text: Text
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class TemplateContext:
    """What templates can see. `env_vars` is a copy, taken once; None when the environment is closed to this run."""

    variables: Mapping[str, object]
    env_vars: Mapping[str, str]
    target: Mapping[str, object]
    macros: tuple[MacroFile, ...] = ()
    project: str = ""
    """The project's name: `project_name`, and the first argument of a two-part `ref`."""


@dataclass(frozen=True, slots=True)
class Read:
    """A table that a model's SQL names: `[start, end)` are offsets in the rendered text, `span` its place in a file."""

    kind: Literal["ref", "source", "table"]
    target: str
    start: int
    end: int
    aliased: bool
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def marker(self) -> str:
        return f"{self.kind}:{self.target}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation; `type` in the project's dialect, None when it is not known at compile time."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A plain column in a user's expression, as written (`o.amount`)."""

    text: Text
    name: str
    """Its last part, without quotes."""
    type: str | None = None

    @property
    def key(self) -> str:
        return self.text.value.lower() if '"' not in self.text.value else self.text.value


@dataclass(frozen=True, slots=True)
class AsOfUse:
    """The name `as_of_time` in a user's expression (R17)."""

    text: Text


@dataclass(frozen=True, slots=True)
class WindowCall:
    """`function(args) filter (where ...) over window`; no args means `count(*)`."""

    function: str
    args: tuple[Expr, ...]
    distinct: bool
    where: Expr | None
    window: str
    text: Text
    type: str | None = None
    argument_type: str | None = None
    """Of the first argument."""


@dataclass(frozen=True, slots=True)
class Expr:
    """A user's expression in pieces: text of theirs, and the places that depend on the row, the window or t."""

    pieces: tuple[Text | ColumnUse | AsOfUse | WindowCall, ...]

    @property
    def text(self) -> Text:
        return Text.join(p if isinstance(p, Text) else p.text for p in self.pieces)

    @property
    def columns(self) -> tuple[ColumnUse, ...]:
        """Columns outside windows, in the order of mention."""
        return tuple(p for p in self.pieces if isinstance(p, ColumnUse))

    @property
    def calls(self) -> tuple[WindowCall, ...]:
        return tuple(p for p in self.pieces if isinstance(p, WindowCall))

    @property
    def uses_as_of(self) -> bool:
        return any(isinstance(p, AsOfUse) for p in self.pieces)

    @property
    def mentioned(self) -> tuple[ColumnUse, ...]:
        """Every column, those inside windows too, in the order of mention (R14)."""
        found: list[ColumnUse] = []
        for piece in self.pieces:
            if isinstance(piece, ColumnUse):
                found.append(piece)
            elif isinstance(piece, WindowCall):
                for part in (*piece.args, *((piece.where,) if piece.where else ())):
                    found.extend(part.mentioned)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Projection:
    """One entry of a feature view's SELECT list."""

    name: Name
    expr: Expr
    type: str | None = None


_NOT_PLAIN: Final = re.compile(r"[,(]|\b(?:join|group|order|union|intersect|except)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ViewSql:
    """A feature view's SELECT taken apart: `prelude` is its WITH clause without the word, `tail` starts at FROM."""

    prelude: Text
    projections: tuple[Projection, ...]
    tail: Text

    @property
    def is_plain(self) -> bool:
        """Does it read one relation, without WITH, join, group or subquery?"""
        return not self.prelude.value and not _NOT_PLAIN.search(self.tail.value)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A model's SQL, read. `tree` is the parser's own and opaque outside `front` (docs/adr/0002)."""

    name: str
    text: Text
    reads: tuple[Read, ...]
    tree: object = field(compare=False, repr=False)
    view: ViewSql | None = None
    again: Parsed | None = None
    """The same model when its table is there, where its template then says something else. It may read itself."""

    @property
    def all_reads(self) -> tuple[Read, ...]:
        """What it reads at any time, itself left out."""
        if self.again is None:
            return self.reads
        known = {read.marker.lower() for read in self.reads} | {f"ref:{self.name.lower()}"}
        return (*self.reads, *(read for read in self.again.reads if read.marker.lower() not in known))


@dataclass(frozen=True, slots=True)
class Typed:
    """Columns of a parsed model, with types as far as its inputs tell. `columns` None: not known (a star over the unknown)."""

    columns: tuple[Column, ...] | None
    view: ViewSql | None = None
    scope: tuple[Column, ...] | None = None
    """Of a feature view: the columns that its FROM offers, None when they are not known."""
