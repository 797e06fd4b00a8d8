"""SQL whose rows are decided by its text and by the relations that it names, and by nothing else."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from sqlglot import TokenType

from featsql.front.clauses import CLOCK_NAMES
from featsql.front.sql import tokens_of

_CALLED: Final = CLOCK_NAMES | frozenset(
    "random rand randn randstr uniform normal zipf uuid uuidv4 uuidv7 gen_random_uuid uuid_string nextval currval setseed "
    "seq1 seq2 seq4 seq8 stats current_connection_id current_query current_query_id current_transaction_id txid_current "
    "current_setting getvariable getenv version glob query query_table which_secret seq_scan result_scan".split()
)
"""Functions that answer otherwise without having been asked otherwise."""
_NAMED: Final = frozenset(
    "current_timestamp current_date current_time localtime localtimestamp current_user session_user current_schema "
    "current_database current_catalog current_role current_warehouse current_account current_session sysdate".split()
)
"""The same, without parentheses."""
_OUTSIDE: Final = re.compile(r"(?:read|parquet|duckdb|pragma|sniff|arrow|pandas|python|json_execute)_.*", re.DOTALL)
"""Table functions that read what no graph knows."""


def is_settled(sql: str, dialect: str) -> bool:
    """Would the SQL give the same rows again, as long as the relations that it names have the same?

    >>> is_settled("select a, date_trunc('day', b) from t", "duckdb"), is_settled("select random() from t", "duckdb")
    (True, False)
    >>> is_settled("select * from 'orders.parquet'", "duckdb")
    False
    """
    tokens = tokens_of(sql, dialect)
    for token, after in pairwise((*tokens, None)):
        assert token
        word = token.text.lower()
        if token.token_type is TokenType.STRING:
            continue
        if word in _NAMED or (word in ("from", "join") and after and after.token_type is TokenType.STRING):
            return False
        if after and after.text == "(" and (word in _CALLED or _OUTSIDE.fullmatch(word)):
            return False
    return True
