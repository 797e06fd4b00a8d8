"""A project over a sample of its sources, in a DuckDB of its own, where models are computed anew for each world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from featsql.base.spans import SourceFile, Text
from featsql.base.sqltypes import is_time
from featsql.compile import Compiler
from featsql.dialects import DIALECTS, Dialect
from featsql.dialects.duckdb import DUCKDB
from featsql.emit.binding import bind
from featsql.engines.duckdb_sandbox import Sandbox
from featsql.ir.graph import FeatureGraph, ModelNode, Node, SeedNode, SnapshotNode, SourceNode, TableName
from featsql.ir.query import Query
from featsql.run.suites.base import Bench
from featsql.run.suites.clocks import Clock
from featsql.run.suites.worlds import Sampled, World, may_be_unique, select_world, unique_query

if TYPE_CHECKING:
    import pyarrow

SAMPLE_ROWS: Final = 50_000
"""Of one source, at most."""
_READ: Final = '"source:_"'


@dataclass(slots=True)
class Laboratory:
    """`graph` is the project's, its sources and seeds replaced by tables of the sandbox, its models tables there."""

    sandbox: Sandbox
    graph: FeatureGraph
    compiler: Compiler
    sources: Mapping[str, Sampled]
    models: tuple[ModelNode, ...]
    """Those that the tested nodes read, in order."""
    _stand: dict[str, TableName] = field(default_factory=dict)
    _queries: dict[str, Query] = field(default_factory=dict)

    def enter(self, world: World, t_us: int, seed: int, *, sees_now: bool) -> None:
        """From now on sources and models are those of this world."""
        for node_id, source in self.sources.items():
            select = select_world(source, world, t_us, seed, sees_now=sees_now)
            self.sandbox.keep(self._stand[node_id], select)
        for model in self.models:
            self.sandbox.keep(model.relation, self.query_of(model))

    def query_of(self, model: ModelNode) -> Query:
        if model.id not in self._queries:
            query = self.compiler.queries(model).main
            assert query
            self._queries[model.id] = self.compiler.with_views_inside(query)
        return self._queries[model.id]

    def at(self, as_of_us: int) -> Compiler:
        """A compiler whose online tables are of this time."""
        return self.compiler.at(as_of_us)


def equip(bench: Bench, sandbox: Sandbox, clocks: Mapping[str, Clock], nodes: Iterable[Node], graph: FeatureGraph) -> Laboratory:
    """Sample what the nodes read, directly or not. `graph` is in DuckDB's dialect. EngineError where a source cannot be read."""
    wanted = _upstream(graph, nodes)
    sampler = _Sampler(bench, graph, clocks)
    between = sampler.between([n for i in wanted if isinstance(n := graph.nodes[i], SourceNode)])
    changed: dict[str, Node] = dict(graph.nodes)
    sampled: dict[str, Sampled] = {}
    stand: dict[str, TableName] = {}
    for number, node_id in enumerate(wanted):
        node = graph.nodes[node_id]
        name = TableName("world", f"t{number}")
        match node:
            case SourceNode():
                rows = TableName("sample", f"t{number}")
                sandbox.load(rows, sampler.sample(node, between))
                sampled[node_id] = _sampled(sandbox, clocks.get(node_id), rows)
                stand[node_id] = name
                table = replace(node.table, path=None, database=None, schema=name.schema, identifier=name.name)
                changed[node_id] = replace(node, table=table, columns=node.columns)
            case SeedNode():
                sandbox.load(name, bench.engine().query(_select(bench.compiler, node)))
                changed[node_id] = replace(node, relation=name, file=SourceFile("sampled", ""))
            case SnapshotNode():
                # a history is taken as it is: what its source would have said at other times, nobody knows
                sandbox.load(name, bench.engine().query(_select(bench.compiler, node)))
                changed[node_id] = SeedNode(node_id, node.name, SourceFile("sampled", ""), name, node.columns or ())
            case ModelNode() if node.config.materialized != "ephemeral":
                changed[node_id] = replace(node, relation=name, config=replace(node.config, materialized="table"))
    seen = replace(graph, nodes=changed)
    inputs = replace(bench.compiler.inputs, dialect="duckdb", database=None, schema="main")
    compiler = Compiler(seen, inputs, bench.compiler.root)
    models = tuple(n for i in wanted if isinstance(n := changed[i], ModelNode) and n.config.materialized == "table")
    return Laboratory(sandbox, seen, compiler, sampled, models, stand)


