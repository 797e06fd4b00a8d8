"""A feature view's SELECT, taken apart into its body and its projections (R1, R13, R15, R17)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from featsql.aggregates import AGGREGATES, Aggregate, names_in
from featsql.base.diagnostics import Diagnostic, nearest, raise_errors
from featsql.base.spans import Span, Text
from featsql.front.sql import Source, extent
from featsql.ir.header import Name, Window
from featsql.ir.model import AsOfUse, ColumnUse, Expr, Parsed, Projection, ViewSql, WindowCall

AS_OF_TIME: Final = "as_of_time"
_CLAUSES: Final = {
    "distinct": ("distinct", "distinct"),
    "group": ("group by", "group"),
    "having": ("having", "having"),
    "qualify": ("qualify", "qualify"),
    "windows": ("window", "window"),
    "order": ("order by", "order"),
    "limit": ("limit", "limit"),
    "offset": ("offset", "offset"),
    "sample": ("using sample", "using"),
    "into": ("into", "into"),
}
_QUOTED: Final = (TokenType.STRING, TokenType.IDENTIFIER)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


def parse_feature_view(source: Source, windows: tuple[Window, ...]) -> Parsed:
    """A feature view's SQL as a `ViewSql`. Raises every FS30x of its SELECT at once."""
    words = tuple("" if t.token_type in _QUOTED else t.text.lower() for t in source.tokens)
    reader = _Reader(source, words, {w.name.text.lower(): w for w in windows}, [])
    view = reader.view()
    raise_errors(reader.found)
    assert view is not None
    return Parsed(source.name, source.text, source.reads, source.parsed, view)


@dataclass(frozen=True, slots=True)
class _Range:
    """Tokens `[first, last)` of the source."""

    first: int
    last: int


