"""Words that are no command, and the help that says which are."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from featsql.cli.group import COMMANDS, LATER, spread_values

from .conftest import ROOT, Featsql

HEAVY = ("sqlglot", "jinja2", "duckdb", "networkx", "pyarrow", "yaml", "rich", "snowflake")


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_help_ends_with_an_example(featsql: Featsql, command: str, flag: str) -> None:
    said = featsql(f"{command} {flag}")
    assert said.code == 0 and said.err == ""
    before, examples = said.out.split("Examples:\n")
    assert before.startswith(f"Usage: featsql {command}".rstrip())
    assert re.match(rf" +featsql {command}".rstrip(), examples)
    assert all(len(line) <= 100 for line in said.out.splitlines())


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_loads_neither_a_parser_nor_a_driver(command: str | None) -> None:
    words = [command, "--help"] if command else ["--help"]
    script = f"import sys; from featsql.cli.main import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "click" in loaded and loaded.isdisjoint(HEAVY)


def test_the_bare_command_shows_the_help(featsql: Featsql) -> None:
    said = featsql("")
    assert said.code == 0 and said.out == featsql("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in said.out] == []


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_command_that_is_still_to_come_says_so(featsql: Featsql, name: str) -> None:
    said = featsql(f"{name} something --like-this")
    assert said.code == 2 and said.out == ""
    assert said.err == f"error[FS009]: `featsql {name}` is not available in this version\n\n"


@pytest.mark.parametrize(
    "words, message, hint",
    [
        ("rnu", "`rnu` is not a command of featsql", "did you mean `run`?"),
        ("xyzzy", "`xyzzy` is not a command of featsql", "`featsql --help` lists the commands"),
        ("run --full-refrsh", "there is no option `--full-refrsh`", "did you mean `--full-refresh`?"),
        ("run --threads 0", "the option `--threads`: 0 is not in the range x>=1", "`featsql run --help` shows what it takes"),
        ("run -s", "the option `-s` needs a value", ""),
        ("init", "the argument `NAME` is missing", "`featsql init --help` shows what it takes"),
        ("ls -o xml", "the option `-o` / `--output`: `xml` is not one of", ""),
        ("debug a b c", "got unexpected extra argument (c)", ""),
        ("ls --defer", "`--defer` is not available in this version", ""),
        ("show", "`show` needs something to show", "`--inline SQL`"),
        ("show churn -s orders", "`show` shows one thing at a time", "`--inline SQL`"),
        ("show --limit -2 churn", "the option `--limit`: -2 is not in the range", ""),
        ("debug plann churn", "`plann` is not a stage of the compiler", "did you mean `plan`?"),
        ("debug plan", "`debug plan` needs a node", "`featsql ls` lists the nodes"),
    ],
)
def test_wrong_words_are_an_error_with_a_way_out(featsql: Featsql, words: str, message: str, hint: str) -> None:
    said = featsql(words)
    assert said.code == 2 and said.out == ""
    assert re.match(r"error\[FS00[89]\]: ", said.err) and message in said.err
    assert hint in said.err and "Usage:" not in said.err


@pytest.mark.parametrize(
    "words, meaning",
    [
        ("-s a b -x", "-s a -s b -x"),
        ("-s a -s b c", "-s a -s b -s c"),
        ("--exclude a b -s c", "--exclude a --exclude b -s c"),
        ("-s +a 2+b @c tag:d", "-s +a -s 2+b -s @c -s tag:d"),
        ("-x a b", "-x a b"),
        ("-s a -- b c", "-s a -- b c"),
        ("-s=a b", "-s=a b"),
    ],
)
def test_a_greedy_option_takes_every_word_up_to_the_next_option(words: str, meaning: str) -> None:
    assert spread_values(words.split(), {"-s", "--exclude"}) == meaning.split()


def test_version(featsql: Featsql) -> None:
    said = featsql("--version")
    assert said.code == 0 and said.out.startswith("featsql ")
