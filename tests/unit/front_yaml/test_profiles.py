"""`profiles.yml`: targets, values from the environment, and secrets that stay where they are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from featsql.base.diagnostics import FeatsqlError
from featsql.base.pretty import render_all
from featsql.base.spans import SourceFile
from featsql.front.profiles import read_target
from featsql.ir.project import Target

from .reading import Told, told

TWO = """\
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: target/shop.duckdb, threads: 2}
    prod:
      type: snowflake
      account: "{{ env_var('ACCOUNT') }}"
      user: ann
      password: "{{ env_var('PASSWORD') }}"
      database: ANALYTICS
      schema: "{{ env_var('SCHEMA', 'MARTS') }}"
      threads: "{{ env_var('THREADS', '8') }}"
      client_session_keep_alive: "{{ env_var('ALIVE', 'True') }}"
      query_tag: "shop-{{ env_var('STAGE', 'prod') | trim }}"
"""


def target(text: str, name: str | None = None, env: Mapping[str, str] | None = None) -> Target:
    return read_target(SourceFile("profiles.yml", text), "shop", name, env or {})


def findings(text: str, name: str | None = None) -> list[Told]:
    with pytest.raises(FeatsqlError) as caught:
        target(text, name)
    return [told(finding) for finding in caught.value.diagnostics]


def duckdb(keys: str) -> str:
    return f"shop: {{outputs: {{dev: {{type: duckdb, path: a.duckdb, {keys}}}}}}}"


# --- what is read


def test_the_default_target() -> None:
    read = target(TWO)
    assert (read.name, read.profile, read.type, read.schema, read.database) == ("dev", "shop", "duckdb", "main", None)
    assert (read.threads, read.config, read.problems) == (2, {"path": "target/shop.duckdb"}, ())


def test_a_target_by_name_with_values_of_the_environment() -> None:
    read = target(TWO, "prod", {"ACCOUNT": "abc", "PASSWORD": "s3cret", "THREADS": "4", "STAGE": " eu "})
    assert (read.schema, read.database, read.threads) == ("MARTS", "ANALYTICS", 4)
    assert read.config == {
        "account": "abc",
        "user": "ann",
        "password": "s3cret",
        "client_session_keep_alive": True,
        "query_tag": "shop-eu",
    }
    assert read.problems == ()
    assert "s3cret" not in repr(read)


def test_compiling_needs_no_variables() -> None:
    """A variable that is not set is a problem of whoever connects, not of `compile`."""
    read = target(TWO, "prod")
    assert (read.type, read.schema, read.threads) == ("snowflake", "MARTS", 8)
    assert [told(problem)[:2] for problem in read.problems] == [("FS006", "7:16"), ("FS006", "9:17")]
    assert "`ACCOUNT` is not set" in read.problems[0].message


def test_empty_values_count_as_left_out() -> None:
    read = target(TWO, "prod", {"ACCOUNT": "", "PASSWORD": "x"})
    assert [(p.code, p.message) for p in read.problems] == [("FS105", "target `prod` needs `account`")]


def test_the_only_output_is_the_default() -> None:
    assert target("shop: {outputs: {here: {type: duckdb, path: a.duckdb}}}").name == "here"


def test_the_default_may_come_from_the_environment() -> None:
    text = TWO.replace("target: dev", "target: \"{{ env_var('TARGET', 'dev') }}\"")
    assert (target(text).name, target(text, env={"TARGET": "prod"}).name) == ("dev", "prod")


def test_other_targets_and_profiles_are_not_looked_at() -> None:
    text = TWO + "    old: {type: postgres, host: x}\nother: 3\nconfig: {send_anonymous_usage_stats: false}\n"
    assert target(text).name == "dev"


def test_settings_of_duckdb() -> None:
    read = target(duckdb("settings: {TimeZone: UTC, memory_limit: '2GB', preserve_insertion_order: false}, read_only: true"))
    assert read.config["settings"] == {"TimeZone": "UTC", "memory_limit": "2GB", "preserve_insertion_order": False}
    assert (read.config["read_only"], read.threads) == (True, 1)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("{{ env_var('N') | int }}", 7),
        ("{{ env_var('N') | as_number }}", 7),
        ('{{env_var("N")}}', 7),
        ("{{- env_var( 'N' , '3' ) -}}", 7),
        ("{{ env_var('M', '3') | trim | int }}", 3),
    ],
)
def test_numbers_of_the_environment(tag: str, value: int) -> None:
    quoted = tag.replace("'", "''")
    assert target(duckdb(f"threads: '{quoted}'"), env={"N": "7"}).threads == value


def test_truth_values_of_the_environment() -> None:
    assert target(duckdb("read_only: \"{{ env_var('R') | as_bool }}\""), env={"R": "True"}).config["read_only"] is True
    assert target(duckdb("read_only: \"{{ env_var('R') }}\""), env={"R": "false"}).config["read_only"] is False


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert target(duckdb("memory_limit: \"{{ env_var('N') }}\""), env={"N": "007"}).config["memory_limit"] == "007"


def test_what_a_value_holds_is_not_read_again() -> None:
    """The environment is data: a tag in it is not a tag."""
    env = {"N": "{{ env_var('SECRET') }}", "SECRET": "x"}
    assert target(duckdb("memory_limit: \"{{ env_var('N') }}\""), env=env).config["memory_limit"] == "{{ env_var('SECRET') }}"


def test_the_database_of_a_file() -> None:
    assert target("shop: {outputs: {dev: {type: duckdb, path: x/a.duckdb, database: a}}}").problems == ()
    [problem] = target("shop: {outputs: {dev: {type: duckdb, path: x/a.duckdb, database: b}}}").problems
    assert (problem.code, "names the database of this file `a`" in problem.message) == ("FS106", True)


# --- what is wrong


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("", "FS004", "", "`profiles.yml` is empty"),
        ("- a", "FS104", "1:1", "is a mapping, not a list"),
        ("shpo: {}", "FS005", "", "did you mean `shpo`?"),
        ("shop: 3", "FS104", "1:7", "profile `shop` is a mapping"),
        ("shop: {target: dev}", "FS105", "1:7", "needs `outputs`"),
        ("shop: {outputs: {a: {}, b: {}}}", "FS105", "1:7", "add `target: a`, or name one with -t"),
        ("shop: {target: dve, outputs: {dev: {}}}", "FS005", "1:16", "did you mean `dev`?"),
        ("shop: {target: 3, outputs: {dev: {}}}", "FS104", "1:16", "`target` is text"),
        ("shop: {targt: dev, outputs: {dev: {type: duckdb, path: a}}}", "FS102", "1:8", "did you mean `target`?"),
        ("shop: {outputs: {dev: {path: a}}}", "FS105", "1:23", "needs `type`"),
        ("shop: {outputs: {dev: {type: duckdv}}}", "FS004", "1:30", "did you mean `duckdb`?"),
        ("shop: {outputs: {dev: {type: postgres}}}", "FS004", "1:30", "types: duckdb, snowflake"),
        ("shop: {outputs: {dev: {type: \"{{ env_var('X') }}\"}}}", "FS006", "1:30", "`X` is not set"),
        ("shop: {target: \"{{ env_var('X') }}\", outputs: {dev: {}}}", "FS006", "1:16", "`X` is not set"),
        (duckdb("threds: 2"), "FS102", "1:54", "did you mean `threads`?"),
        (duckdb("threads: 0"), "FS106", "1:63", "from 1 to"),
        (duckdb("threads: '2'"), "FS104", "1:63", "write it without quotes"),
        (duckdb("read_only: yes"), "FS104", "1:65", "write `true`"),
        (duckdb("settings: [a]"), "FS104", "1:64", "`settings` is a mapping"),
        (duckdb("settings: {a: [1]}"), "FS104", "1:65", "setting `a`"),
        (duckdb("attach: [{path: x}]"), "FS009", "1:54", "not available in this version"),
        (duckdb("schema: a, schema: b"), "FS103", "1:65", "given twice"),
        (duckdb("schema: {{ env_var('X') }}"), "FS101", "", "profiles.yml:1:62: `{{` begins a mapping"),
        (duckdb("schema: \"{{ env_vr('X') }}\""), "FS004", "1:62", "there is no `env_vr`"),
        (duckdb('schema: "{{ target.name }}"'), "FS004", "1:62", "not a call of `env_var`"),
        (duckdb('schema: "{{ env_var(X) }}"'), "FS004", "1:62", "not a call of `env_var`"),
        (duckdb("schema: \"{{ env_var('X') | uper }}\""), "FS004", "1:62", "there is no filter `uper`"),
        (duckdb("schema: \"{{ env_var('X', 'a') | int }}\""), "FS004", "1:62", "what `X` holds is not for the filter `int`"),
        (duckdb('schema: "{% set x = 1 %}"'), "FS004", "1:62", "not a tag"),
        (duckdb("schema: \"{{ env_var('X')\""), "FS004", "1:62", "not a tag"),
    ],
)
def test_what_is_wrong(text: str, code: str, place: str, said: str) -> None:
    [(found_code, found_place, found_said)] = findings(text)
    assert (found_code, found_place) == (code, place)
    assert said in found_said


def test_a_target_that_is_asked_for_and_not_there() -> None:
    [(code, _, said)] = findings(TWO, "prd")
    assert (code, "did you mean `prod`?" in said) == ("FS005", True)


@pytest.mark.parametrize(
    ("keys", "needed"),
    [
        ("account: a, database: d, user: u", []),
        ("account: a, database: d, authenticator: oauth, token: x", []),
        ("account: a, database: d", ["user"]),
        ("user: u", ["account", "database"]),
    ],
)
def test_what_snowflake_needs_to_connect(keys: str, needed: list[str]) -> None:
    read = target(f"shop: {{outputs: {{dev: {{type: snowflake, {keys}}}}}}}")
    assert [problem.message for problem in read.problems] == [f"target `dev` needs `{key}`" for key in needed]
    assert read.schema == "PUBLIC"


def test_a_key_is_given_once() -> None:
    text = "shop: {outputs: {dev: {type: snowflake, account: a, database: d, user: u, private_key: x, private_key_path: y}}}"
    [problem] = target(text).problems
    assert (problem.code, problem.message) == ("FS106", "`private_key` and `private_key_path` cannot stand together")


# --- secrets


@pytest.mark.parametrize(
    "keys",
    [
        "password: hunter2, accont: a",
        "passwrd: hunter2",
        "password: [hunter2]",
        "password: {hunter2: x}",
        "passwrd: {hunter2: x}",
        "password: hunter2, password: hunter2",
        "password hunter2",
        "password:hunter2",
        "password: !hunter2",
        "password: !hunter2!x y",
        "password: *hunter2",
        "password: &hunter2 x",
        "password: 'hunter2",
        'password: "hunter2\\q"',
        "password: hunter2: x",
        "password: {{ env_var('P', 'hunter2') }}",
        "password: \"{{ env_var('P', 'hunter2') | uper }}\"",
        "password: \"{{ hunter2('P') }} {% x %}\"",
        "token: \"{{ env_var('UNSET') }}hunter2\", threads: none",
        "oauth_client_secret: hunter2, threads: x",
        "private_key_passphrase: hunter2, private_key: hunter2, private_key_path: x, nokey: 1",
    ],
)
def test_no_finding_shows_a_secret(keys: str) -> None:
    text = f"shop: # was hunter2\n  outputs:\n    dev: {{type: snowflake, {keys}}}  # hunter2\n"
    with pytest.raises(FeatsqlError) as caught:
        target(text)
    said = render_all(caught.value.diagnostics) + str(caught.value)
    assert "hunter2" not in said
    assert "profiles.yml:3" in said


def test_no_problem_shows_a_secret() -> None:
    text = "shop: {outputs: {dev: {type: snowflake, password: hunter2, token: \"hunter2{{ env_var('T') }}\"}}}"
    said = render_all(target(text).problems)
    assert "FS006" in said
    assert "hunter2" not in said


def test_what_is_no_secret_is_shown_with_its_caret() -> None:
    with pytest.raises(FeatsqlError) as caught:
        target("shop:\n  outputs:\n    dev:\n      type: duckdv\n      path: a\n")
    assert "4 |       type: duckdv\n  |             ^^^^^^" in render_all(caught.value.diagnostics)
