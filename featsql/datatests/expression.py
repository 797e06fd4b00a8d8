"""`expression`."""

from __future__ import annotations

import re
from typing import Final

from featsql.datatests.base import Argument, Check, Kind, Subject, failing_rows

_CONTINUES: Final = re.compile(r"\s*(?:[<>=!%+*/|-]|(?:in|is|not|like|ilike|between|similar)\b)", re.IGNORECASE)
"""How an expression begins that goes on from the column: `> 0`."""


def _check(subject: Subject, number: int) -> Check:
    said = str(subject.argument("expression"))
    if subject.test.column and _CONTINUES.match(said):
        said = f"tested.{subject.column} {said}"
    return failing_rows(subject, f"not ({said})")


EXPRESSION = Kind(
    "expression",
    "a condition in SQL is true for each row, or NULL",
    "either",
    _check,
    (Argument("expression", "text", "the condition; of a column, also what follows its name: `> 0`", is_required=True),),
    primary="expression",
)
