"""What templates can say."""

from __future__ import annotations

import pytest

from .rendering import render_many, rendered, sql, with_macros


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", "select 1"),
        ("", ""),
        ("select 1\n\n", "select 1\n\n"),
        ("{{ ref('a') }}", '"ref:a"'),
        ("{{ ref('flights', 'a') }}", '"ref:a"'),
        ("{{ source('shop', 'orders') }}", '"source:shop.orders"'),
        ("{{ ref('a') | upper }}", '"REF:A"'),
        ("{{ var('start') }}", "2013-01-01"),
        ("{{ var('days') + 1 }}", "8"),
        ("{{ var('names') | join(', ') }}", "a, b"),
        ("{{ var('nowhere', 3) }}{{ var('nowhere', default=none) }}", "3None"),
        ("{{ env_var('REGION') }}{{ env_var('NOWHERE', 'x') }}", "eux"),
        ("{{ target.name }} {{ target['schema'] }} {{ target.threads }}", "dev main 2"),
        ("{{ project_name }}", "flights"),
        ("{{ is_incremental() }}{% if is_incremental() %}never{% endif %}", "False"),
        ("{{ log('x', info=true) }}{{ print('y') }}|", "|"),
        ("{% set x = ['a', 'b'] %}{% for y in x %}{{ y }}{{ ', ' if not loop.last }}{% endfor %}", "a, b"),
        ("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% elif i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "02"),
        ("{% set ns = namespace(n=1) %}{% set ns.n = 2 %}{{ ns.n }}", "2"),
        ("{% macro cents(x) %}({{ x }} / 100){% endmacro %}{{ cents('a') }}", "(a / 100)"),
        ("{% macro box() %}[{{ caller() }}]{% endmacro %}{% call box() %}{{ ref('a') }}{% endcall %}", '["ref:a"]'),
        ("{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"),
        ("{% set x %}a{{ 1 }}{% endset %}{{ x }}", "a1"),
        ("{% for x in [1, [2, [3]]] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}", "123"),
        ("{% with x = 1 %}{{ x }}{% endwith %}", "1"),
        ("{% raw %}{{ ref('a') }}{% endraw %}", "{{ ref('a') }}"),
        ("a {#- {{ gone }} -#} b", "ab"),
        ("{% if true -%}\n  a\n{%- endif %}\n", "a\n"),
        ("{{ 1 if nowhere is defined else 2 }}{{ nowhere | default('d') }}", "2d"),
        ("{{ dict(a=1, **{'b': 2}).b }}", "2"),
        ("{{ '<' }}{{ '<' | e }}", "<&lt;"),
        ("{{ 'a' 'b' ~ 1 }} {{ [1, 2][0] }} {{ 'abc'[1:] }} {{ {'k': 1}.k }} {{ (1, 2)[1] }}", "ab1 1 bc 1 2"),
    ],
)
def test_what_it_puts_out(text: str, expected: str) -> None:
    assert sql(text) == expected


def test_macros_of_all_files_know_each_other() -> None:
    context = with_macros(
        "{% macro outer(x) %}<{{ inner(x) }}{{ later() }}>{% endmacro %}\n{% macro later() %}{{ var('days') }}{% endmacro %}",
        "{% set sign = '!' %}{% macro inner(x) %}{{ ref(x) }}{{ sign }}{% endmacro %}{% macro _own() %}own{% endmacro %}",
    )
    result = rendered("{{ outer('a') }} {{ _own() }}", context)
    assert result.text.value == '<"ref:a"!7> own'
    assert [(call.kind, call.target) for call in result.calls] == [("ref", "a")]


def test_values_of_macro_files_stay_in_them() -> None:
    (result,), [found] = render_many(["{{ sign }}"], with_macros("{% set sign = '!' %}"))
    assert result is None
    assert found.message == "`sign` is not defined"


def test_a_model_can_have_its_own_meaning_of_a_macros_name() -> None:
    assert sql("{% macro m() %}mine{% endmacro %}{{ m() }}", with_macros("{% macro m() %}theirs{% endmacro %}")) == "mine"


def test_templates_do_not_leak_into_each_other() -> None:
    """What one sets, another does not see; a list that both are given cannot be changed."""
    first, second = "{% set x = 1 %}{{ x }}", "{{ x is defined }}{{ var('names') }}{% if true %}{% endif %}"
    results, found = render_many([first, second, first])
    assert found == ()
    assert [result and result.text.value for result in results] == ["1", "False['a', 'b']", "1"]


def test_the_order_is_kept() -> None:
    """Those that need jinja2 and those that do not come back in their places."""
    results, found = render_many([f"{i} {{{{ ref('a') }}}}" + ("{% if true %}{% endif %}" * (i % 2)) for i in range(20)])
    assert found == ()
    assert [result and (result.name, result.text.value) for result in results] == [(f"m{i}", f'{i} "ref:a"') for i in range(20)]


def test_the_same_call_at_one_place_counts_once() -> None:
    result = rendered("{% for i in [1, 2] %}{{ ref('a') }}{% endfor %}{{ ref('a') }}")
    assert [(call.target, str(call.span)) for call in result.calls] == [("a", "models/m.sql:1:25"), ("a", "models/m.sql:1:51")]
