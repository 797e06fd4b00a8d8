"""The reference is complete: pages drawn from code are up to date, tables written by hand list every key."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass

import pytest

from featsql.base.lengths import UNITS_US
from featsql.cli import exits
from featsql.front.configs import COMMON_KEYS, KIND_KEYS
from featsql.front.connections import CONNECTION_TYPES
from featsql.front.testspecs import CONFIG_KEYS
from featsql.front.unittests import KEYS as TEST_KEYS
from featsql.ir import explanation
from featsql.ir.header import Kind
from featsql.ir.statistics import Statistics
from featsql.plan.strategies import STRATEGIES
from tests.meta.generate import PAGES
from tests.meta.import_graph import ROOT

REFERENCE = ROOT / "docs" / "reference"
EXPLAINED = [kind for kind in vars(explanation).values() if is_dataclass(kind) and kind is not Statistics]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_drawn_from_code_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run `python -m tests.meta.generate`"


def _section(page: str, heading: str) -> str:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has a section `{heading}`"
    return found[1]


def _rows(page: str, heading: str) -> list[str]:
    """The first cell of each row that begins with a word in backticks: its words."""
    rows = re.findall(r"^\| (`[^|]*) \|", _section(page, heading), re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def test_every_common_header_key_is_explained() -> None:
    assert sorted(_rows("header.md", "Every kind")) == sorted(COMMON_KEYS)


@pytest.mark.parametrize("kind", KIND_KEYS)
def test_every_header_key_of_a_kind_is_explained(kind: Kind) -> None:
    assert sorted(_rows("header.md", kind)) == sorted(KIND_KEYS[kind])


def test_every_key_of_a_tests_config_is_explained() -> None:
    assert sorted(_rows("tests.md", "How failures are judged")) == sorted(CONFIG_KEYS)


def test_every_key_of_a_unit_test_is_explained() -> None:
    assert sorted(_rows("unit-tests.md", "Keys")) == sorted({*TEST_KEYS, "model"})


@pytest.mark.parametrize("name", CONNECTION_TYPES)
def test_every_connection_key_is_explained(name: str) -> None:
    assert sorted(_rows("profiles.md", name)) == sorted(CONNECTION_TYPES[name].forms)


def test_every_unit_is_explained() -> None:
    assert _rows("windows.md", "Durations") == list(UNITS_US)


def test_every_exit_code_is_explained() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper()}
    assert sorted(map(int, _rows("exit-codes.md", "Codes"))) == sorted(codes)


@pytest.mark.parametrize("kind", [Statistics, *EXPLAINED], ids=lambda kind: kind.__name__)
def test_every_field_of_an_explanation_is_explained(kind: type) -> None:
    assert sorted(_rows("explain.md", kind.__name__)) == sorted(field.name for field in fields(kind))


def test_every_strategy_is_shown_at_work() -> None:
    """The guide has a section for each, with a picture."""
    page = (ROOT / "docs" / "guide" / "plans.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL))
    assert sorted(sections) == sorted(STRATEGIES)
    assert [name for name, text in sections.items() if "```text\n" not in text] == []
