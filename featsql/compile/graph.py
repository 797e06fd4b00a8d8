"""Stages 4 and 5: the feature graph, with columns and types, checked; and where each column comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from featsql.base.diagnostics import Diagnostic, nearest, raise_errors
from featsql.base.spans import Span
from featsql.checks import check_graph
from featsql.compile.timing import Clock, Timings
from featsql.datatests.collect import collect, generic_kinds
from featsql.front.columns import type_model
from featsql.front.reaches import reaches
from featsql.front.sql import canonical_type
from featsql.front.tracing import trace_model
from featsql.front.translation import translate
from featsql.ir.graph import (
    FeatureGraph,
    Node,
    SeedNode,
    SourceNode,
    SqlNode,
    TableName,
)
from featsql.ir.header import (
    ColumnDoc,
    FeatureViewConfig,
    Kind,
    ModelPatch,
    Name,
    TrainingSetConfig,
)
from featsql.ir.lineage import Lineage
from featsql.ir.model import Column, Parsed, Template
from featsql.ir.project import CompileInputs, ParsedProject
from featsql.ir.reach import ModelReach
from featsql.plan.strategies import STRATEGIES
from featsql.resolve.lineage import asked_beside, columns_read, connect
from featsql.resolve.names import NameTable, model_id, resolve_names
from featsql.resolve.nodes import NodeBuilder, Place, one_relation_each
from featsql.resolve.patches import patch_of, with_patches


@dataclass(frozen=True, slots=True)
class Built:
    """The feature graph, what it warns of, and what the columns of its models can reach, by node id."""

    graph: FeatureGraph
    warnings: tuple[Diagnostic, ...]
    reaches: Mapping[str, ModelReach]


def build_graph(
    project: ParsedProject,
    inputs: CompileInputs,
    timings: Timings | None = None,
    ahead: Callable[[FeatureGraph], None] | None = None,
) -> Built:
    """Stages 4 and 5. Raises every name that is wrong, then everything else that is.

    `ahead` is given the graph before it is checked.
    """
    timed = Clock(timings)
    patched, findings = with_patches(project)
    names, found = resolve_names(patched)
    findings += found
    raise_errors(findings)
    assert names is not None, "without errors there is a name table"
    timed.lap("names")
    builder = _GraphBuilder(patched, names, inputs, findings)
    nodes = builder.nodes()
    raise_errors(findings)
    timed.lap("columns")
    graph = FeatureGraph(names.project, nodes, {e.name.text: e for e in names.entities.values()}, names.dag)
    if ahead:
        ahead(graph)
    reached = reaches(graph)
    findings += check_graph(graph, reached)
    findings += collect(graph, generic_kinds(patched.files.macros)).findings
    raise_errors(findings)
    timed.lap("checks")
    return Built(graph, tuple(findings), reached)


def build_part(
    project: ParsedProject, inputs: CompileInputs, known: Mapping[str, tuple[Column, ...] | None], reached: Sequence[str]
) -> Built:
    """Stage 4 of a part of a graph: of models that it reads and does not hold, `known` tells the columns, by name in lower case.

    Raises what is wrong, and is not checked. Reaches are those of the nodes `reached`, by id.
    """
    patched, findings = with_patches(project)
    names, found = resolve_names(patched)
    findings += found
    raise_errors(findings)
    assert names is not None, "without errors there is a name table"
    nodes = _GraphBuilder(patched, names, inputs, findings, known).nodes()
    raise_errors(findings)
    graph = FeatureGraph(names.project, nodes, {e.name.text: e for e in names.entities.values()}, names.dag)
    return Built(graph, tuple(findings), reaches(graph, reached))


def trace_graph(graph: FeatureGraph) -> Lineage:
    """Where each column of the graph comes from."""
    nodes = [node for node in graph.nodes.values() if isinstance(node, SqlNode)]
    reads = columns_read(graph, nodes)
    traces = {node.id: trace_model(node.parsed, reads[node.id], asked_beside(node)) for node in nodes}
    return connect(graph, traces)


@dataclass(slots=True)
class _GraphBuilder:
    project: ParsedProject
    names: NameTable
    inputs: CompileInputs
    found: list[Diagnostic]
    known: Mapping[str, tuple[Column, ...] | None] = field(default_factory=dict)

    def nodes(self) -> dict[str, Node]:
        place = Place(self.inputs.schema, self.inputs.database, self.inputs.dialect)
        builder = NodeBuilder(self.names, place, self.found, {})
        by_id = {model_id(self.names.project, t): (t, p) for t, p in self.names.models.values()}
        sources = {f"source.{self.names.project}.{s.id}": s for s in self.names.sources.values()}
        seeds = {self.names.node_id(f"ref:{name}"): file for name, file in self.names.seeds.items()}
        nodes: dict[str, Node] = {}
        for node_id in self.names.dag.order():
            if node_id in sources:
                nodes[node_id] = self._source(node_id)
            elif node_id in seeds:
                nodes[node_id] = self._seed(node_id)
            else:
                node = self._model(builder, *by_id[node_id], nodes)
                if node:
                    nodes[node_id] = node
        self.found.extend(one_relation_each(nodes.values()))
        return nodes

    def _source(self, node_id: str) -> SourceNode:
        table = self.names.sources[node_id.split(".", 2)[2].lower()]
        declared = self._declared(table.columns)
        return SourceNode(node_id, table, self.inputs.catalog.get(node_id) or declared)

    def _declared(self, docs: Sequence[ColumnDoc]) -> tuple[Column, ...] | None:
        """The columns as declared, when each has a type: a list with gaps in it may have gaps between its entries too."""
        if not docs or any(doc.type is None for doc in docs):
            return None
        return tuple(Column(doc.name.text, self._type(doc.type)) for doc in docs if doc.type)

    def _type(self, written: Name) -> str | None:
        found = canonical_type(written.text, self.project.files.settings.dialect)
        if found is None:
            self.found.append(Diagnostic("FS106", f"`{written}` is not a type", written.span))
        return found

    def _seed(self, node_id: str) -> SeedNode:
        name = node_id.rpartition(".")[2]
        patch = patch_of([p for d in self.project.declarations for p in d.seeds], name)
        file = self.names.seeds[name.lower()]
        types = {doc.name.text.lower(): self._type(doc.type) for doc in (patch.columns if patch else ()) if doc.type}
        columns = tuple(Column(c.name, types.get(c.name.lower(), c.type)) for c in self.inputs.catalog.get(node_id, ()))
        relation = TableName(self.inputs.schema, name, self.inputs.database)
        if patch:
            self._check_columns(patch, columns)
        said = patch or ModelPatch(Name(name, Span(file, 0, 0)))
        return SeedNode(node_id, name, file, relation, columns, said.description, said.tests, said.columns)

    def _check_columns(self, patch: ModelPatch, columns: tuple[Column, ...]) -> None:
        known = [c.name for c in columns]
        for doc in patch.columns:
            if columns and doc.name.text.lower() not in [k.lower() for k in known]:
                message = f"`{patch.name}` has no column `{doc.name}`"
                self.found.append(Diagnostic("FS404", message, doc.name.span, hints=nearest(doc.name.text, known)))

    def _model(self, builder: NodeBuilder, template: Template, parsed: Parsed, nodes: Mapping[str, Node]) -> Node | None:
        if template.name.lower() in self.known:
            return builder.known(template, parsed, self.known[template.name.lower()])
        inputs = self._inputs(parsed, nodes)
        written = template.header.dialect.text if template.header.dialect else self.project.files.settings.dialect
        describe = self.inputs.describe if written == self.project.files.settings.dialect else None
        typed, found = type_model(parsed, inputs, describe)
        self.found.extend(found)
        if parsed.again:
            parsed = replace(parsed, again=self._again(parsed.again, {**inputs, f"ref:{template.name}": typed.columns}))
        parsed, typed = translate(parsed, typed, self.inputs.dialect, self.found)
        self._check_strategy(template)
        match template.header.kind:
            case Kind.FEATURE_VIEW:
                return builder.feature_view(template, parsed, typed)
            case Kind.TRAINING_SET:
                return builder.training_set(template, parsed, typed)
            case Kind.SNAPSHOT:
                return builder.snapshot(template, parsed, typed)
            case _:
                return builder.model(template, parsed, typed)

    def _inputs(self, parsed: Parsed, nodes: Mapping[str, Node]) -> dict[str, tuple[Column, ...] | None]:
        """The columns of what a model reads, by marker."""
        inputs: dict[str, tuple[Column, ...] | None] = {}
        for read in parsed.all_reads:
            if read.kind != "table":
                node = nodes.get(self.names.node_id(read.marker))
                inputs[read.marker] = node.columns if node else None
        return inputs

    def _again(self, again: Parsed, inputs: Mapping[str, tuple[Column, ...] | None]) -> Parsed:
        """The model as it is when its table is there. What reads that gets its columns from the model itself."""
        typed, found = type_model(again, inputs)
        self.found.extend(found)
        return translate(again, typed, self.inputs.dialect, self.found)[0]

    def _check_strategy(self, template: Template) -> None:
        config = template.header.config
        pinned = config.strategy if isinstance(config, FeatureViewConfig | TrainingSetConfig) else None
        if pinned and pinned.text not in STRATEGIES:
            hints = nearest(pinned.text, STRATEGIES) or (f"strategies: {', '.join(STRATEGIES)}",)
            self.found.append(Diagnostic("FS106", f"there is no strategy `{pinned}`", pinned.span, hints=hints))
