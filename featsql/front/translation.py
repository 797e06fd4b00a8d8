"""A model's own SQL in another dialect: what reads the same stays the user's text, the rest is written by sqlglot.

sqlglot rewrites what it knows and passes on in silence what it does not. So each kind of expression has to be on a list of those
that mean the same on both sides, some of them after a rewrite of ours (`front.portable`); everything else is FS602 at its
place. Names keep their places in the user's file, everything around them stands for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as Grammar
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError
from sqlglot.tokenizer_core import Token, TokenType

from featsql.aggregates import AGGREGATES
from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Span, Text
from featsql.dialects import DIALECTS
from featsql.front.portable import RULES, Refused, Rules
from featsql.front.sql import Source, extent
from featsql.ir.model import MARKER, AsOfUse, ColumnUse, Expr, Parsed, Projection, Typed, ViewSql, WindowCall

_ITEMS: Final = "featsql_items"
_HOLE: Final = "featsql_hole_"
_MARK: Final = re.compile("\ue000(\\d+):(\\d+)\ue001(.*?)\ue002", re.DOTALL)
_QUOTE: Final = "\ue003"
"""Stands for a double quote in a mark: sqlglot would double it."""
_KEPT: Final = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"]|\"\")*\"|/\*.*?\*/|--[^\n]*|\ue000.*?\ue002", re.DOTALL)
_NOT_WORDS: Final = (TokenType.STRING, TokenType.IDENTIFIER)


def translate(parsed: Parsed, typed: Typed, to: str, found: list[Diagnostic]) -> tuple[Parsed, Typed]:
    """A parsed model, and what is known of its types, in the dialect `to`; FS602 goes to `found`."""
    source, view = parsed.tree, typed.view
    assert isinstance(source, Source)
    if view:
        _check_calls(view, to, found)
    if source.dialect == to:
        return parsed, typed
    translator = _Translator(source.dialect, to, RULES[source.dialect, to], _types(source), found)
    if view is None:
        return replace(parsed, text=translator.query(parsed.text)), typed
    return parsed, replace(typed, view=translator.view(view))


def _check_calls(view: ViewSql, to: str, found: list[Diagnostic]) -> None:
    """Aggregates over windows are written by us, as far as the dialect can say them."""
    for projection in view.projections:
        for call in projection.expr.calls:
            types = (call.argument_type, *(_bare_type(arg) for arg in call.args[1:]))
            reason = AGGREGATES[call.function].why_not(to, call.distinct, types)
            if not reason and not DIALECTS[to].compares_rows and call.function.startswith("arg_"):
                reason = "what it chooses by changes with t" if any(arg.uses_as_of for arg in call.args[1:]) else ""
            if reason:
                message = f"`{call.function}` over a window cannot be said in {to}: {reason}"
                found.append(Diagnostic("FS602", message, call.text.span))


def _bare_type(expr: Expr) -> str | None:
    text = expr.text.value.strip()
    return "DOUBLE[]" if text.startswith("[") else None


_Place = tuple[str, int, str]


def _types(source: Source) -> dict[_Place, str]:
    """The types of columns, by place and name; a place may have several (a macro's): of one name, those that agree."""
    types: dict[_Place, str] = {}
    torn: set[_Place] = set()
    for column in source.tree.find_all(exp.Column):
        span = source.node_span(column)
        if span is None:
            continue
        place, told = (span.file.path, span.start, column.name.lower()), column.meta.get("type", "")
        if types.setdefault(place, told) != told:
            torn.add(place)
    return {place: told for place, told in types.items() if told and place not in torn}


_Holes = Mapping[str, ColumnUse | AsOfUse | WindowCall]
_NO_HOLES: Final[_Holes] = {}


@dataclass(slots=True)
class _Translator:
    written: str
    to: str
    rules: Rules
    types: Mapping[_Place, str]
    found: list[Diagnostic]

    def view(self, view: ViewSql) -> ViewSql:
        prelude, tail = self._body(view.prelude, view.tail)
        return ViewSql(prelude, tuple(map(self._projection, view.projections)), tail)

    def query(self, text: Text) -> Text:
        """A whole SELECT."""
        tree = self._parsed(text)
        return text if tree is None else self._written(tree, text)

    def _body(self, prelude: Text, tail: Text) -> tuple[Text, Text]:
        """Both in one go: the names of a WITH are seen in the FROM."""
        text = Text.join([*(("with", prelude) if prelude.value else ()), f" select {_ITEMS} ", tail])
        tree = self._parsed(text)
        if tree is None or self._same_tokens(tree, text):
            return prelude, tail
        written = self._written(tree, text)
        items = re.search(rf"\bselect\s+{_ITEMS}\s*", written.value)
        assert items, "our own marker comes out as it went in"
        start = len("with") if prelude.value else items.start()
        return written[start : items.start()], written[items.end() :]

    def _projection(self, projection: Projection) -> Projection:
        return replace(projection, expr=self._expr(projection.expr))

    def _expr(self, expr: Expr) -> Expr:
        """The holes stay holes; a call's own arguments are expressions too."""
        holes = [piece for piece in expr.pieces if not isinstance(piece, Text)]
        inner = iter(map(self._hole, holes))
        names = iter(range(len(holes)))
        text = Text.join(piece if isinstance(piece, Text) else _named(f"{_HOLE}{next(names)}", piece) for piece in expr.pieces)
        pieces = [piece if isinstance(piece, Text) else next(inner) for piece in expr.pieces]
        tree = self._parsed(Text.join(["select ", text]), {f"{_HOLE}{i}": hole for i, hole in enumerate(holes)})
        if tree is None or self._same_tokens(tree, Text.join(["select ", text])):
            return Expr(tuple(pieces))
        filled = [piece for piece in pieces if not isinstance(piece, Text)]
        return Expr(tuple(self._split(tree, text, filled)))

    def _split(
        self, tree: exp.Expr, text: Text, holes: list[ColumnUse | AsOfUse | WindowCall]
    ) -> Iterator[Text | ColumnUse | AsOfUse | WindowCall]:
        written = self._sql(tree)
        whole = text.span
        start = re.match(r"select\s+", written)
        at = start.end() if start else 0
        for mark in re.finditer(rf"{_HOLE}(\d+)", _MARK.sub(lambda m: m[3], written)):
            plain = _MARK.sub(lambda m: m[3], written)
            if mark.start() > at:
                yield _standing(plain[at : mark.start()], whole)
            yield holes[int(mark[1])]
            at = mark.end()
        plain = _MARK.sub(lambda m: m[3], written)
        if at < len(plain):
            yield _standing(plain[at:], whole)

    def _hole(self, hole: ColumnUse | AsOfUse | WindowCall) -> ColumnUse | AsOfUse | WindowCall:
        match hole:
            case AsOfUse():
                return hole
            case ColumnUse():
                return replace(hole, text=self._column(hole.text))
            case WindowCall():
                args = tuple(map(self._expr, hole.args))
                return replace(hole, args=args, where=self._expr(hole.where) if hole.where else None)

    def _column(self, text: Text) -> Text:
        tree = self._parsed(Text.join(["select ", text]))
        if tree is None:
            return text
        name = re.sub(r"^select\s+", "", _MARK.sub(lambda m: m[3], self._sql(tree)))
        return text if name == text.value or text.span is None else Text.standing_for(name, text.span)

    def _parsed(self, text: Text, holes: _Holes = _NO_HOLES) -> exp.Expr | None:
        """The tree, checked and rewritten; None where something cannot be said, which has been told."""
        try:
            trees = Grammar.get_or_raise(self.written).parse(text.value)
        except (ParseError, TokenError, RecursionError):
            self._refuse("this", text.span)
            return None
        tree = trees[0]
        assert tree, "the text has been read before"
        for column in tree.find_all(exp.Column):
            told = self._type(column, text, holes)
            if told:
                column.meta["type"] = told
        before = len(self.found)
        self._check_all(tree, text, holes)
        if len(self.found) > before:
            return None
        for identifier in tree.find_all(exp.Identifier):
            self._requote(identifier)
        for node in [*tree.walk(bfs=False)][::-1]:
            changed = self.rules.rewritten(node)
            if changed is node:
                continue
            if node is tree:
                tree = changed
            node.replace(changed)
        return tree

    def _type(self, column: exp.Column, text: Text, holes: _Holes) -> str | None:
        if column.name in holes:
            return _type_of(holes[column.name])
        start, end = extent(column)
        span = text.locate(start, end) if start >= 0 else None
        return self.types.get((span.file.path, span.start, column.name.lower())) if span else None

    def _check_all(self, tree: exp.Expr, text: Text, holes: _Holes) -> None:
        """What has no words is told once, not again for what is inside it."""
        refused: set[int] = set()
        for node in tree.walk(prune=lambda node: id(node) in refused):
            try:
                self.rules.check(node)
            except Refused as why:
                refused.add(id(node))
                is_all = isinstance(tree, exp.Select) and tree.expressions == [node]
                shown = text.value.removeprefix("select ") if is_all else node.sql(self.written)
                what = why.what or re.sub(rf"{_HOLE}\d+", lambda m: holes[m[0]].text.value, shown)
                # operators and numbers have no place of their own: what is all there is has that of its text
                start, end = extent(node)
                span = text.locate(start, end) if start >= 0 and not is_all else None
                self._refuse(what, span or text.span, why.hint)

    def _refuse(self, what: str, span: Span | None, hint: str = "") -> None:
        shown = what if len(what) <= 60 else f"{what[:57]}..."
        hints = (hint,) if hint else ()
        other = f"or write a model for {self.to} alone, with `dialect: {self.to}` in its header"
        message = f"`{shown}` is not translated from {self.written} to {self.to}"
        diagnostic = Diagnostic("FS602", message, span, hints=(*hints, other) if hints else (f"say it in other words, {other}",))
        if diagnostic not in self.found:
            self.found.append(diagnostic)

    def _requote(self, identifier: exp.Identifier) -> None:
        """Quotes go by one rule: names that are plain in the other dialect have none, so that case does not matter."""
        name = identifier.name
        if not MARKER.fullmatch(f'"{name}"'):
            identifier.set("quoted", DIALECTS[self.to].quote(name) != name)

    def _same_tokens(self, tree: exp.Expr, text: Text) -> bool:
        ours = _MARK.sub(lambda m: m[3], self._sql(tree, marked=False))
        return _tokens(ours, self.to) == _tokens(text.value, self.written)

    def _written(self, tree: exp.Expr, text: Text) -> Text:
        if self._same_tokens(tree, text):
            return text
        written = self._sql(tree)
        whole = text.span
        parts: list[Text | str] = []
        at = 0
        for mark in _MARK.finditer(written):
            start, end, name = int(mark[1]), int(mark[2]), mark[3]
            parts.append(_standing(written[at : mark.start()], whole))
            is_same = text.value[start:end] == name
            parts.append(text[start:end] if is_same else _standing(name, text.locate(start, end) or whole))
            at = mark.end()
        parts.append(_standing(written[at:], whole))
        return Text.join(parts)

    def _sql(self, tree: exp.Expr, *, marked: bool = True) -> str:
        """The tree's text; names in it are marked with the places where they stand in what was read."""
        tree = tree.copy()
        if marked:
            for identifier in tree.find_all(exp.Identifier):
                if "start" in identifier.meta:
                    place = f"{identifier.meta['start']}:{identifier.meta['end'] + 1}"
                    quoted = identifier.sql(self.to).replace('"', _QUOTE)
                    identifier.set("quoted", False)
                    identifier.set("this", f"\ue000{place}\ue001{quoted}\ue002")
        try:
            written = tree.sql(self.to, pretty=True, indent=4, pad=4, unsupported_level=ErrorLevel.RAISE)
        except UnsupportedError:
            self._refuse(tree.sql(self.written), None)
            return ""
        return _lowered(written).replace(_QUOTE, '"')


def _tokens(sql: str, dialect: str) -> list[tuple[str, str]]:
    return [_token(token) for token in Grammar.get_or_raise(dialect).tokenize(sql)]


def _token(token: Token) -> tuple[str, str]:
    if token.token_type in _NOT_WORDS:
        return (token.token_type.name, token.text)
    return ("", token.text.lower())


def _named(name: str, hole: ColumnUse | AsOfUse | WindowCall) -> Text:
    return Text.standing_for(name, hole.text.span) if hole.text.span else Text.generated(name)


def _standing(value: str, span: Span | None) -> Text:
    return Text.standing_for(value, span) if span and value else Text.generated(value)


def _type_of(hole: ColumnUse | AsOfUse | WindowCall) -> str | None:
    return "TIMESTAMP" if isinstance(hole, AsOfUse) else hole.type


def _lowered(sql: str) -> str:
    """Keywords in lower case; names, strings and comments as they are."""
    parts: list[str] = []
    at = 0
    for kept in _KEPT.finditer(sql):
        parts += [_words(sql[at : kept.start()]), kept.group()]
        at = kept.end()
    return "".join([*parts, _words(sql[at:])])


def _words(sql: str) -> str:
    """As Snowflake's own pages spell them."""
    return sql.lower().replace("timestampntz", "timestamp_ntz").replace("timestampltz", "timestamp_ltz")
