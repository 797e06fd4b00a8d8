"""Each character of the SQL leads back to the file: to itself, or to the tag that put it there."""

from __future__ import annotations

import pytest

from featsql.base.spans import Span
from featsql.front.jinja import render_all
from featsql.ir.model import Rendered

from .rendering import CONTEXT, NEEDS_JINJA, rendered, template, with_macros


def origin(result: Rendered, word: str) -> Span:
    at = result.text.value.index(word)
    span = result.text.locate(at, at + len(word))
    assert span
    return span


LINES = (
    "select a, {{ ref('x') }} b{{ var('days') }}c\n",
    "\tfrom {{ source('s', 't') }} -- {{ ref('y') -}}  \n",
    "  where é = '🙂' and {{ var('start') }}\r\n",
    "\rend\n\n",
)
TEXT = "".join(LINES)
VERBATIM = ("select a, ", " b", "c\n\tfrom ", " -- ", "where é = '🙂' and ", "\r\n\rend\n\n")


@pytest.mark.parametrize("ending", ["", NEEDS_JINJA])
@pytest.mark.parametrize("header", ["", "/*---\ntags: a\r\n---*/\n"])
def test_text_of_the_template_leads_to_itself(ending: str, header: str) -> None:
    (result,), found = render_all([template(TEXT + ending, header=header)], CONTEXT)
    assert found == ()
    assert result
    exact = ""
    for i, character in enumerate(result.text.value):
        span = result.text.locate(i)
        assert span and span.start >= len(header)
        if not span.text.startswith("{{"):
            assert span.text == character
            exact += character
    assert exact == "".join(VERBATIM) + ("\n" if ending else "")


@pytest.mark.parametrize("ending", ["", NEEDS_JINJA])
def test_what_a_tag_puts_out_leads_to_the_tag(ending: str) -> None:
    result = rendered(TEXT + ending)
    assert origin(result, "ref:x").text == "{{ ref('x') }}"
    assert origin(result, "7").text == "{{ var('days') }}"
    assert origin(result, "ref:y").text == "{{ ref('y') -}}"
    assert [call.span and call.span.text for call in result.calls] == ["ref('x')", "source('s', 't')", "ref('y')"]


def test_windows_newlines_are_counted_and_kept() -> None:
    text = "a\r\n{% for x in [1, 2] %}\r\n  b {{ ref('r') }}\r\n{% endfor -%}\r\n\r\nc"
    result = rendered(text)
    assert result.text.value == 'a\r\n\r\n  b "ref:r"\r\n\r\n  b "ref:r"\r\nc'
    assert str(origin(result, "b")) == "models/m.sql:3:3"
    assert str(origin(result, "c")) == "models/m.sql:6:1"
    [call] = result.calls
    assert call.span and (str(call.span), call.span.text) == ("models/m.sql:3:8", "ref('r')")


def test_several_pieces_on_one_line() -> None:
    result = rendered("p{% if true %}q{% endif %}r{% for i in [1] %}s{{ i }}t{% endfor %}u{% raw %}v{{{% endraw %}w")
    assert result.text.value == "pqrs1tuv{{w"
    spans = [span for i in range(len(result.text.value)) if (span := result.text.locate(i))]
    assert [span.text for span in spans] == ["p", "q", "r", "s", "{{ i }}", "t", "u", "v", "{", "{", "w"]
    assert [span.start for span in spans] == [0, 14, 26, 45, 46, 53, 66, 76, 77, 78, 91]


def test_text_of_a_macro_leads_to_its_call() -> None:
    context = with_macros("{% macro m(x) %}cast({{ x }} as int) from {{ ref('q') }}{% endmacro %}")
    result = rendered("select {{ m('a') | trim }}, {{ m(ref('b')) }}", context)
    assert origin(result, "cast").text == "{{ m('a') | trim }}"
    assert [(call.target, call.span and call.span.text) for call in result.calls] == [
        ("q", "m('a')"),
        ("b", "ref('b')"),
        ("q", "m(ref('b'))"),
    ]


def test_a_ref_stands_where_it_was_called_not_where_it_is_put_out() -> None:
    result = rendered("{% set r = ref('a') %}{% set s = [source('s',\n 't')] %}from {{ r }}")
    assert origin(result, "ref:a").text == "{{ r }}"
    assert [call.span and call.span.text for call in result.calls] == ["ref('a')", "source('s',\n 't')"]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("{% call box() %}in{% endcall %}", "{% call box() %}"),
        ("{% filter replace('x', '<in>') %}x{% endfilter %}", "{% filter replace('x', '<in>') %}"),
        ("{%- set x = '<in>' %}{{- x -}}", "{{- x -}}"),
        ("{{ '}}' ~ '<in>' }}", "{{ '}}' ~ '<in>' }}"),
        ("{% for x in ['<in>'] recursive %}{{ x }}{% endfor %}", "{% for x in ['<in>'] recursive %}"),
        ("{% print '<in>' %}", "{% print '<in>' %}"),
    ],
)
def test_all_that_puts_out_text(text: str, tag: str) -> None:
    result = rendered("a " + text + " z", with_macros("{% macro box() %}<{{ caller() }}>{% endmacro %}"))
    assert origin(result, "<in>").text == tag
    assert result.text.locate(len(result.text.value) - 1) == Span(template("").file, len(text) + 3, len(text) + 4)