@dataclass(slots=True)
class _Reader:
    """`words` are the tokens' texts in lower case, empty for strings and quoted names: those are never keywords."""

    source: Source
    words: tuple[str, ...]
    windows: dict[str, Window]
    found: list[Diagnostic]

    def view(self) -> ViewSql | None:
        select = self.source.tree
        if not isinstance(select, exp.Select) or self.words[0] == "(":
            self._error(
                "FS302", "a feature view is one plain SELECT", 0, hint="put set operations into a CTE or an upstream model"
            )
            return None
        tokens = self.source.tokens
        last = len(tokens) - (1 if self.words[-1] == ";" else 0)
        start = next((i for i in self._top(0, last) if self.words[i] == "select"), None)
        if start is None:
            self._error("FS302", "a feature view begins with `select`, its features listed", 0)
            return None
        self._refuse_clauses(select, start, last)
        source_from = next((i for i in self._top(start + 1, last) if self._is_from(i)), last)
        prelude = Text("")
        if start > 0:
            prelude = self.source.cut(tokens[0].end + 1, tokens[start].start)
        tail = Text("")
        if source_from < last:
            tail = self.source.cut(tokens[source_from].start, tokens[last - 1].end + 1)
        self._refuse_as_of(select, tokens[start + 1].start, tokens[source_from].start if source_from < last else -1)
        projections = self._projections(select, start + 1, source_from)
        return ViewSql(prelude, projections, tail)

    def _projections(self, select: exp.Select, first: int, last: int) -> tuple[Projection, ...]:
        if select.args.get("distinct"):
            return ()
        pieces = [piece for piece in self._split(_Range(first, last)) if piece.first < piece.last]
        nodes = select.expressions
        if len(pieces) != len(nodes):
            self._error("FS310", "the SELECT list cannot be read: write one feature a line, with `as`", first)
            return ()
        found = [self._projection(node, piece) for node, piece in zip(nodes, pieces, strict=True)]
        return tuple(projection for projection in found if projection)

    def _projection(self, node: exp.Expr, piece: _Range) -> Projection | None:
        tokens = self.source.tokens
        inner = node.this if isinstance(node, exp.Alias) else node
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            self._error("FS310", "a feature view lists its features: `*` cannot stand here", piece.first)
            return None
        expression = piece
        if isinstance(node, exp.Alias):
            alias = node.args["alias"]
            at = next(i for i in range(piece.first, piece.last) if tokens[i].start == alias.meta["start"])
            name = Name(alias.name, self._span(at, at + 1))
            if at == piece.first:
                expression = _Range(at + 2, piece.last)
            else:
                expression = _Range(piece.first, at - 1 if self.words[at - 1] == "as" else at)
        elif isinstance(node, exp.Column):
            name = Name(node.name, self._span(piece.last - 1, piece.last))
        else:
            self._error("FS304", "a feature needs a name", piece.first, piece.last, hint="add `as NAME` after the expression")
            return None
        if name.text.lower() == AS_OF_TIME:
            hints = ("give the feature another name",)
            self.found.append(Diagnostic("FS110", "`as_of_time` is t itself and cannot name a feature", name.span, hints=hints))
        uses = self._uses(inner)
        return Projection(name, self._expr(expression, uses, self._calls(inner, expression)))

    def _uses(self, node: exp.Expr) -> list[tuple[int, int, ColumnUse | AsOfUse]]:
        """Columns and `as_of_time` under a projection, by place; refuses what no feature can have."""
        uses: list[tuple[int, int, ColumnUse | AsOfUse]] = []
        for inner in node.walk(prune=lambda n: isinstance(n, exp.Query)):
            start, end = extent(inner)
            if isinstance(inner, exp.Query):
                hint = "join it in a CTE or an upstream model"
                self._error("FS310", "a subquery cannot stand in a feature", self._select_before(start), hint=hint)
            elif isinstance(inner, exp.Window) and not _names_window(inner):
                self._error_at(
                    "FS310",
                    "a plain window function cannot stand in a feature",
                    start,
                    end,
                    hint="name a window of the header after `over`, or move this into a CTE",
                )
            elif isinstance(inner, exp.AggFunc) and not inner.find_ancestor(exp.Window):
                self._error_at(
                    "FS310",
                    f"an aggregate needs a window: `{inner.sql_name().lower()}(...) over NAME`",
                    start,
                    end,
                    hint=self._windows_hint(),
                )
            elif isinstance(inner, exp.Column) and start >= 0:
                uses.append((start, end, self._use(inner, start, end)))
        return sorted(uses, key=lambda use: use[0])

    def _select_before(self, start: int) -> int:
        """The token `select` of a subquery whose first name is at `start`."""
        return max(i for i, token in enumerate(self.source.tokens) if self.words[i] == "select" and token.start <= max(start, 0))

    def _use(self, column: exp.Column, start: int, end: int) -> ColumnUse | AsOfUse:
        text = self.source.cut(start, end)
        if column.name.lower() == AS_OF_TIME and not column.table:
            return AsOfUse(text)
        return ColumnUse(text, column.name)

    def _calls(self, node: exp.Expr, piece: _Range) -> list[tuple[int, int, _Range, Window, exp.Window]]:
        """Every `f(...) over NAME` in the tokens of `piece`: its place, its tokens and its window."""
        by_name = {w.args["alias"].meta["start"]: w for w in node.find_all(exp.Window) if _names_window(w)}
        tokens = self.source.tokens
        calls: list[tuple[int, int, _Range, Window, exp.Window]] = []
        for i in range(piece.first, piece.last):
            window_node = by_name.get(tokens[i].start)
            if window_node is None:
                continue
            window = self.windows.get(tokens[i].text.lower())
            if window is None:
                self._unknown_window(i)
                continue
            first = self._start_of_call(i - 2)
            calls.append((tokens[first].start, tokens[i].end + 1, _Range(first, i + 1), window, window_node))
        return calls

    def _start_of_call(self, last: int) -> int:
        """The token where the call begins whose last token is `last`: walks back over `(...)` and `filter (...)`."""
        i = self._opening(last)
        if self.words[i - 1] == "filter":
            i = self._opening(i - 2)
        return i - 1

    def _opening(self, closing: int) -> int:
        depth = 0
        for i in range(closing, -1, -1):
            depth += (self.words[i] in _CLOSING) - (self.words[i] in _OPENING)
            if depth == 0:
                return i
        return closing

    def _closing(self, opening: int) -> int:
        depth = 0
        for i in range(opening, len(self.source.tokens)):
            depth += (self.words[i] in _OPENING) - (self.words[i] in _CLOSING)
            if depth == 0:
                return i
        return opening

    def _expr(
        self,
        piece: _Range,
        uses: list[tuple[int, int, ColumnUse | AsOfUse]],
        calls: list[tuple[int, int, _Range, Window, exp.Window]],
    ) -> Expr:
        """The tokens of `piece` as text with holes; a column inside a call belongs to the call."""
        tokens = self.source.tokens
        start, end = tokens[piece.first].start, tokens[piece.last - 1].end + 1
        holes: list[tuple[int, int, ColumnUse | AsOfUse | WindowCall]] = []
        for from_, to, inside, window, node in calls:
            if start <= from_ and to <= end:
                call = self._call(inside, window, node, uses)
                if call:
                    holes.append((from_, to, call))
        for from_, to, use in uses:
            if start <= from_ and to <= end and not any(a <= from_ < b for a, b, *_ in calls):
                holes.append((from_, to, use))
        pieces: list[Text | ColumnUse | AsOfUse | WindowCall] = []
        at = start
        for from_, to, hole in sorted(holes, key=lambda hole: hole[0]):
            if from_ > at:
                pieces.append(self.source.cut(at, from_))
            pieces.append(hole)
            at = to
        if at < end:
            pieces.append(self.source.cut(at, end))
        return Expr(tuple(pieces))

    def _call(
        self, inside: _Range, window: Window, node: exp.Window, uses: list[tuple[int, int, ColumnUse | AsOfUse]]
    ) -> WindowCall | None:
        word = self.source.tokens[inside.first].text.lower()
        aggregate = names_in(self.source.dialect).get(word)
        if aggregate is None:
            names = sorted(names_in(self.source.dialect))
            hints = nearest(word, names) or (f"aggregates over windows: {', '.join(AGGREGATES)}",)
            self.found.append(
                Diagnostic(
                    "FS308", f"`{word}` cannot be used over a window", self._span(inside.first, inside.first + 1), hints=hints
                )
            )
            return None
        node.meta.update(aggregate=aggregate.name, call=self._text(inside).value)  # read by the type pass
        opening = inside.first + 1
        closing = self._closing(opening)
        first = opening + 1
        distinct = first < closing and self.words[first] == "distinct"
        arguments = self._split(_Range(first + distinct, closing))
        star = len(arguments) == 1 and self.words[arguments[0].first] == "*"
        if star:
            arguments = []
        self._check_call(aggregate, inside, arguments, star, distinct)
        where = None
        if self.words[closing + 1] == "filter":
            where = self._expr(_Range(closing + 4, self._closing(closing + 2)), uses, [])
        return WindowCall(
            function=aggregate.name,
            args=tuple(self._expr(argument, uses, []) for argument in arguments if argument.first < argument.last),
            distinct=distinct,
            where=where,
            window=window.name.text,
            text=self._text(inside),
        )

    def _check_call(self, aggregate: Aggregate, inside: _Range, arguments: list[_Range], star: bool, distinct: bool) -> None:
        span = self._span(inside.first, inside.first + 1)
        name = aggregate.name
        least, most = aggregate.arguments
        given = sum(argument.first < argument.last for argument in arguments)
        if star and name != "count":
            self.found.append(Diagnostic("FS309", f"`{name}(*)` means nothing", span, hints=(f"name a column: `{name}(x)`",)))
        elif not star and not least <= given <= most:
            needs = str(most) if least == most else f"{least} to {most}"
            hints = (f"write `{name}({', '.join('xyz'[:most])})`",)
            message = f"`{name}` takes {needs} argument{'s' * (most != 1)}, got {given}"
            self.found.append(Diagnostic("FS309", message, span, hints=hints))
        if distinct and (not aggregate.distinct or star or not given):
            self.found.append(Diagnostic("FS309", f"`{name}` cannot be used with `distinct`", span))
        for argument in arguments:
            for i in self._top(argument.first, argument.last):
                if self.words[i] in ("order by", "order"):
                    self._error("FS309", f"`{name}` follows the order of rows: no `order by` inside", i)
                if self.words[i] in ("over", "filter"):
                    self._error("FS309", "windows cannot be nested", i)

    def _split(self, piece: _Range) -> list[_Range]:
        commas = [i for i in self._top(piece.first, piece.last) if self.words[i] == ","]
        bounds = [piece.first - 1, *commas, piece.last]
        return [_Range(a + 1, b) for a, b in itertools.pairwise(bounds)]

    def _top(self, first: int, last: int) -> list[int]:
        """Tokens outside any brackets that open within `[first, last)`."""
        depth = 0
        found: list[int] = []
        for i in range(first, last):
            depth -= self.words[i] in _CLOSING
            if depth == 0:
                found.append(i)
            depth += self.words[i] in _OPENING
        return found

    def _is_from(self, i: int) -> bool:
        return self.words[i] == "from" and self.words[i - 1] != "distinct"

    def _refuse_clauses(self, select: exp.Select, start: int, last: int) -> None:
        for arg, (clause, word) in _CLAUSES.items():
            if not select.args.get(arg):
                continue
            at = next((i for i in self._top(start, last) if self.words[i].split(" ")[0] == word), start)
            self._error(
                "FS303",
                f"a feature view cannot have `{clause}`",
                at,
                hint="its rows are events; put this into a CTE or an upstream model",
            )

    def _refuse_as_of(self, select: exp.Select, list_start: int, list_end: int) -> None:
        for column in select.find_all(exp.Column):
            if column.name.lower() != AS_OF_TIME or column.table:
                continue
            start, end = extent(column)
            if start < list_start or 0 <= list_end <= start:
                self._error_at(
                    "FS502",
                    "`as_of_time` can stand in the SELECT list only: rows do not depend on t",
                    start,
                    end,
                    hint="use it in an aggregate's `filter (where ...)`",
                )

    def _unknown_window(self, i: int) -> None:
        word = self.source.tokens[i].text
        hints = nearest(word, [w.name.text for w in self.windows.values()]) or (self._windows_hint(),)
        self.found.append(Diagnostic("FS307", f"there is no window `{word}`", self._span(i, i + 1), hints=hints))

    def _windows_hint(self) -> str:
        names = ", ".join(f"`{w.name}`" for w in self.windows.values())
        return f"windows of this view: {names}" if names else "declare windows in the header: `windows: {last_7d: 7d}`"

    def _text(self, piece: _Range) -> Text:
        tokens = self.source.tokens
        return self.source.cut(tokens[piece.first].start, tokens[piece.last - 1].end + 1)

    def _span(self, first: int, last: int) -> Span:
        tokens = self.source.tokens
        span = self.source.span(tokens[first].start, tokens[last - 1].end + 1) or self.source.text.span
        assert span is not None, "a view's text comes from a file"
        return span

    def _error(self, code: str, message: str, first: int, last: int | None = None, hint: str = "") -> None:
        span = self._span(first, (first + 1) if last is None else last)
        self.found.append(Diagnostic(code, message, span, hints=(hint,) if hint else ()))

    def _error_at(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        span = self.source.span(start, end) if start >= 0 else self.source.text.span
        self.found.append(Diagnostic(code, message, span, hints=(hint,) if hint else ()))


def _names_window(window: exp.Window) -> bool:
    return isinstance(window.args.get("alias"), exp.Identifier) and not any(
        window.args.get(arg) for arg in ("partition_by", "order", "spec")
    )
