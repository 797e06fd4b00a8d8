"""A project is somebody's code: no template reaches Python, and none takes more than its share."""

from __future__ import annotations

import subprocess
import sys
from time import monotonic

import pytest

from featsql.front.jinja import Limits

from .rendering import CONTEXT, error, render_many, told, with_macros

BRISK = Limits(seconds_each=1.0, seconds_all=40.0, memory=200 << 20, output_each=100_000)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ [''] | map(attribute='__class__') | list }}",
        "{{ '{0.__class__}'.format('') }}",
        "{{ '{x.__class__}'.format_map({'x': 1}) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ joiner.__init__.__globals__.os }}",
        "{{ namespace.__init__ }}",
        "{{ ref.__globals__ }}",
        "{{ ref.__func__.__code__ }}",
        "{{ ref.__self__ }}",
        "{{ range.__wrapped__ }}",
        "{% macro m() %}{% endmacro %}{{ m._environment }}",
        "{% for x in [1] %}{{ loop._iterable }}{% endfor %}",
        "{{ self.__init__ }}",
        "{{ dict.update(target, {'name': 'prod'}) }}",
        "{{ dict.fromkeys('a') }}",
        "{{ (1).__class__ }}",
        "{{ var('names').clear() }}",
        "{{ target.update({'name': 'prod'}) }}",
    ],
)
def test_the_sandbox_holds(text: str) -> None:
    code, _, said = error(text)
    assert (code, "not allowed" in said) in {("FS204", True), ("FS202", False)}


@pytest.mark.parametrize("name", ["lipsum", "context", "environment", "os", "open", "__builtins__", "caller", "resolve"])
def test_names_that_are_not_there(name: str) -> None:
    code, _, said = error(f"{{{{ {name} }}}}")
    assert (code, f"`{name}` is not defined" in said) == ("FS202", True)


BOMBS = [
    "{{ 'x' * 10**10 }}",
    "{{ [0] * 10**10 }}",
    "{{ 10**(10**10) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>3000000000}'.format('x') }}",
    "{{ 'a' | center(10**10) }}",
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{{ i }}{% endfor %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% do ref('x' ~ i ~ j) %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(x) %}{{ m(x ~ x) }}{% endmacro %}{{ m('x' * 9999) }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "[" * 300 + "]" * 300 + " }}",
    "{{ 1" + " + 1" * 5000 + " }}",
    "{% if true %}" * 300 + "{% endif %}" * 300,
    "{% for i in [1] %}" * 40 + "{% endfor %}" * 40,
    "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
]


def test_no_template_takes_more_than_its_share() -> None:
    """Each is stopped and named, those between them are rendered, and all of it in seconds."""
    began = monotonic()
    texts = [text for i, bomb in enumerate(BOMBS) for text in (bomb, f"{{{{ {i} + 1 }}}}")]
    results, found = render_many(texts, limits=BRISK)
    assert [result and result.text.value for result in results[1::2]] == [str(i + 1) for i in range(len(BOMBS))]
    assert [(d.code, d.span and d.span.file.path) for d in found] == [
        ("FS205", f"models/m{2 * i}.sql") for i in range(len(BOMBS))
    ]
    assert monotonic() - began < 40


def test_memory_is_bounded() -> None:
    """Of the worker and of its parent, for templates that ask for gigabytes."""
    script = """
import resource
from tests.unit.jinja.rendering import render_many
from tests.unit.jinja.test_safety import BRISK
texts = [
    "{{ 'x' * 10**10 }}",
    "{% set x = range(90000) | list %}{{ (x * 90000) | length }}",
    "{% for i in range(90000) %}{{ 'x' * 90000 }}{% endfor %}",
]
_, found = render_many(texts, limits=BRISK)
assert [d.code for d in found] == ["FS205"] * 3
import re, pathlib
print(re.search("VmHWM:[^0-9]*([0-9]+)", pathlib.Path("/proc/self/status").read_text())[1])  # maxrss would count who started it
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    parent, worker = (int(kilobytes) << 10 for kilobytes in done.stdout.split())
    assert parent < 150 << 20
    assert worker < 300 << 20


def test_where_a_limit_struck() -> None:
    _, found = render_many(["a\n{{ 1 ~ ('x' * 10**10) }}", "b\n{% set x = 10**(10**10) %}\n"], limits=BRISK)
    assert [told(d)[:2] for d in found] == [("FS205", "'x' * 10**10"), ("FS205", "{% set x = 10**(10**10) %}")]


def test_output_is_bounded_for_all_models_together() -> None:
    limits = Limits(output_each=1000, output_all=2500)
    results, found = render_many(["{{ 'x' * 900 }}"] * 4, limits=limits)
    assert [result is not None for result in results] == [True, True, False, False]
    assert {d.code for d in found} == {"FS205"}


def test_time_is_bounded_for_all_models_together() -> None:
    began = monotonic()
    slow = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    results, found = render_many([slow] * 9, limits=Limits(seconds_each=1.0, seconds_all=2.5))
    assert monotonic() - began < 10
    assert set(results) == {None}
    assert {d.code for d in found} == {"FS205"}
    assert "the templates were not done after 2.5 seconds" in [d.message for d in found]


def test_a_macro_file_that_never_ends_is_named_and_left_out() -> None:
    context = with_macros("{% set x = 10**(10**10) %}{% macro m() %}{% endmacro %}", "{% macro k() %}k{% endmacro %}")
    results, [found] = render_many(["{{ m() }}", "{{ k() }}"], context, BRISK)
    assert [result and result.text.value for result in results] == [None, "k"]
    assert (found.code, str(found.span)) == ("FS205", "macros/f0.sql:1:1")


def test_templates_see_no_environment_but_the_one_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATSQL_SECRET", "hunter2")
    _, [found] = render_many(["{{ env_var('FEATSQL_SECRET') }}"])
    assert found.code == "FS006"
    assert "FEATSQL_SECRET" not in CONTEXT.env_vars
