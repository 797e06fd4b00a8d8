"""Stage 3: rendered SQL -> a parsed model. sqlglot reads it; the text itself stays the user's own, character by character."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Literal

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as Grammar
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import Span, Text
from featsql.dialects import DIALECTS
from featsql.ir.model import MARKER, Parsed, Read, Rendered

# https://duckdb.org/docs/stable/sql/data_types/text and .../numeric: what is ignored, and what is meant by less
_LENGTH: Final = re.compile(r"\bTEXT\(\d+\)")
_BARE_DECIMAL: Final = re.compile(r"\bDECIMAL\b(?!\()")
_WHOLE_DECIMAL: Final = re.compile(r"\bDECIMAL\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Source:
    """One rendered model while it is being read: its text, tokens and tree. Offsets are into `text`."""

    name: str
    text: Text
    tokens: tuple[Token, ...]
    tree: exp.Query
    reads: tuple[Read, ...]
    dialect: str
    marks: tuple[Token, ...]
    """Those of the tokens that may be markers of refs and sources."""

    @property
    def parsed(self) -> Source:
        """Without its tokens, which nobody reads once the model is in pieces: a third of the memory."""
        return replace(self, tokens=())

    def span(self, start: int, end: int | None = None) -> Span | None:
        return self.text.locate(start, end)

    def node_span(self, node: exp.Expr) -> Span | None:
        start, end = extent(node)
        return self.text.locate(start, end) if start >= 0 else None

    def cut(self, start: int, end: int) -> Text:
        """The text of `[start, end)` with every read given its logical name as an alias."""
        parts: list[Text | str] = []
        at = start
        starts = {read.start: read for read in self.reads}
        for token in self.marks:
            if token.start < start or token.end >= end:
                continue
            read = starts.get(token.start)
            marker = MARKER.fullmatch(self.text.value[token.start : token.end + 1])
            if read and not read.aliased:
                parts += [self.text[at : read.end], f" as {logical_name(read.target, self.dialect)}"]
                at = read.end
            elif read is None and marker:
                parts += [self.text[at : token.start], logical_name(marker.group(2), self.dialect)]
                at = token.end + 1
        parts.append(self.text[at:end])
        return Text.join(parts)


def logical_name(target: str, dialect: str) -> str:
    """What a user calls a ref or source in SQL when they give no alias: the model's or the table's own name."""
    return DIALECTS[dialect].quote(target.rpartition(".")[2])


def extent(node: exp.Expr) -> tuple[int, int]:
    """The characters `[start, end)` that the identifiers and functions under `node` span; (-1, -1) if none has a place."""
    places = [(n.meta["start"], n.meta["end"] + 1) for n in node.walk() if "start" in n.meta]
    if not places:
        return -1, -1
    return min(s for s, _ in places), max(e for _, e in places)


def read_sql(rendered: Rendered, dialect: str) -> Source:
    """Tokenize and parse one rendered model. Raises FS301, FS302 or FS312."""
    grammar = Grammar.get_or_raise(dialect)
    sql = rendered.text.value
    try:
        tokens = tokens_of(sql, dialect)
        trees = [tree for tree in grammar.parser().parse(list(tokens), sql) if tree is not None]
    except ParseError as error:
        raise FeatsqlError(_syntax_error(rendered, error)) from None
    except TokenError as error:
        raise FeatsqlError(_token_error(rendered, error)) from None
    except RecursionError:
        raise FeatsqlError(_too_deep(rendered)) from None
    tree = _only_select(rendered, tokens, trees)
    marks = tuple(token for token in tokens if ":" in token.text)
    return Source(rendered.name, rendered.text, tokens, tree, _reads(tree, rendered.text), dialect, marks)


def tokens_of(sql: str, dialect: str) -> tuple[Token, ...]:
    return tuple(Grammar.get_or_raise(dialect).tokenize(sql))


def parse_model(source: Source) -> Parsed:
    """A plain model: its text, what it reads, and the tree for the column pass."""
    end = _end_of_statement(source)
    return Parsed(source.name, source.cut(0, end), source.reads, source.parsed)


@lru_cache(maxsize=4096)
def canonical_type(written: str, dialect: str) -> str | None:
    """A type as written by a user or a warehouse, in the one spelling that the compiler uses; None if it is no type."""
    if written.upper() in ("TIMESTAMPTZ_NS", "TIMESTAMP_NS WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE_NS"):
        return "TIMESTAMPTZ_NS"  # unknown to sqlglot, or read by it as something else
    try:
        return spelled_type(exp.DataType.build(written, dialect=dialect, udt=False))
    except (ParseError, TokenError, ValueError):
        return None


@lru_cache(maxsize=4096)
def spelled_type(parsed: exp.DataType) -> str | None:
    """A type in the compiler's spelling, with what DuckDB adds and what it drops; None for one of the user's making."""
    if any(part.this == exp.DType.USERDEFINED for part in parsed.find_all(exp.DataType)):
        return None
    written = _LENGTH.sub("TEXT", parsed.sql("duckdb", copy=False))
    return _BARE_DECIMAL.sub("DECIMAL(18, 3)", _WHOLE_DECIMAL.sub(r"DECIMAL(\1, 0)", written))


def _end_of_statement(source: Source) -> int:
    last = source.tokens[-1]
    return last.start if last.text == ";" else last.end + 1


def _only_select(rendered: Rendered, tokens: tuple[Token, ...], trees: list[Any]) -> exp.Query:
    if not trees:
        raise FeatsqlError(Diagnostic("FS302", "the model has no SQL", _origin(rendered, 0), hints=("write one SELECT",)))
    semicolons = [t for t in tokens[:-1] if t.text == ";"]
    if len(trees) > 1 or semicolons:
        at = semicolons[0].start if semicolons else 0
        raise FeatsqlError(
            Diagnostic(
                "FS302",
                "a model is one SELECT, this file has more",
                _origin(rendered, at),
                "a statement ends here",
                hints=("put each into a file of its own",),
            )
        )
    if not isinstance(trees[0], exp.Query):
        raise FeatsqlError(
            Diagnostic(
                "FS302",
                f"a model is one SELECT, this is `{tokens[0].text.lower()}`",
                _origin(rendered, tokens[0].start, tokens[0].end + 1),
                hints=("featsql writes `create table` and the like itself",),
            )
        )
    return trees[0]


def _reads(tree: exp.Query, text: Text) -> tuple[Read, ...]:
    sql = text.value
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found: list[Read] = []
    for table in tree.find_all(exp.Table):
        identifier = table.this
        if not isinstance(identifier, exp.Identifier) or "start" not in identifier.meta:
            continue
        start, end = identifier.meta["start"], identifier.meta["end"] + 1
        marker = MARKER.fullmatch(sql[start:end])
        aliased = bool(table.args.get("alias") and table.args["alias"].this)
        if marker:
            kind: Literal["ref", "source"] = "ref" if marker.group(1) == "ref" else "source"
            found.append(Read(kind, marker.group(2), start, end, aliased, text.locate(start, end)))
        elif table.db or identifier.name.lower() not in ctes:
            parts = [p for p in (table.args.get("catalog"), table.args.get("db"), identifier) if p is not None]
            whole = (min(p.meta.get("start", start) for p in parts), end)
            written = sql[whole[0] : whole[1]]
            found.append(Read("table", written, *whole, aliased, text.locate(*whole)))
    return tuple(sorted(found, key=lambda read: read.start))


def _origin(rendered: Rendered, start: int, end: int | None = None) -> Span | None:
    return rendered.text.locate(start, end) or rendered.text.span


def _syntax_error(rendered: Rendered, error: ParseError) -> Diagnostic:
    first = error.errors[0] if error.errors else {}
    word = str(first.get("highlight") or "")
    start, end = _offset(rendered.text.value, int(first.get("line") or 1), int(first.get("col") or 1), len(word))
    said = str(first.get("description") or "this cannot be read").partition(" but got <")[0].rstrip(".")
    expected = re.fullmatch(r"Expecting (.+)|Expected (.+)", said)
    if "Unexpected token" in said or "Required keyword" in said:
        message = f"unexpected `{word}`"
    else:
        message = f"expected `{expected[1] or expected[2]}`" if expected else _lowered(said)
        message += f" near `{word}`" if word else ""
    return Diagnostic("FS301", f"SQL syntax: {message}", _origin(rendered, start, end), "the parser stopped here")


def _token_error(rendered: Rendered, error: TokenError) -> Diagnostic:
    said = str(error).partition("\n")[0]
    quote = _unclosed_quote(rendered.text.value)
    return Diagnostic(
        "FS301",
        "SQL syntax: a quote or comment is not closed" if quote is not None else f"SQL syntax: {_lowered(said)}",
        _origin(rendered, quote or 0),
        "opened here" if quote is not None else "",
    )


def _unclosed_quote(sql: str) -> int | None:
    """Where the last string, quoted name or comment begins that never ends."""
    pattern = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(?P<open>'|\"|/\*)", re.S)
    opened = [m.start() for m in pattern.finditer(sql) if m.group("open")]
    return opened[0] if opened else None


def _too_deep(rendered: Rendered) -> Diagnostic:
    return Diagnostic(
        "FS312",
        "the SQL is nested too deeply to be read",
        _origin(rendered, _deepest(rendered.text.value)),
        hints=("name the inner parts in CTEs",),
    )


def _deepest(sql: str) -> int:
    """Where the innermost bracket opens."""
    depth = [0, *itertools.accumulate((c in "([{") - (c in ")]}") for c in sql)]
    return max(range(len(sql)), key=depth.__getitem__)


def _offset(sql: str, line: int, column: int, width: int) -> tuple[int, int]:
    """sqlglot counts lines from 1 and gives the column of a token's last character."""
    starts = [0, *(m.end() for m in re.finditer("\n", sql))]
    end = min(starts[min(line, len(starts)) - 1] + column, len(sql))
    start = max(0, end - max(width, 1))
    return start, end


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


__all__ = ["Source", "canonical_type", "extent", "logical_name", "parse_model", "read_sql"]
