"""SQL by what it says: without comments, spaces and the case of words."""

from __future__ import annotations

from typing import Final

from sqlglot import TokenType

from featsql.front.sql import tokens_of

_KEPT: Final = {TokenType.IDENTIFIER: '"', TokenType.STRING: "'"}
"""What is written with its case, and the quote it has."""


def canonical(sql: str, dialect: str) -> str:
    """The tokens of some SQL; quoted names and texts as they are.

    >>> canonical("SELECT a  -- the key\\nFROM t", "duckdb") == canonical("select A from T", "duckdb")
    True
    >>> canonical('select "a"', "duckdb") == canonical('select "A"', "duckdb")
    False
    """
    words = ((token.text, _KEPT.get(token.token_type)) for token in tokens_of(sql, dialect))
    return " ".join([f"{quote}{text}{quote}" if quote else text.lower() for text, quote in words])
