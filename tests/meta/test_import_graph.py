"""The reader of imports itself: what it must not miss."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.meta import import_graph
from tests.meta.import_graph import Import

_PACKAGE = {
    "__init__.py": "",
    "a/__init__.py": "from . import one",
    "a/one.py": "def later():\n    from featsql.b import two\n",
    "b/__init__.py": "",
    "b/two.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..a.one import later\n",
    "b/three.py": 'import yaml.nodes\nREGISTRY = {"x": "featsql.b.two"}\n',
}


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> import_graph.Graph:
    for name, text in _PACKAGE.items():
        path = tmp_path / "featsql" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(import_graph, "ROOT", tmp_path)
    return import_graph.read.__wrapped__()


def test_imports_are_found_wherever_they_stand(graph: import_graph.Graph) -> None:
    assert set(graph.ours) == {
        Import("a", "a.one", 1),
        Import("a.one", "b.two", 2),
        Import("b.two", "a.one", 3),
        Import("b.three", "b.two", 2),
    }
    assert Import("b.three", "yaml", 1) in graph.foreign


def test_a_cycle_through_a_function_and_a_type_is_a_cycle(graph: import_graph.Graph) -> None:
    assert import_graph.cycles(graph) == [["a.one", "b.two"]]


def test_trees_are_read_not_run(graph: import_graph.Graph) -> None:
    assert isinstance(graph.modules["b.three"], ast.Module)
