"""Law 2: a command's help answers at once, for it loads neither a parser nor a driver."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from featsql.cli.group import COMMANDS
from tests.meta.import_graph import ROOT

HEAVY = frozenset({"duckdb", "jinja2", "numpy", "pandas", "polars", "pyarrow", "rich", "snowflake", "sqlglot", "yaml"})
GENEROUS_SECONDS = 1.5

_LOADED = """
import json, sys
from featsql.cli.main import main
code = main(sys.argv[1:])
sys.stdout.flush()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
sys.exit(code)
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True)


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)], ids=" ".join)
def test_help_loads_no_parser_and_no_driver(words: list[str]) -> None:
    done = _python("-c", _LOADED, *words)
    assert done.stdout, "help is data: it goes to stdout"
    assert sorted(HEAVY & set(json.loads(done.stderr.splitlines()[-1]))) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_examples(command: str) -> None:
    text = _python("-m", "featsql", command, "-h").stdout
    _, heading, examples = text.rpartition("Examples:")
    assert heading and examples.strip().startswith(f"featsql {command}")


def test_help_is_fast(record_property: Callable[[str, object], None]) -> None:
    """About as fast as importing click; the figures are told, since seconds belong to the machine."""
    click = min(_seconds("-c", "import click") for _ in range(3))
    help_text = min(_seconds("-m", "featsql", "--help") for _ in range(3))
    record_property("figure", f"featsql --help: {help_text:.2f} s, {help_text / click:.1f} times `import click`")
    assert help_text < GENEROUS_SECONDS


def _seconds(*arguments: str) -> float:
    started = time.perf_counter()
    _python(*arguments)
    return time.perf_counter() - started
