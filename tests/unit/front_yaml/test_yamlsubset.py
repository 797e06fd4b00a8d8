"""The YAML that featsql reads: data with places, and nothing that surprises."""

from __future__ import annotations

import pytest

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.yamlsubset import DEEPEST, LONGEST, Jinja, YamlMap, YamlNode, compose, to_plain

from .reading import told


def read(text: str, jinja: Jinja = "refused") -> tuple[YamlNode | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    return compose(SourceFile("a.yml", text), found, jinja=jinja), found


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("a: 1\nb: [x, 2.5, true, ~]\n", {"a": 1, "b": ["x", 2.5, True, None]}),
        (
            "a: no\nb: 12:30:45\nc: 2013-01-01\nd: 1_000\ne: 007\nf: 0x1f",
            {"a": "no", "b": "12:30:45", "c": "2013-01-01", "d": "1_000", "e": "007", "f": "0x1f"},
        ),
        ("a: '7'\nb: \"true\"\nc: ''\n", {"a": "7", "b": "true", "c": ""}),
        ("a: |\n  one\n  two\nb: >-\n  three\n  four\n", {"a": "one\ntwo\n", "b": "three four"}),
        ('{"a":1,"b":{"c":[]}}', {"a": 1, "b": {"c": []}}),
        ('a: "\\ud83d\\ude00"', {"a": "\U0001f600"}),
        ("\ufeffa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
    ],
)
def test_text_becomes_data(text: str, data: object) -> None:
    node, found = read(text)
    assert found == []
    assert to_plain(node) == data


def test_every_key_and_value_knows_its_place() -> None:
    node, _ = read("\ufeff# \U0001f600\r\nfirst: 1\r\nsecond: {third: 'four'}\r\n")
    assert isinstance(node, YamlMap)
    second = node.entries[1]
    assert isinstance(second.value, YamlMap)
    third = second.value.entries[0]
    places = [(second.key.span.text, str(second.key.span)), (third.value.span.text, str(third.value.span))]
    assert places == [("second", "a.yml:3:1"), ("'four'", "a.yml:3:17")]


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("a: &x 1\nb: 2", "FS101", "1:4", "an anchor (`&x`) is not read here"),
        ("a: 1\nb: *x", "FS101", "2:4", "an alias (`*x`) is not read here"),
        ("a: !!python/object:os.system x", "FS101", "1:4", "a tag"),
        ("a: !x!y z", "FS101", "1:4", "a tag is not read here"),
        ("<<: {a: 1}", "FS101", "1:1", "a merge key"),
        ("%YAML 1.1\n---\na: 1", "FS101", "1:1", "directive"),
        ("a: 1\n---\nb: 2", "FS101", "2:1", "a second YAML document"),
        ("1: a", "FS101", "1:1", 'quote it: `"1"`'),
        ("? [a]\n: b", "FS101", "1:3", "a key has to be text"),
        ("a: 1\na: 2", "FS103", "2:1", "key `a` is given twice"),
        ("a: {b: 1, b: 2}", "FS103", "1:11", "key `b` is given twice"),
        ("a: [1, 2", "FS101", "1:4", "this `[` is never closed"),
        ("a: 'x", "FS101", "1:4", "this quote is never closed"),
        ("a:\n\t- b", "FS101", "2:1", "YAML is indented with spaces"),
        ("a: @x", "FS101", "1:4", "put the text in quotes"),
        ("a: b: c", "FS101", "1:5", "put a text that contains `: ` in quotes"),
        ("a:b\nc: d", "FS101", "1:1", "a space is missing after `a:`"),
        ("a: 1\n b: 2", "FS101", "2:3", "keys of one mapping begin in the same column"),
        ('a: "\\q"', "FS101", "1:5", "in single quotes a backslash is a backslash"),
        ('a: "\\ud83d"', "FS101", "1:4", "half of a character"),
        ("a: \x07", "FS101", "1:4", "U+0007"),
        ("a: \udcff", "FS101", "1:4", "U+DCFF"),
        ("a: {{ x }}", "FS101", "1:4", "Jinja works in a model's SQL"),
        ("a: '{{ x }}'", "FS101", "1:4", "Jinja works in a model's SQL"),
        ("a: '{% if x %}'", "FS101", "1:4", "Jinja works in a model's SQL"),
    ],
)
def test_what_is_refused(text: str, code: str, place: str, words: str) -> None:
    _, found = read(text)
    first = told(found[0])
    assert first[:2] == (code, place)
    assert words in first[2]


def test_all_that_is_refused_is_told_at_once() -> None:
    _, found = read("a: &x 1\nb: !t 2\nc: 3\nc: 4\n")
    assert [finding.code for finding in found] == ["FS101", "FS101", "FS103"]


def test_jinja_may_be_kept_in_quotes() -> None:
    node, found = read("a: \"{{ env_var('X') }}\"", jinja="kept")
    assert (to_plain(node), found) == ({"a": "{{ env_var('X') }}"}, [])
    _, found = read("a: {{ env_var('X') }}", jinja="kept")
    assert "put it in quotes" in told(found[0])[2]


def test_bombs_are_not_read() -> None:
    """Neither nesting, nor length, nor aliases cost more than their text."""
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert "levels deep" in told(read(deep)[1][0])[2]
    assert "characters of YAML" in told(read("a" * (LONGEST + 1))[1][0])[2]
    laughs = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    node, found = read(laughs)
    assert node is None
    assert {finding.code for finding in found} == {"FS101"}
