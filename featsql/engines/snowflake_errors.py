"""What Snowflake and its driver say, as an EngineError that points into the user's file."""

from __future__ import annotations

import re
from typing import Any, Final

from featsql.base.spans import Span, Text
from featsql.engines.base import Cancelled, EngineError
from featsql.engines.snowflake_aside import without_aside

_PLACE: Final = re.compile(r"(?:error )?line (\d+) at position (\d+)")
_QUOTED: Final = re.compile(r"'([^']*)'")
_PREFIX: Final = re.compile(r"^(?:\s*\d{6} \(\w{5}\):)+\s*(?:[0-9a-f-]{36}:\s*)?")
_SUFFIX: Final = re.compile(r"\s*\((?:request_id|query_id)=[^)]*\)\s*$")
_MISSING: Final = (2003, 2043)
_CANCELLED: Final = (604, 608)
EXPIRED: Final = (390112, 390114, 390195, 390318)
"""The session is no more: the statement was not run, and a new session may run it."""
_LOST: Final = (250001, 250002, 250003, 250005, 251001, 251003, 251011)
"""What the driver says of a connection that is closed, or of a request without an answer."""


class Lost(EngineError):
    """The connection was lost: whether the statement was done is not known."""


class Expired(Lost):
    """The session has ended before the statement began."""


def refusal(error: Any, statement: Text) -> EngineError:
    """The driver's error as featsql's, in one paragraph; its span is where Snowflake places it, if that text is the user's."""
    number = _number(error)
    message = clean(str(getattr(error, "msg", None) or error))
    if number in EXPIRED:
        return Expired(message)
    if number in _CANCELLED:
        return Cancelled(message)
    if number in _LOST or type(error).__name__ in ("OperationalError", "InterfaceError"):
        return Lost(f"the connection was lost: {message}")
    missing = number == 2003 and "function" not in message.lower()
    return EngineError(message, span=_span(message_of(error), statement), missing=missing)


def message_of(error: Any) -> str:
    return str(getattr(error, "msg", None) or error)


def _number(error: Any) -> int | None:
    number = getattr(error, "errno", None)
    return int(number) if number not in (None, -1) else None


def clean(text: str) -> str:
    r"""Snowflake's text in one paragraph, without numbers of errors and requests.

    >>> clean("000904 (42000): SQL compilation error: error line 2 at position 7\ninvalid identifier 'NOPE'")
    "invalid identifier 'NOPE'"
    """
    text = _SUFFIX.sub("", _PREFIX.sub("", text.strip()))
    text = text.split("\n\n")[0].replace("SQL compilation error:", "")
    text = without_aside(_PLACE.sub("", text))
    lines = [line.strip().rstrip(".!") for line in text.splitlines() if line.strip(" .:")]
    message = ". ".join(lines)
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _span(text: str, statement: Text) -> Span | None:
    """Lines count from 1, positions in them from 0."""
    found = _PLACE.search(text)
    if found is None:
        return None
    line, position = int(found[1]), int(found[2])
    starts = [0, *(m.end() for m in re.finditer("\n", statement.value))]
    if line > len(starts):
        return None
    at = starts[line - 1] + position
    named = _QUOTED.search(text, found.end())
    word = re.match(r"\"(?:[^\"]|\"\")*\"|[\w$.]+", statement.value[at:])
    width = len(word[0]) if word else len(named[1]) if named else 1
    return statement.locate(at, at + width)
