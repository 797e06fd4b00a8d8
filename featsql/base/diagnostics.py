"""Errors as data: what, where, and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from featsql.base.codes import CODES
from featsql.base.spans import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the first."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `code` is one of `CODES`; `caption` stands beside the caret; each hint is one way out."""

    code: str
    message: str
    span: Span | None = None
    caption: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    severity: Severity = "error"

    def __post_init__(self) -> None:
        assert self.code in CODES, f"{self.code} is not in base/codes.py"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class FeatsqlError(Exception):
    """Everything that one stage found wrong; `diagnostics` holds at least one error."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(f"{d.code} {d.message}" for d in diagnostics))
        self.diagnostics = diagnostics


def raise_errors(diagnostics: Iterable[Diagnostic]) -> None:
    """Raise all of them if one is an error; warnings alone pass."""
    found = tuple(diagnostics)
    if any(d.is_error for d in found):
        raise FeatsqlError(*found)


def nearest(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """A hint `did you mean ...` for the candidate nearest to `word`, or nothing.

    >>> nearest("materialzed", ["kind", "materialized"])
    ('did you mean `materialized`?',)
    """
    by_lower = {c.lower(): c for c in candidates}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return (f"did you mean `{by_lower[close[0]]}`?",) if close else ()
