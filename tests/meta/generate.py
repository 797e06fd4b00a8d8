"""`python -m tests.meta.generate`: write the pages of docs/ that are drawn from code; a test says when they are stale."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from featsql.aggregates import AGGREGATES, Aggregate
from featsql.base.codes import CODES
from featsql.cli.group import COMMANDS
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
}


def main() -> None:
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
