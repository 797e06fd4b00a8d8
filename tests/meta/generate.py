"""`python -m tests.meta.generate`: write the pages of docs/ that are drawn from code; a test says when they are stale."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from featsql.aggregates import AGGREGATES, Aggregate
from featsql.base.codes import CODES
from featsql.cli.group import COMMANDS
from featsql.datatests import GENERATED, KINDS
from featsql.plan.choose import RULES
from featsql.plan.strategies import STRATEGIES
from tests.docs.shell import ROOT, Shell

NOTE = "<!-- Written by `python -m tests.meta.generate` from {source}; changes belong there. -->"

AREAS = {
    "0": "The project, its settings and the command line",
    "1": "Headers and declarations",
    "2": "Templates",
    "3": "SQL",
    "4": "The graph",
    "5": "Time",
    "6": "Dialects",
    "7": "The warehouse",
    "8": "Online stores",
    "9": "Bugs of featsql",
}


_ERRORS = """\
Each error has a code, a place and a way out. All errors of a stage are shown at once; later stages are not tried. A page here
shows the error on a small project, and what to do."""

_AGGREGATES = """\
`aggregate(arguments) filter (where condition) over WINDOW`, where WINDOW is a name from `windows` in the header. NULL inputs
are treated as SQL treats them. Those that follow the order take rows by event time, known time, `tie_break`, then the columns
in the order of their mention ([the latest row](../concepts.md#the-latest-row))."""

_AGGREGATE_NOTES = """\
- `arg_max(x, y)` and `arg_min(x, y)` skip rows whose y is NULL, return x even if it is NULL, and take the latest row among
  equal y.
- `first` and `last` take the first and the last row of the window, NULL or not. `array_agg` keeps NULLs.
- `mode` gives the smallest of equally frequent values.
- `sum` over integers is exact, and an error beyond 64 bits. Where the type of its argument is not known at compile time, its type
  is the one that the warehouse gives it (in DuckDB, HUGEINT over integers)."""

_STRATEGIES = """\
A strategy is one way to compute a lookup: the latest row, or aggregates over windows, at each time that is asked. Every strategy
gives the same values; they differ in time. [How a feature is computed](../guide/plans.md) shows how each works."""

_PINNING = """\
`strategy: NAME` in the header of a feature view pins one for its lookups, in that of a training set for all views that do not
say. Where it cannot compute a lookup the table below decides, and `featsql explain` says so."""

_RULES = """\
For each aggregate by itself the table is read from the top: the first rule whose condition holds, and whose strategy can compute
the aggregate, decides. `rows`, `asks` and `pairs` (of an ask and a row of its entity, whatever their times) are what a run has
counted for the training set; before it has, and for history relations, conditions on them do not hold. Aggregates of one strategy
are then computed together."""

_COMMANDS = """\
Data goes to stdout, talk to stderr. Options of the project and of talk may also stand before the command.
[Exit codes](exit-codes.md), [selectors](selectors.md)."""


def _opening(title: str, source: str, text: str) -> list[str]:
    return [f"# {title}", "", NOTE.format(source=source), "", text]


def errors_page() -> str:
    """Every code, by area, with a link to its page."""
    lines = _opening("Errors", "featsql/base/codes.py", _ERRORS)
    for digit, area in AREAS.items():
        codes = [code for code in CODES if code[2] == digit]
        if codes:
            lines += ["", f"## {area}", "", *(f"- [{code}]({code}.md): {CODES[code]}" for code in codes)]
    return "\n".join([*lines, ""])


_SAMPLES = ("INTEGER", "DECIMAL(10, 2)", "DOUBLE", "VARCHAR", "TIMESTAMP")


def aggregates_page() -> str:
    """Every aggregate that windows can use: how it is written, what it takes, what comes out."""
    lines = _opening("Aggregates over windows", "featsql/aggregates", _AGGREGATES)
    lines += [
        "",
        "| written | arguments | `distinct` | of no rows | follows the order | type |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_aggregate_row(aggregate) for aggregate in AGGREGATES.values()]
    return "\n".join([*lines, "", _AGGREGATE_NOTES, ""])


def _aggregate_row(aggregate: Aggregate) -> str:
    names = " ".join(f"`{name}`" for name in aggregate.names["duckdb"])
    least, most = aggregate.arguments
    arguments = f"{least}" if least == most else f"{least} or {most}"
    cells = (
        names,
        arguments + "".join(f", number {place + 1} constant" for place in aggregate.constants),
        "yes" if aggregate.distinct else "no",
        "0" if aggregate.empty == "zero" else "NULL",
        "yes" if aggregate.ordered else "no",
        _types(aggregate),
    )
    return f"| {' | '.join(cells)} |"


def _types(aggregate: Aggregate) -> str:
    """The type of the result, in as few words as the samples allow."""
    rest = ("INTEGER",) * (aggregate.arguments[1] - 1)
    results = {sample: aggregate.result_type((sample, *rest)) for sample in _SAMPLES}
    found = {sample: result for sample, result in results.items() if result}
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    if all(result == sample for sample, result in found.items()) and len(found) == len(_SAMPLES):
        return "as the first argument"
    if all(result == f"{sample}[]" for sample, result in found.items()):
        return "a list of the first argument's"
    return ", ".join(f"{sample}: {result}" for sample, result in found.items())


def strategies_page() -> str:
    """Every strategy, and the table of rules that chooses among them."""
    lines = _opening("Strategies", "featsql/plan/strategies and featsql/plan/choose.py", _STRATEGIES)
    lines += ["", "| strategy | what it does | chosen by rule |", "|---|---|---|"]
    for name, strategy in STRATEGIES.items():
        numbers = [str(number) for number, rule in enumerate(RULES, start=1) if rule.strategy == name]
        lines.append(f"| `{name}` | {strategy.summary} | {', '.join(numbers) or 'none: a header may pin it'} |")
    lines += ["", _PINNING, "", "## Rules", "", _RULES, "", "| rule | where | strategy | because |", "|---|---|---|---|"]
    for number, rule in enumerate(RULES, start=1):
        words = rule.when.words
        when = f"`{words}`" if "=" in words else words or "it can"
        lines.append(f"| {number} | {when} | `{rule.strategy}` | {rule.why} |")
    return "\n".join([*lines, ""])


_TESTS = """\
What has to be true of a relation is written where the relation is: under `tests` of a header, of a source or seed, or of one of
their columns, in dbt's forms. `featsql test` runs them over what is there, `featsql build` over what it has built, before anyone
can read it. [Testing](../guide/testing.md) shows them at work."""

_TEST_NOTES = """\
A test is a name (`unique`), a name with arguments (`accepted_values: {values: [a, b]}`, with dbt's `arguments:` around them or
not), or a name with the one value that matters most (`accepted_values: [a, b]`). `name:` and `description:` may stand beside the
arguments. Unknown kinds, arguments and columns are errors of `featsql compile`.

A feature view's tests run over its history and over its online table, which for them has the view's own name for `event_time`."""

_TEST_CONFIG = """\
| key | value | meaning |
|---|---|---|
| `severity` | `error` or `warn` | a test of severity `warn` fails nothing and keeps nothing back |
| `where` | SQL | the rows that are tested |
| `limit` | a whole number | count at most so many failures |
| `warn_if` | `">10"` | how many failures are worth a warning; default: `"!=0"` |
| `error_if` | `">100"` | how many fail the test; default: `"!=0"` |
| `store_failures` | `true` or `false` | keep the failing rows: a table in the schema `SCHEMA_test_failures` |"""

_TEST_OWN = """\
- A file `tests/NAME.sql` is one SELECT, with Jinja as in models; the rows that it returns are wrong. Its header, if it has one,
  has `description`, `enabled` and the keys above but `where`. It judges every node that it reads.
- A macro `test_KIND(model, column_name, ...)`, or dbt's `{% test KIND(model, column_name, ...) %} ... {% endtest %}`, in a file
  under macros/ makes a kind of one's own: a SELECT of the rows of `{{ model }}` that are wrong. Arguments go by their names;
  `column_name` is given to the tests of columns."""


def tests_page() -> str:
    """Every kind of data test, its arguments, and what all of them take."""
    lines = [*_opening("Data tests", "featsql/datatests", _TESTS), "", _TEST_NOTES, "", "## Kinds", ""]
    lines += ["| kind | of a | passes when | arguments |", "|---|---|---|---|"]
    places = {"column": "column", "relation": "relation", "either": "column or relation"}
    for kind in KINDS.values():
        arguments = [f"`{a.name}`{' (needed)' if a.is_required else ''}: {a.about}" for a in kind.arguments]
        lines.append(f"| `{kind.name}` | {places[kind.on]} | {kind.about} | {'; '.join(arguments) or 'none'} |")
    lines += ["", "Tested without being asked:", "", "| kind | passes when |", "|---|---|"]
    lines += [f"| `{kind.name}` | {kind.about} |" for kind in GENERATED.values()]
    return "\n".join([*lines, "", "## How failures are judged", "", _TEST_CONFIG, "", "## Tests of one's own", "", _TEST_OWN, ""])


def commands_page() -> str:
    """The help of every command, as it is printed."""
    lines = _opening("Commands", "featsql/cli", _COMMANDS)
    with tempfile.TemporaryDirectory() as folder, Shell(Path(folder)) as shell:
        for command in COMMANDS:
            lines += ["", f"## {command}", "", "```text", shell.run(f"featsql {command} --help"), "```"]
    return "\n".join([*lines, ""])


PAGES: dict[str, Callable[[], str]] = {
    "docs/errors/README.md": errors_page,
    "docs/reference/aggregates.md": aggregates_page,
    "docs/reference/commands.md": commands_page,
    "docs/reference/strategies.md": strategies_page,
    "docs/reference/tests.md": tests_page,
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
