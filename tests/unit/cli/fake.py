"""A project that is not there: it plays scenes, so that the command line can be tested by itself.

As a program it is `featsql` over the scene that $SCENE names, for tests that need a process of their own.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from featsql.base.dag import Dag
from featsql.base.diagnostics import Diagnostic, FeatsqlError, raise_errors
from featsql.base.spans import SourceFile, Span, Text
from featsql.ir.graph import FeatureGraph, ModelNode, Node, SourceNode, TableName
from featsql.ir.header import Header, Kind, ModelConfig, Name, SourceTable
from featsql.ir.model import Parsed
from featsql.ir.project import Settings, Target
from featsql.ir.query import CreateTable, CreateView, LoadSeed, NodeResult, NodeSteps, Query, RunResult
from featsql.resolve.selectors import resolve_selection, select
from featsql.run.events import Listener, NodeFinished, NodeStarted, RunFinished, RunStarted

SOURCE = SourceFile("models/churn.sql", "select\n    amuont\nfrom orders\n")
REFUSED = Diagnostic("FS702", "the warehouse found no column `amuont`", Span(SOURCE, 11, 17), hints=("did you mean `amount`?",))
WARNING = Diagnostic("FS503", "`loaded_at` is declared and not used", severity="warning")
HOSTILE = "a\x1b[31m\u202eb"

OK = NodeResult("model.shop.orders", "orders", "model", "success", 1.234, rows=12345, relations=("main.orders",))
FAILED = NodeResult("model.shop.churn", "churn", "model", "error", 0.1, REFUSED.message, diagnostics=(REFUSED,))
SKIPPED = NodeResult("model.shop.report", "report", "model", "skipped", 0.0, "`churn` failed")


@dataclass(frozen=True)
class Scene:
    """How the fake behaves: what its run gives, what opening, showing and connecting raise."""

    results: tuple[NodeResult, ...] = (OK,)
    rows: Callable[[], Any] = lambda: _rows({"customer_id": [1, 2], "spend_30d": [12.5, None]})
    warnings: tuple[Diagnostic, ...] = ()
    opening: BaseException | None = None
    running: BaseException | None = None
    connecting: BaseException | None = None
    nap: float = 0.0
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def _rows(columns: dict[str, list[object]]) -> Any:
    import pyarrow

    return pyarrow.table(columns)


def graph() -> FeatureGraph:
    orders = _model("orders", "source.shop.raw.orders")
    nodes: list[Node] = [_source(), orders, _model("churn", orders.id, folder="marts")]
    by_id = {node.id: node for node in nodes}
    dag = Dag({n.id: n.parents if isinstance(n, ModelNode) else () for n in nodes})
    return FeatureGraph("shop", {node_id: by_id[node_id] for node_id in dag.order()}, {}, dag)


def _model(name: str, *parents: str, folder: str = "") -> ModelNode:
    file = SourceFile("/".join(part for part in ("models", folder, f"{name}.sql") if part), "")
    header = Header(Kind.MODEL, ModelConfig(), Span(file, 0, 0), description="What was ordered.", tags=("daily",))
    parsed = Parsed(name, Text(""), (), None)
    return ModelNode(f"model.shop.{name}", name, header, file, parsed, TableName("main", name), (), parents)


def _source() -> SourceNode:
    name = Name("orders", Span(SourceFile("models/sources.yml", ""), 0, 0))
    return SourceNode("source.shop.raw.orders", SourceTable("raw", name, "raw", "orders"), None)


def project_class(scene: Scene) -> type:
    """A `featsql.api.Project` that plays the scene."""

    class Project:
        def __init__(self, root: str, **options: Any) -> None:
            scene.calls.append(("open", {"root": root, **options}))
            if scene.opening:
                raise scene.opening
            self.root = Path(root)
            self.settings = Settings(SourceFile("featsql.yml", ""), "shop", "shop")
            secrets = {"path": "target/x.duckdb?token=hush", "password": "hush"}
            self.target = Target("dev", "shop", "duckdb", "main", config=secrets)
            self.warnings = scene.warnings
            self.graph = graph()

        def select(
            self,
            select: Sequence[str] = (),
            exclude: Sequence[str] = (),
            selector: str | None = None,
            allow_empty: bool = False,
            state: str | None = None,
            include_sources: bool = False,
        ) -> tuple[str, ...]:
            if include_sources:
                found = resolve_selection(self.graph, select, exclude)
                raise_errors(() if allow_empty else found.unmatched)
                return tuple(n for n in self.graph.nodes if n in found.nodes)
            chosen = _built(self.graph, select, exclude, allow_empty)
            return tuple(n for n in self.graph.nodes if n in chosen)

        def run(self, listener: Listener, **options: Any) -> RunResult:
            return self._play("run", listener, options)

        def seed(self, listener: Listener, **options: Any) -> RunResult:
            return self._play("seed", listener, options)

        def build(self, listener: Listener, **options: Any) -> RunResult:
            return self._play("build", listener, options)

        def _play(self, verb: str, listener: Listener, options: dict[str, Any]) -> RunResult:
            scene.calls.append((verb, options))
            total = len(scene.results)
            listener(RunStarted(verb, "0badcafe", total, "dev", "DuckDB 2.0.0, target/x.duckdb"))
            for index, result in enumerate(scene.results, 1):
                listener(NodeStarted(index, total, result.name, f"table main.{result.name}"))
                time.sleep(scene.nap)
                listener(NodeFinished(index, total, f"table main.{result.name}", result))
            if scene.running:
                raise scene.running
            outcome = RunResult(scene.results, 3.2, "0badcafe")
            listener(RunFinished(outcome))
            return outcome

        def plan_run(self, command: str, **options: Any) -> tuple[NodeSteps, ...]:
            scene.calls.append(("plan_run", {"command": command, **options}))
            query = Query((Text("select 1"),), "duckdb")
            table, view = TableName("main", "churn"), TableName("main", "spend")
            load = LoadSeed(TableName("main", "carriers"), "/data/carriers.csv", ())
            make = (CreateTable(table, query), CreateView(view, query))
            return (
                NodeSteps("seed.shop.carriers", "carriers", "seed", "seed main.carriers", (load,), ()),
                NodeSteps("model.shop.churn", "churn", "model", "table main.churn", make, ()),
            )

        def compile(self, nodes: Sequence[str] | None = None, *, as_of: str | None = None, tell: Any = None) -> Any:
            if tell:
                tell(self.warnings)
            folder = Path("target/compiled/duckdb")
            folder.mkdir(parents=True, exist_ok=True)
            files = {}
            for node in self.graph.nodes.values():
                if node.kind != "source" and (nodes is None or node.id in nodes):
                    files[node.name] = folder.absolute() / f"{node.name}.sql"
                    files[node.name].write_text(f"select '{node.name}'\n")
            return SimpleNamespace(files=files)

        def show(self, node: str | None = None, **options: Any) -> Any:
            scene.calls.append(("show", {"node": node, **options}))
            rows = scene.rows()
            return rows if options["limit"] is None else rows.slice(0, options["limit"])

        def retrieve(self, spine: Path, **options: Any) -> Any:
            scene.calls.append(("retrieve", {"spine": spine, **options}))
            return scene.rows()

        def stage(self, stage: str, node: str) -> str:
            return f"{stage} of {node}"

        def check_connection(self) -> str:
            if scene.connecting:
                raise scene.connecting
            return "DuckDB 2.0.0"

        def clean(self) -> tuple[Path, ...]:
            return (Path("target"),)

    return Project


def _built(graph: FeatureGraph, selects: Sequence[str], excludes: Sequence[str], allow_empty: bool) -> frozenset[str]:
    return select(graph, selects, excludes, allow_empty=allow_empty)


@contextmanager
def playing(scene: Scene) -> Iterator[Scene]:
    """While it lasts, `featsql.api` is the fake."""
    real = sys.modules.get("featsql.api")
    api: Any = ModuleType("featsql.api")
    api.Project = project_class(scene)
    api.STAGES = {"header": "the header, typed", "plan": "the point-in-time plan"}
    sys.modules["featsql.api"] = api
    try:
        yield scene
    finally:
        del sys.modules["featsql.api"]
        if real:
            sys.modules["featsql.api"] = real


SCENES = {
    "well": Scene(),
    "failing": Scene((OK, FAILED, SKIPPED), warnings=(WARNING,)),
    "slow": Scene(nap=30),
    "lively": Scene((OK, FAILED), nap=0.3),
    "hostile": Scene(
        (replace(OK, name=HOSTILE), replace(SKIPPED, message=HOSTILE)), rows=lambda: _rows({HOSTILE: [HOSTILE, None]})
    ),
    "many": Scene(rows=lambda: _rows({"n": list(range(200_000))})),
    "wide": Scene(rows=lambda: _rows({f"feature_{i}": [i, None] for i in range(30)})),
    "held": Scene(opening=FeatsqlError(Diagnostic("FS703", "process 42 writes to `target/x.duckdb`"))),
    "bug": Scene(opening=ZeroDivisionError("division by zero")),
}

if __name__ == "__main__":
    from featsql.cli.main import entry

    with playing(SCENES[os.environ["SCENE"]]):
        entry()
