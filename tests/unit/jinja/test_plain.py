"""Templates rendered without jinja2 come out as jinja2 would have them: text, places and calls."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featsql.front.jinja import render_all
from featsql.front.jinja_plain import render_plain

from .rendering import CONTEXT, NEEDS_JINJA, render_many, shape, template

CALLS = r"""
{{ ref('a') }} | {{- ref("b") -}} | {{+ source('s','t') }} | {{ var('start') }} | {{var( 'days' )}} | {{ ref ('a')-}}
{{ var('nowhere', 'd') }} | {{ var('start', 'd') }} | {{ var('names') }} | {{ var('ratio') }} | {{ var('on') }}
{{ ref('é') }} | {{ var('nowhere') }} | {{ ref(name) }}
{{ ref('flights', 'a') }} | {{ ref('other', 'a') }} | {{ ref('a\tb') }} | {{ ref('a' | {{ ref('') }} | {{ ref('a').upper() }}
{# c #} | {#- c -#} | {#+ {{ x }} +#} | {#-#} | {# | #} | -#} | {# {# #}
{% raw %}{{ ref('a') }}{% endraw %} | {%- if true -%} | {% endif %} | {% | %} | { | } | {{ | }} | - | + | select | é | 🙂 | ' | "
"""
PIECES = [piece for line in CALLS.strip().splitlines() for piece in line.split(" | ")]
PIECES += [" ", "  ", "\n", "\r\n", "\r", "\t", "\u00a0", "\u2028", "\x1c", "\\", "{{ ref\n('a') }}"]


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), min_size=60, max_size=60))
def test_the_scanner_agrees_with_jinja2(texts: list[str]) -> None:
    plain = [render_plain(template(text + "\n", f"m{i}"), CONTEXT) for i, text in enumerate(texts)]
    full, _ = render_many([text + NEEDS_JINJA for text in texts])
    for text, mine, theirs in zip(texts, plain, full, strict=True):
        if mine is not None:
            assert theirs is not None, text
            assert shape(mine) == shape(theirs), text


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "{{ ref('a') }} {{ source(\"s\", 't') }} {{var('start')}} {{ var('days') }} {{ var('x', 'y') }}",
        "{{- ref('a') -}} {# comment {{ x }} #} {{ ref('flights', 'a') }}",
        "{ {} } }} %} #}",
    ],
)
def test_what_needs_no_jinja2(text: str) -> None:
    assert render_plain(template(text), CONTEXT) is not None


@pytest.mark.parametrize(
    "text",
    [
        "{% raw %}{% endraw %}",
        "{{ ref('a') | upper }}",
        "{{ ref(name) }}",
        "{{ ref('a', 'b') }}",
        "{{ ref('a\"b') }}",
        "{{ ref('a\\n') }}",
        "{{ source('a') }}",
        "{{ var('nowhere') }}",
        "{{ var('names') }}",
        "{{ env_var('REGION') }}",
        "{# open",
        "{{ ref('a')",
        "{{{ ref('a') }}}",
    ],
)
def test_what_is_left_to_jinja2(text: str) -> None:
    assert render_plain(template(text), CONTEXT) is None


def test_a_plain_project_loads_no_jinja2_and_starts_no_process() -> None:
    script = """
import sys
from tests.unit.jinja.rendering import render_many
import subprocess
subprocess.Popen = None
results, found = render_many(["select * from {{ ref('a') }}"] * 3)
assert all(results) and not found and "jinja2" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_nothing_to_render() -> None:
    assert render_all([], CONTEXT) == ((), ())
