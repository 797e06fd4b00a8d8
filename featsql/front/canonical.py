"""SQL by what it says: without comments, spaces and the case of words."""

from __future__ import annotations

from sqlglot import TokenType

from featsql.front.sql import tokens_of


def canonical(sql: str, dialect: str) -> str:
    """The tokens of some SQL; quoted names and texts as they are.

    >>> canonical("SELECT a  -- the key\\nFROM t", "duckdb") == canonical("select A from T", "duckdb")
    True
    >>> canonical('select "a"', "duckdb") == canonical('select "A"', "duckdb")
    False
    """
    return " ".join(_word(token.token_type, token.text) for token in tokens_of(sql, dialect))


def _word(kind: TokenType, text: str) -> str:
    match kind:
        case TokenType.IDENTIFIER:
            return f'"{text}"'
        case TokenType.STRING:
            return f"'{text}'"
        case _:
            return text.lower()
