"""Where each entry of a SELECT list stands in the text: the parser keeps places of names only."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from featsql.front.sql import Source, extent, tokens_of

_QUOTED: Final = (TokenType.STRING, TokenType.IDENTIFIER)
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_ENDS: Final = frozenset(
    "from where group having qualify window order limit offset union intersect except using into fetch ;".split()
)


@dataclass(slots=True)
class SelectLists:
    """The places of one model's projections. Offsets are into `source.text`; an alias does not belong to its expression."""

    source: Source
    _tokens: tuple[Token, ...] = field(init=False)
    _words: tuple[str, ...] = field(init=False)
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        tokens = self.source.tokens or tokens_of(self.source.text.value, self.source.dialect)
        self._tokens = tokens
        self._words = tuple("" if t.token_type in _QUOTED else t.text.lower().partition(" ")[0] for t in tokens)
        self._starts = [token.start for token in tokens]

    def places(self, select: exp.Select) -> list[tuple[int, int]]:
        """`[start, end)` of each projection's expression; where the list cannot be found, that of the names in it."""
        entries = select.expressions
        found = self._entries(select)
        if len(found) != len(entries):
            return [extent(entry) for entry in entries]
        return [self._expression(entry, *tokens) for entry, tokens in zip(entries, found, strict=True)]

    def _entries(self, select: exp.Select) -> list[tuple[int, int]]:
        """The tokens `[first, last)` of each entry."""
        first_name = next((name for entry in select.expressions if (name := _first_name(entry))), None)
        if first_name is not None:
            opened = self._select_before(first_name.meta["start"], _selects_between(first_name, select))
        else:
            opened = self._select_of_stars(select)
        if opened < 0:
            return []
        first = opened + 1
        if self._words[first : first + 1] == ("distinct",):
            first += 1
            if self._words[first : first + 1] == ("on",):
                first = self._closing(first + 1) + 1
        commas, last = self._list(first)
        bounds = [first - 1, *commas, last]
        return [(a + 1, b) for a, b in itertools.pairwise(bounds) if a + 1 < b]

    def _select_before(self, at: int, inner: int = 0) -> int:
        """The word `select` whose list the character `at` stands in, after `inner` others around it: brackets that closed
        before are passed over."""
        depth = 0
        for i in range(bisect_right(self._starts, at) - 1, -1, -1):
            word = self._words[i]
            if word == "select" and depth <= 0:
                if inner == 0:
                    return i
                inner -= 1
            depth += (word in _CLOSING) - (word in _OPENING)
        return -1

    def _select_of_stars(self, select: exp.Select) -> int:
        """A list without any name stands before its FROM."""
        clause = select.args.get("from_") or select.args.get("from")
        start = extent(clause)[0] if clause is not None else -1
        return self._select_before(start) if start >= 0 else -1

    def _list(self, first: int) -> tuple[list[int], int]:
        """The commas between entries, and the token after the last one."""
        depth = 0
        commas: list[int] = []
        for i in range(first, len(self._words)):
            word = self._words[i]
            depth -= word in _CLOSING
            if depth < 0 or (depth == 0 and word in _ENDS and not self._is_inside(i)):
                return commas, i
            if depth == 0 and word == ",":
                commas.append(i)
            depth += word in _OPENING
        return commas, len(self._words)

    def _is_inside(self, i: int) -> bool:
        """`is distinct from x` and `* except (x)` do not end a list."""
        before = self._words[i - 1]
        return (self._words[i] == "from" and before == "distinct") or (self._words[i] == "except" and before == "*")

    def _closing(self, opening: int) -> int:
        depth = 0
        for i in range(opening, len(self._words)):
            depth += (self._words[i] in _OPENING) - (self._words[i] in _CLOSING)
            if depth == 0:
                return i
        return opening

    def _expression(self, entry: exp.Expr, first: int, last: int) -> tuple[int, int]:
        tokens = self._tokens
        alias = entry.args.get("alias") if isinstance(entry, exp.Alias) else None
        start = alias.meta.get("start", -1) if alias is not None else -1
        at = bisect_right(self._starts, start) - 1 if start >= 0 else -1
        if at == first and self._words[first + 1 : first + 2] == (":",):
            first += 2  # name: expression
        elif first < at < last:
            last = at - 1 if self._words[at - 1] == "as" else at
        return tokens[first].start, tokens[max(last, first + 1) - 1].end + 1


def _first_name(entry: exp.Expr) -> exp.Expr | None:
    """The node under an entry that has a place, the first in the text."""
    return min((n for n in entry.walk() if "start" in n.meta), key=lambda n: n.meta["start"], default=None)


def _selects_between(node: exp.Expr, select: exp.Select) -> int:
    """How many words `select` stand between that of `select` and a name in its list."""
    found = 0
    below: exp.Expr | None = None
    above: exp.Expr | None = node
    while above is not None and above is not select:
        # a WITH stands before the word
        found += isinstance(above, exp.Select) and not isinstance(below, exp.With)
        below, above = above, above.parent
    return found
