"""Tests as data, and what came of them. Every sort of test is one `Test` and ends in one `TestResult`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Span

Severity = Literal["error", "warn"]
TestStatus = Literal["pass", "warn", "fail", "error", "skipped"]
"""`fail`: what is tested is wrong. `error`: it could not be tested. `skipped`: what it needs failed or is not there."""

Tested = Literal["main", "online"]
"""Which relation of the node: its own, or the online table of a feature view."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison with the number of failures, such as `> 10`."""

    operator: Literal[">", ">=", "<", "<=", "=", "!="]
    number: int

    def holds(self, failures: int) -> bool:
        """Is this many too many?

        >>> Threshold(">", 10).holds(11)
        True
        """
        match self.operator:
            case ">":
                return failures > self.number
            case ">=":
                return failures >= self.number
            case "<":
                return failures < self.number
            case "<=":
                return failures <= self.number
            case "=":
                return failures == self.number
            case "!=":
                return failures != self.number

    def __str__(self) -> str:
        return f"{self.operator} {self.number}"


ANY = Threshold("!=", 0)


@dataclass(frozen=True, slots=True)
class TestConfig:
    """How failures are counted and judged, in dbt's words. `where` is SQL over the relation; `limit` caps what is counted."""

    __test__ = False  # not one of pytest's

    severity: Severity = "error"
    where: str | None = None
    limit: int | None = None
    warn_if: Threshold = ANY
    error_if: Threshold = ANY
    store_failures: bool = False


@dataclass(frozen=True, slots=True)
class TestSpec:
    """A test as a header or declaration writes it: nothing of it is looked up yet.

    `arguments` has a bare value (`accepted_values: [a, b]`) under the empty name; `places` says where each is written.
    """

    __test__ = False

    kind: str
    span: Span = field(compare=False, repr=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)
    config: TestConfig = TestConfig()
    name: str = ""
    description: str = ""
    plain: Any = field(default=None, hash=False)
    """The YAML as it is written."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that a unit test gives or expects: `values` by column, one mapping a row, or those of the project's file `fixture`."""

    values: tuple[Mapping[str, Any], ...]
    span: Span = field(compare=False, repr=False)
    fixture: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """Rows in place of what a model reads; `input` as it is written: `ref('a')`, `source('a', 'b')`, `a` or `a.b`."""

    input: str
    span: Span = field(compare=False, repr=False)
    rows: Rows


Expected = Literal["rows", "online", "history"]
"""Of a feature view: its features at the keys and times of the expected rows; its online table; its own relation."""


@dataclass(frozen=True, slots=True)
class UnitTest:
    """Rows given, rows expected. `model` is empty in a model's own header.

    `tolerance`: how far floating point numbers may be off, None for rounding alone. `variables` take the place of the project's.
    """

    __test__ = False

    name: str
    span: Span = field(compare=False, repr=False)
    model: str
    given: tuple[Given, ...]
    expect: Rows
    relation: Expected = "rows"
    as_of: str | None = None
    tolerance: float | None = None
    variables: Mapping[str, Any] = field(default_factory=dict, hash=False)
    description: str = ""
    plain: Any = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class Test:
    """One test. `kind` is a data test's own (`unique`), or names its sort (`unit`, `future_poison`, `serving`).

    `node` is the id of the node that it judges: a build publishes a node when its tests pass. `span` is the place where
    the test is written, None for tests that featsql generates.
    """

    __test__ = False

    id: str
    name: str
    kind: str
    node: str
    also: tuple[str, ...] = ()
    """Ids of the other nodes that its SQL reads, where it judges several: all of them are kept back when it fails."""
    reads: tuple[str, ...] = ()
    """Ids of nodes that it reads and does not judge: in a build it waits for them."""
    relation: Tested = "main"
    column: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    config: TestConfig = TestConfig()
    description: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """A few rows that show what is wrong, as text: NULL is None. `total` counts all rows that there are to show."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test. `failures` counts what is wrong (rows, cells), None where nothing could be counted.

    `query` gives the failing rows when it is pasted into the warehouse; `stored` is the table that holds them.
    """

    __test__ = False

    test: Test
    status: TestStatus
    seconds: float
    failures: int | None = None
    message: str = ""
    sample: Sample | None = None
    query: str = ""
    stored: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    note: str = ""
    """A few words that stand beside the time it took, of a test that passes for a reason."""

    @property
    def is_bad(self) -> bool:
        """Does it keep its node from being published, and fail the command?"""
        return self.status in ("fail", "error")


def judged(failures: int, config: TestConfig) -> TestStatus:
    """`severity`, `error_if` and `warn_if` as dbt reads them: with `severity: warn` nothing fails.

    >>> judged(3, TestConfig()), judged(3, TestConfig(severity="warn")), judged(3, TestConfig(error_if=Threshold(">", 10)))
    ('fail', 'warn', 'warn')
    """
    if config.severity == "error" and config.error_if.holds(failures):
        return "fail"
    return "warn" if config.warn_if.holds(failures) else "pass"


def counts_of(results: tuple[TestResult, ...]) -> dict[TestStatus, int]:
    """How many ended in each way; ways in which none did are left out."""
    order: tuple[TestStatus, ...] = ("pass", "warn", "fail", "error", "skipped")
    found = [r.status for r in results]
    return {status: found.count(status) for status in order if status in found}