def _sampled(sandbox: Sandbox, clock: Clock | None, rows: TableName) -> Sampled:
    columns = sandbox.columns(bind(Text.generated(f"select * from {DUCKDB.table(rows)}"), {}, "duckdb"))
    asked = unique_query(rows, columns)
    told = [column[0].as_py() for column in sandbox.query(asked).columns] if asked else []
    candidates = [c.name for c in columns if may_be_unique(c)]
    return Sampled(clock, rows, columns, frozenset(name for name, is_one in zip(candidates, told, strict=True) if is_one))


def _select(compiler: Compiler, node: Node, rest: str = "", items: str = "*") -> Query:
    kind = "source" if isinstance(node, SourceNode) else "ref"
    text = Text.generated(f"select {items} from {_READ} {rest}")
    return bind(text, {"source:_": compiler.binding(kind, node.name)}, compiler.inputs.dialect)


@dataclass(frozen=True, slots=True)
class _Sampler:
    """All rows of small sources; of large ones those of one stretch of time, the same for all, so that joins still meet."""

    bench: Bench
    graph: FeatureGraph
    clocks: Mapping[str, Clock]

    def between(self, sources: Sequence[SourceNode]) -> tuple[str, str] | None:
        """The stretch of event time in the middle of the largest source, None when all are small."""
        counted = [(self._count(s), s.id, s) for s in sources if self._event(s)]
        most, _, source = max(counted, default=(0, "", None))
        if source is None or most <= SAMPLE_ROWS:
            return None
        event = self._quoted(self._event(source) or "")
        skipped = (most - SAMPLE_ROWS) // 2
        rest = f"where {event} is not null order by {event} limit {SAMPLE_ROWS} offset {skipped}"
        inner = _select(self.bench.compiler, source, rest, event)
        ends = f"select cast(min({event}) as varchar), cast(max({event}) as varchar) from ("
        query = replace(inner, parts=(Text.generated(ends), *inner.parts, Text.generated(") as stretch")))
        low, high = (column[0].as_py() for column in self.bench.engine().query(query).columns)
        return (low, high) if low and high else None

    def sample(self, source: SourceNode, between: tuple[str, str] | None) -> pyarrow.Table:
        event = self._event(source)
        where = ""
        if between and event:
            low, high = (f"cast({self._dialect.literal(value)} as {self._type(source, event)})" for value in between)
            where = f"where {self._quoted(event)} between {low} and {high}"
        return self.bench.engine().query(_select(self.bench.compiler, source, f"{where} limit {4 * SAMPLE_ROWS}"))

    def _count(self, source: SourceNode) -> int:
        found = self.bench.engine().query(_select(self.bench.compiler, source, items="count(*)"))
        return int(found.column(0)[0].as_py())

    def _event(self, source: SourceNode) -> str | None:
        clock = self.clocks.get(source.id)
        return clock.event if clock else None

    def _type(self, source: SourceNode, name: str) -> str:
        found = next((c.type for c in source.columns or () if c.name == name and c.type and is_time(c.type)), None)
        return found or "timestamp"

    @property
    def _dialect(self) -> Dialect:
        return DIALECTS[self.bench.compiler.inputs.dialect]

    def _quoted(self, name: str) -> str:
        return self._dialect.quote(name)


def _upstream(graph: FeatureGraph, nodes: Iterable[Node]) -> tuple[str, ...]:
    """Everything that the nodes read, and the views that a training set looks up, in the order of the graph."""
    found: set[str] = set()
    for node in nodes:
        found |= graph.dag.ancestors(node.id)
    return tuple(i for i in graph.nodes if i in found)
