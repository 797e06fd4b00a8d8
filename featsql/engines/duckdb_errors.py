"""What DuckDB says, as an EngineError that points into the user's file. Sessions have `errors_as_json` set."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Final

import duckdb

from featsql.base.spans import Span, Text
from featsql.engines.base import Cancelled, EngineError
from featsql.engines.duckdb_aside import without_aside

AHEAD: Final = " " * (1 << 17)
"""Goes before a statement whose errors are to be placed.

DuckDB gives places in bytes of the statement, but for an error inside a view in bytes of the statement that made the view,
and does not say which. Views are made without this blank, so a place behind it is in the statement itself.
"""

_NO_RELATION: Final = re.compile(r"(Table|View) with name .* does not exist|No files found that match")
_CSV_WIDTH: Final = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_CSV_LINE: Final = re.compile(r"CSV Error on Line: (\d+)")
_NOISE: Final = re.compile(
    r"\n(Did you mean \"(pg_|duckdb_|sqlite_|pragma_|information_schema)|The search space used was|Possible (fixes|solution)).*",
    re.DOTALL | re.IGNORECASE,
)
_SHOWN_CANDIDATES: Final = 3


def refusal(error: duckdb.Error, statement: Text) -> EngineError:
    """The error as featsql's, in one paragraph; its span is where DuckDB places it, if that text is the user's."""
    details = _details(error)
    text = details["exception_message"]
    message = without_aside(clean(text))
    if isinstance(error, duckdb.InterruptException):
        return Cancelled(message)
    line = _CSV_LINE.search(text)
    return EngineError(
        message,
        span=_span(details.get("location", ""), statement),
        missing=_NO_RELATION.match(text) is not None,
        line=int(line.group(1)) if line else None,
    )


def message_of(error: duckdb.Error) -> str:
    """The error's text alone, in one paragraph."""
    return clean(_details(error)["exception_message"])


def clean(text: str) -> str:
    r"""DuckDB's text in one paragraph: without excerpts of SQL, settings, and guesses that do not help.

    >>> clean('Referenced column "y" not found in FROM clause!\nCandidate bindings: "x"')
    'referenced column "y" not found in FROM clause. Candidate bindings: "x"'
    """
    if _CSV_LINE.match(text):
        text = _CSV_WIDTH.sub(r"the header has \1 columns, this line has \2", text.split("\n", 2)[-1])
    paragraph = _NOISE.sub("", text.strip().split("\n\n")[0])
    head, _, functions = paragraph.partition("Candidate functions:")
    lines = [line.strip().rstrip("!.") for line in head.splitlines() if line.strip()]
    candidates = [line.strip() for line in functions.splitlines() if line.strip()]
    if candidates:
        more = ["..."] if len(candidates) > _SHOWN_CANDIDATES else []
        lines.append("Candidates: " + "; ".join(candidates[:_SHOWN_CANDIDATES] + more))
    message = ". ".join(lines)
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _details(error: duckdb.Error) -> dict[str, str]:
    text = str(error)
    at = text.find('{"exception_type"')
    if at >= 0:
        with suppress(ValueError):
            return {"exception_message": text, **json.loads(text[at:])}
    return {"exception_message": text.split("Error: ", 1)[-1]}


def _span(location: str, statement: Text) -> Span | None:
    found = re.fullmatch(r"\[(\d+),(\d+)\]", location)
    if found is None:
        return None
    start, length = map(int, found.groups())
    written = statement.value.encode()
    before, inside = written[:start].decode(errors="ignore"), written[start : start + length].decode(errors="ignore")
    return statement.locate(len(before), len(before) + len(inside))
