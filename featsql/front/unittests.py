"""Unit tests as headers and declarations write them, in dbt's forms: rows given, rows expected."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Span
from featsql.front.keys import Keys, as_keys, wrong_type
from featsql.front.names import usable
from featsql.front.yamlsubset import YamlList, YamlMap, YamlNode, YamlScalar, to_plain
from featsql.ir.testing import Expected, Given, Rows, UnitTest

KEYS: Final = ("name", "description", "as_of", "overrides", "given", "expect")
_RELATIONS: Final[tuple[Expected, ...]] = ("rows", "online", "history")
_FIXTURES: Final = (".csv", ".parquet", ".json", ".jsonl")


def read_unit_tests(keys: Keys, *required: str) -> tuple[UnitTest, ...]:
    """The list under `unit_tests`. `required`: the keys that each needs; `model` is one where the file is not a model's own."""
    found = keys.found
    read = [
        as_keys(item, "a unit test", "an item of `unit_tests`", found)
        for item in keys.items("unit_tests", "a list of unit tests")
    ]
    return tuple(test for item in read if item and (test := _test(item, required)))


def _test(test: Keys, required: tuple[str, ...]) -> UnitTest | None:
    test.only(*KEYS, *(key for key in required if key not in KEYS))
    has_all = test.require(*required, "expect")
    name, model = usable(test.name("name"), "a unit test", test.found), test.name("model") if "model" in required else None
    given = tuple(g for item in test.mappings("given", "an input") if (g := _given(item)))
    expect = _expected(test)
    overrides = test.mapping("overrides", "`overrides`")
    variables: dict[str, Any] = {}
    if overrides:
        overrides.only("vars")
        plain = overrides.plain("vars") if overrides.mapping("vars", "`vars`") else None
        variables = plain if isinstance(plain, dict) else {}
    as_of = test.name("as_of")
    if name is None or expect is None or not has_all:
        return None
    relation, rows, tolerance = expect
    return UnitTest(
        name=name.text,
        span=name.span,
        model=model.text if model else "",
        given=given,
        expect=rows,
        relation=relation,
        as_of=as_of.text if as_of else None,
        tolerance=tolerance,
        variables=variables,
        description=test.prose("description"),
        plain=to_plain(test.node),
    )


def _given(given: Keys) -> Given | None:
    given.only("input", "rows", "fixture", "format")
    if not given.require("input"):
        return None
    name, rows = given.name("input"), _rows(given, "rows")
    return Given(name.text, name.span, rows) if name and rows else None


def _expected(test: Keys) -> tuple[Expected, Rows, float | None] | None:
    """What is expected: a list of rows, or a mapping that says of which relation."""
    node = test.value("expect")
    if isinstance(node, YamlList):
        rows = _listed(node, test.found)
        return ("rows", rows, None) if rows else None
    expect = test.mapping("expect", "`expect`")
    if expect is None:
        return None
    expect.only(*_RELATIONS, "fixture", "format", "tolerance")
    said: list[Expected] = [relation for relation in _RELATIONS if expect.entry(relation)]
    if len(said) > 1:
        expect.apart(said[0], said[1], "write a unit test for each")
        return None
    relation: Expected = said[0] if said else "rows"
    rows = _rows(expect, relation)
    return (relation, rows, _tolerance(expect)) if rows else None


def _tolerance(keys: Keys) -> float | None:
    node = keys.value("tolerance")
    if node is None:
        return None
    value = node.value if isinstance(node, YamlScalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    keys.found.append(wrong_type("`tolerance`", "a number of 0 or more", node))
    return None


def _rows(keys: Keys, key: str) -> Rows | None:
    """The rows under `key`, as a list of mappings or as csv text; or the file under `fixture`."""
    keys.apart(key, "fixture")
    form = keys.choice("format", ("dict", "csv"))
    fixture = keys.name("fixture")
    if fixture:
        if not fixture.text.lower().endswith(_FIXTURES):
            hints = ("fixtures are .csv, .parquet or .json files of the project",)
            keys.found.append(Diagnostic("FS106", f"`{fixture}` is no fixture", fixture.span, hints=hints))
            return None
        return Rows((), fixture.span, fixture.text)
    if not keys.require(key):
        return None
    node = keys.value(key)
    match node:
        case YamlList():
            return _listed(node, keys.found)
        case YamlScalar(value=str(text)) if form and form.text == "csv":
            return _csv(text, node.span, keys.found)
        case None:
            return None
    expected = "csv text" if form and form.text == "csv" else "a list of rows; csv text goes with `format: csv`"
    keys.found.append(wrong_type(f"`{key}`", expected, node))
    return None


def _listed(node: YamlList, found: list[Diagnostic]) -> Rows | None:
    values: list[dict[str, Any]] = []
    for item in node.items:
        if not isinstance(item, YamlMap):
            found.append(wrong_type("a row", "a mapping of columns to values", item))
            return None
        values.append({entry.key.text: _value(entry.value) for entry in item.entries})
    return Rows(tuple(values), node.span)


def _value(node: YamlNode) -> Any:
    """A number keeps its digits: `1.10` is a decimal, not the nearest double."""
    if isinstance(node, YamlScalar) and isinstance(node.value, float):
        return Decimal(node.raw)
    return to_plain(node)


def _csv(text: str, span: Span, found: list[Diagnostic]) -> Rows | None:
    try:
        return Rows(rows_of_csv(text), span)
    except ValueError as error:
        found.append(Diagnostic("FS106", f"not csv: {error}", span))
        return None


def rows_of_csv(text: str) -> tuple[dict[str, str | None], ...]:
    """The rows of csv text, whose first line names the columns; an empty cell is NULL. ValueError when a row does not fit.

    >>> rows_of_csv("a,b\\n1,\\n")
    ({'a': '1', 'b': None},)
    """
    lines = [line for line in csv.reader(io.StringIO(text.strip("\n") + "\n"), skipinitialspace=True) if line]
    if not lines:
        raise ValueError("there is no line of names")
    names = [name.strip() for name in lines[0]]
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(names):
            raise ValueError(f"line {number} has {len(line)} values, and there are {len(names)} columns")
    return tuple({n: value.strip() or None for n, value in zip(names, line, strict=True)} for line in lines[1:])
