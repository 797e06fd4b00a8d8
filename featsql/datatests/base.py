"""What a kind of data test declares: its arguments, and how it counts failures over the tested relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from featsql.dialects.base import Dialect
from featsql.ir.testing import Test

TESTED: Final = '"ref:tested relation"'
"""The marker for the relation under test. No model can have this name."""

Form = Literal["number", "bound", "flag", "text", "column", "columns", "values", "length", "node"]
"""What an argument is in YAML. `bound`: a number or a text; `length`: a duration; `node`: a model, seed or source."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. A `length` reaches the kind as microseconds, a `node` as the marker of its relation."""

    name: str
    form: Form
    about: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a test is about. `column` and `timestamp` are quoted; `types` are by column in lower case, where known."""

    test: Test
    dialect: Dialect
    as_of_us: int
    types: Mapping[str, str | None]
    timestamp: str | None = None
    """The node's own event time."""
    baseline: Mapping[str, Any] | None = None
    """What this test remembered when it passed last."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Generated tests: more text that their kind needs."""

    @property
    def column(self) -> str:
        assert self.test.column, f"{self.test.kind} is about a column"
        return self.dialect.quote(self.test.column)

    @property
    def column_type(self) -> str | None:
        return self.types.get((self.test.column or "").lower())

    def argument(self, name: str) -> Any:
        return self.test.arguments.get(name)

    def where(self, *conditions: str) -> str:
        """The test's own `where` and these conditions, as one."""
        return " and ".join(f"({c})" for c in (self.test.config.where, *conditions) if c) or "true"

    def rows(self, *conditions: str) -> str:
        """How many rows the test is about, for which the conditions hold."""
        condition = self.where(*conditions)
        return "count(*)" if condition == "true" else f"count(case when {condition} then 1 end)"

    def kept(self, value: str, *conditions: str) -> str:
        """The argument of an aggregate that is to see the values of those rows alone: NULL for others, as not all
        warehouses have `filter (where ...)`."""
        condition = self.where(*conditions)
        return value if condition == "true" else f"case when {condition} then {value} end"


@dataclass(frozen=True, slots=True)
class Finding:
    """How many failures the measures tell. Not `is_exact`: there are some, and the failing rows have to be counted.

    `remember` is what the test wants to know of this run in its next one; `is_older`: what is tested lacks what has come to
    its inputs since it was built, if it was not built just now.
    """

    failures: int
    message: str = ""
    is_exact: bool = True
    remember: Mapping[str, Any] | None = None
    is_older: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A test as SQL. `measures` are aggregates over the relation (`TESTED as tested`, then `joins`, none of which adds or drops
    rows), so that many tests share a scan; `failing` is a SELECT of the rows that are wrong, None where no row is."""

    measures: tuple[str, ...]
    judge: Callable[[tuple[Any, ...]], Finding]
    failing: str | None = None
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """`on`: a column's test, the relation's, or either. `primary` is the argument that a bare value stands for."""

    name: str
    about: str
    on: Literal["column", "relation", "either"]
    compile: Callable[[Subject, int], Check]
    """(subject, a number that no other test of the scan has) -> check."""
    arguments: tuple[Argument, ...] = ()
    primary: str = ""


def failing_rows(subject: Subject, condition: str, *joins: str) -> Check:
    """The check of a test that looks at one row at a time: `condition` is true for a row that is wrong."""
    source = "\n".join((f"from {TESTED} as tested", *joins))
    failing = f"select tested.*\n{source}\nwhere {subject.where(condition)}"
    return Check((subject.rows(condition),), counted_exactly, failing, joins)


def counted_exactly(measured: tuple[Any, ...]) -> Finding:
    return Finding(int(measured[0] or 0))


def counted_roughly(measured: tuple[Any, ...]) -> Finding:
    """Some rows are too many: how many groups of them there are is another question."""
    return Finding(int(measured[0] or 0), is_exact=False)


def value(plain: object, dialect: Dialect) -> str:
    """A value of YAML as SQL."""
    match plain:
        case bool():
            return "true" if plain else "false"
        case int() | float():
            return repr(plain)
        case None:
            return "null"
        case _:
            return dialect.literal(str(plain))
