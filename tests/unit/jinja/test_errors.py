"""What is wrong with a template, and the characters that the caret stands under."""

from __future__ import annotations

import pytest

from featsql.base.pretty import render

from .rendering import error, errors, render_many, told, with_macros


@pytest.mark.parametrize(
    ("text", "code", "caret", "words"),
    [
        # FS201: syntax
        ("a\n  {{ ? }}", "FS201", "?", "unexpected char `?`"),
        ("{{ ref('a' }}", "FS201", "}", "unexpected `}`, expected `)`"),
        ("{{ ref('a')\nfrom b", "FS201", "from", "expected token `end of print statement`, got `from`"),
        ("{{ ref('a'", "FS201", "'a'", "unexpected end of template"),
        ("{{ }}", "FS201", "}}", "expected an expression"),
        ("{{ 'a }}", "FS201", "'", "unexpected char"),
        ("{% if true %}\n{% for x in [] %}{% endfor %}", "FS201", "if", "`if` is never closed"),
        ("{% if true %}{% for x in [] %}{% endif %}", "FS201", "endif", "encountered unknown tag `endif`"),
        ("{% materialization x %}", "FS201", "materialization", "encountered unknown tag `materialization`"),
        ("a {# b", "FS201", "{", "missing end of comment tag"),
        ("a {% raw %} b", "FS201", "{", "missing end of raw directive"),
        ("{% for loop in [] %}{% endfor %}", "FS201", "loop", "special loop variable"),
        ("{% include 'x.sql' %}", "FS201", "include", "`include` is not available in templates"),
        ("{% import 'x.sql' as x %}", "FS201", "import", "`import` is not available"),
        ("{% from 'x' import y %}", "FS201", "from", "`from` is not available"),
        ("{% extends 'x' %}", "FS201", "extends", "what files share is a macro in `macros/`"),
        ("{% block x %}{% endblock %}", "FS201", "block", "`block` is not available"),
        # FS202: names
        ("{{ reff('a') }}", "FS202", "reff", "`reff` is not defined; did you mean `ref`?"),
        ("{% set total = 1 %}{{ 1 + totl }}", "FS202", "totl", "did you mean `total`?"),
        ("{% if x > 1 %}{% endif %}", "FS202", "x", "`x` is not defined"),
        ("{{ [xs] }}", "FS202", "xs", "`xs` is not defined"),
        ("{% for a in xs %}{% endfor %}", "FS202", "xs", "`xs` is not defined"),
        ("{{ ref(nam) }}", "FS202", "nam", "`nam` is not defined"),
        ("{{ target.nmae }}", "FS202", "nmae", "there is no `nmae` in this dict; did you mean `name`?"),
        ("{{ nowhere.name }}", "FS202", "nowhere", "`nowhere` is not defined"),
        ("{{ var('names')[5] }}", "FS202", "5", "there is no `5` in this list"),
        ("{{ 'a' | uper }}", "FS202", "uper", "there is no filter `uper`; did you mean `upper`?"),
        ("{{ 1 is od }}", "FS202", "od", "there is no test `od`; did you mean `odd`?"),
        ("{{ [1] | random }}", "FS202", "random", "there is no filter `random`"),
        ("{{ run_query('select 1') }}", "FS202", "run_query", "templates are rendered without a connection"),
        ("{{ modules.datetime }}", "FS202", "modules", "templates see no clock"),
        ("{{ [] | first | upper }}", "FS202", "[] | first | upper", "sequence was empty"),
        # FS203, FS006: variables
        (
            "{{ var('strat') }}",
            "FS203",
            "'strat'",
            "no variable `strat`; did you mean `start`?; set it under `vars:` in featsql.yml",
        ),
        ("{{ var('a' ~ 'b') }}", "FS203", "var('a' ~ 'b')", "no variable `ab`"),
        ("{{ env_var('NOWHERE') }}", "FS006", "'NOWHERE'", "the environment variable `NOWHERE` is not set; set it, or give"),
        ("{{ env_var('HOME') }}", "FS006", "'HOME'", "`HOME` is not set"),
        # FS009
        ("{{ this }}", "FS202", "this", "`this` is the table that an incremental model adds to, and there is none"),
        ("{{ this.schema }}", "FS202", "this", "`this` is the table"),
        # FS204: failures
        ("{{ exceptions.raise_compiler_error('no rows for ' ~ 1) }}", "FS204", None, "no rows for 1"),
        ("a {{ 1 ~ (2 / 0) }}", "FS204", "2 / 0", "the template failed: division by zero"),
        ("{{ [1, 'a' + 1][0] }}", "FS204", "'a' + 1", "can only concatenate str"),
        ("{{ 'x'.nope if false else 'x'.index('y') }}", "FS204", "'x'.index('y')", "substring not found"),
        ("{% set x = 'a' | int(default=[]) %}{{ -x }}", "FS204", "-x", "bad operand type for unary -"),
        ("{% for x in 5 %}{% endfor %}", "FS204", "{% for x in 5 %}", "`int` object is not iterable"),
        ("{{ ref }}", "FS204", "ref", "a function is put out instead of what it returns; call it"),
        ("{{ [1] | map('string') }}", "FS204", "[1] | map('string')", "`... | list`"),
        ("{% do var('names').append('c') %}", "FS204", "var('names').append('c')", "make a new one"),
        # FS206: calls
        ("{{ ref() }}", "FS206", "ref()", "`ref` takes the name of a model; write `ref('orders')`"),
        ("{{ ref(1) }}", "FS206", "ref(1)", "`ref` takes"),
        ("{{ ref('') }}", "FS206", "ref('')", "`ref` takes"),
        ("{{ ref('a\"b') }}", "FS206", "ref('a\"b')", "`ref` takes"),
        ("{{ ref('a', 'b', 'c') }}", "FS206", "ref('a', 'b', 'c')", "`ref` takes"),
        ("{{ ref('a', version=2) }}", "FS206", "ref('a', version=2)", "`ref` takes"),
        ("{{ ref('flihgts', 'a') }}", "FS206", "'flihgts'", "no project `flihgts` to refer to; did you mean `flights`?"),
        ("{{ source('shop') }}", "FS206", "source('shop')", "`source` takes the name of a source and that of its table"),
        ("{{ source('shop', none) }}", "FS206", "source('shop', none)", "`source` takes"),
        ("{{ var() }}", "FS206", "var()", "`var` takes a name"),
        ("{{ var(1) }}", "FS206", "var(1)", "`var` takes a name"),
        ("{{ var('a', 1, 2) }}", "FS206", "var('a', 1, 2)", "`var` takes a name"),
        ("{{ env_var(['A']) }}", "FS206", "env_var(['A'])", "`env_var` takes a name"),
        ("{{ config(materialized='table') }}", "FS206", "config(materialized='table')", "put it into the header"),
    ],
)
def test_each_error_has_its_place(text: str, code: str, caret: str | None, words: str) -> None:
    found, place, said = error(text)
    assert (found, place) == (code, caret if caret is not None else place)
    assert words in said


