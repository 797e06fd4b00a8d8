"""Law 1: a module imports lower layers only; no two modules reach each other. Law 2: each fence has one gate."""

from __future__ import annotations

import ast
import fnmatch
import sys

import pytest

from tests.meta import import_graph
from tests.meta.import_graph import Import

LAYERS: tuple[tuple[str, ...], ...] = (
    ("base",),
    ("ir",),
    ("aggregates", "dialects"),
    ("front", "resolve", "checks", "plan", "emit", "materialize", "datatests"),
    ("compile", "artifacts"),
    ("engines", "stages", "state"),
    ("project", "run", "site"),
    ("documentation", "workspace"),
    ("warm",),
    ("commands", "comparing", "compiling", "equivalence", "upkeep"),
    ("api",),
    ("__init__",),
    ("cli",),
    ("__main__",),
)
"""From the ground up. What stands side by side in a layer is strangers: it meets one layer up."""

FENCES: dict[str, tuple[str, ...]] = {
    "click": ("cli.*", "cli"),
    "cryptography": ("engines.snowflake*",),
    "duckdb": ("engines.duckdb*",),
    "jinja2": ("front.jinja*",),
    "networkx": ("base.dag",),
    "pyarrow": ("engines.*", "project.*", "run.*", "api", "cli.*"),
    "rich": ("cli.*",),
    "snowflake": ("engines.snowflake*",),
    "sqlglot": ("front.*",),
    "yaml": ("front.yaml*",),
}
"""Which modules may import a foreign package."""

PURE = frozenset(part for parts in LAYERS[: LAYERS.index(("engines", "stages", "state"))] for part in parts)
"""Stages 1 to 9 and 11."""
DEEDS = frozenset({"os", "time", "random", "uuid", "secrets", "getpass", "socket", "subprocess", "tempfile", "threading"})
DEEDS_BY_DESIGN = {
    "front.jinja*": DEEDS,  # templates run in a process of their own: docs/adr/0005-templates-in-a-worker.md
    "compile.timing": frozenset({"time"}),  # seconds by stage are told, and decide nothing
}

FORBIDDEN_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle"})
FORBIDDEN_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})

GRAPH = import_graph.read()
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}


def _part(module: str) -> str:
    return module.split(".")[0]


def _matches(module: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(module, pattern) for pattern in patterns)


def _breaks_a_layer(edge: Import) -> bool:
    source, target = _part(edge.module), _part(edge.target)
    return source != target and LEVEL[target] >= LEVEL[source]


def test_every_module_has_a_layer() -> None:
    assert sorted({_part(module) for module in GRAPH.modules} ^ LEVEL.keys()) == []


def test_imports_go_down() -> None:
    assert [str(edge) for edge in GRAPH.ours if _breaks_a_layer(edge)] == []


def test_no_two_modules_reach_each_other() -> None:
    assert import_graph.cycles(GRAPH) == []


@pytest.mark.parametrize("package", FENCES)
def test_fences(package: str) -> None:
    """A foreign package is imported in its own corner and nowhere else."""
    breaches = [str(i) for i in GRAPH.foreign if i.target == package and not _matches(i.module, FENCES[package])]
    assert breaches == []


def test_every_fence_has_a_foreign_package_behind_it() -> None:
    """Each declared dependency has a fence, and each package that is imported is declared or Python's own."""
    foreign = {i.target for i in GRAPH.foreign} - sys.stdlib_module_names
    assert sorted(foreign - FENCES.keys()) == []


def test_stages_know_no_clock_and_no_machine() -> None:
    """Law 3: the same inputs give the same bytes, so nothing between text and steps may look around."""

    def is_by_design(found: Import) -> bool:
        return any(found.target in deeds for at, deeds in DEEDS_BY_DESIGN.items() if fnmatch.fnmatchcase(found.module, at))

    deeds = [i for i in GRAPH.foreign if i.target in DEEDS and _part(i.module) in PURE]
    assert [str(i) for i in deeds if not is_by_design(i)] == []


def test_nothing_can_run_text_as_python() -> None:
    breaches = [str(i) for i in GRAPH.foreign if i.target in FORBIDDEN_MODULES]
    for module, tree in GRAPH.modules.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                breaches.append(f"{module}:{node.lineno} calls {node.func.id}()")
    assert breaches == []


def test_modules_are_named_for_what_they_hold() -> None:
    assert [module for module in GRAPH.modules if FORBIDDEN_NAMES & set(module.split("."))] == []