def test_an_error_as_people_read_it() -> None:
    _, [found] = render_many(["select *\r\nfrom {{ reff('a') }}\r\n"])
    assert render(found) == (
        "error[FS202]: `reff` is not defined\n"
        " --> models/m0.sql:2:9\n"
        "  |\n"
        "2 | from {{ reff('a') }}\n"
        "  |         ^^^^\n"
        "  = hint: did you mean `ref`?"
    )


def test_all_errors_of_one_template() -> None:
    """A tag that fails takes none of the others with it, and fails once however often it is tried."""
    text = "{{ a }} {{ var('b') }} {% for x in [1, 2] %}{{ c.d }}{% endfor %} {{ ref(1) }}"
    assert [(code, caret) for code, caret, _ in errors(text)] == [
        ("FS202", "a"),
        ("FS203", "'b'"),
        ("FS202", "c"),
        ("FS206", "ref(1)"),
    ]


def test_a_template_does_not_complain_without_end() -> None:
    assert len(errors("".join(f"{{{{ x{i} }}}}" for i in range(500)))) == 20


def test_all_errors_of_all_templates() -> None:
    results, found = render_many(["{{ a }}", "{{ ref('ok') }}", "{% if %}", "{{ 1 + 1 }}", "{{ b }}"])
    assert [result is None for result in results] == [True, False, True, False, True]
    assert [(d.span and d.span.file.path, d.code) for d in found] == [
        ("models/m0.sql", "FS202"),
        ("models/m2.sql", "FS201"),
        ("models/m4.sql", "FS202"),
    ]


def test_long_words_of_others_are_cut() -> None:
    _, _, said = error("{{ exceptions.raise_compiler_error('x' * 100000) }}")
    assert len(said) < 600


# --- macros


def test_an_error_in_a_macro_shows_the_macro_and_the_call() -> None:
    context = with_macros(
        "{% macro outer(x) %}\n  {{ inner(x) }}\n{% endmacro %}", "{% macro inner(x) %}{{ 1 + x }}{% endmacro %}"
    )
    _, [found] = render_many(["select {{ outer('a') }}"], context)
    assert told(found)[:2] == ("FS204", "1 + x")
    assert str(found.span) == "macros/f1.sql:1:24"
    [label] = found.labels
    assert (str(label.span), label.span.text, label.text) == ("models/m0.sql:1:11", "outer('a')", "called here")


def test_a_macro_of_the_model_itself() -> None:
    _, [found] = render_many(["{% macro m() %}{{ var('b') }}{% endmacro %}\n{{ m() }}"])
    assert told(found)[:2] == ("FS203", "'b'")
    assert [label.span.text for label in found.labels] == ["m()"]


@pytest.mark.parametrize(
    ("call", "word"), [("m(amuont)", "amuont"), ("m(var('amuont'))", "'amuont'"), ("k('amuont')", "'amuont'")]
)
def test_a_wrong_argument_is_shown_where_it_was_given(call: str, word: str) -> None:
    context = with_macros("{% macro m(x) %}{{ x }}{% endmacro %}{% macro k(x) %}{{ var(x) }}{% endmacro %}")
    _, [found] = render_many([f"{{{{ {call} }}}}"], context)
    assert (told(found)[1], found.span and found.span.file.path, found.labels) == (word, "models/m0.sql", ())


def test_two_macros_of_one_name() -> None:
    context = with_macros("{% macro a() %}{% endmacro %}", "\n{% macro b() %}{% endmacro %}{% macro a() %}{% endmacro %}")
    (result,), [found] = render_many(["{{ 1 + 1 }}"], context)
    assert result is not None
    assert (found.code, str(found.span), found.span and found.span.text) == ("FS405", "macros/f1.sql:2:39", "a")
    assert [str(label.span) for label in found.labels] == ["macros/f0.sql:1:10"]
    _, [twice] = render_many(["{{ 1 + 1 }}"], with_macros("{% macro a() %}{% endmacro %}{% macro a() %}{% endmacro %}"))
    assert (twice.code, str(twice.span)) == ("FS405", "macros/f0.sql:1:39")


@pytest.mark.parametrize("name", ["ref", "var", "target", "range", "namespace"])
def test_a_macro_cannot_take_a_name_that_templates_have(name: str) -> None:
    _, [found] = render_many(["{{ 1 + 1 }}"], with_macros(f"{{% macro {name}() %}}{{% endmacro %}}"))
    assert told(found)[:2] == ("FS110", name)


def test_a_broken_macro_file_is_one_error() -> None:
    """Models that call its macros have nothing to add; what else is wrong with them is told."""
    context = with_macros("{% macro broken(x) %}{{ x {% endmacro %}", "{% macro fine() %}ok{% endmacro %}")
    results, found = render_many(["{{ broken(1) }}", "{{ fine() }}", "{{ broken(1) }}{{ other }}"], context)
    assert [result and result.text.value for result in results] == [None, "ok", None]
    assert [(d.code, d.span and d.span.file.path) for d in found] == [("FS201", "macros/f0.sql"), ("FS202", "models/m2.sql")]


def test_a_macro_file_keeps_no_state() -> None:
    """Else the text of one model could depend on which one was rendered before it."""
    context = with_macros("{% set seen = namespace(n=0) %}{% macro m() %}{% set seen.n = seen.n + 1 %}{{ seen.n }}{% endmacro %}")
    _, [found] = render_many(["{{ 1 + 1 }}"], context)
    assert told(found)[:2] == ("FS202", "namespace")
    assert "keeps no state" in found.hints[0]
