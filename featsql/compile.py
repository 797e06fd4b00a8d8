"""The chain of stages put together: from a project's files to a feature graph, and from a node of it to its queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, TypeGuard

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest, raise_errors
from featsql.base.spans import SourceFile, Span, Text
from featsql.base.sqltypes import is_time
from featsql.checks import check_graph
from featsql.datatests.collect import collect, generic_kinds
from featsql.dialects import DIALECTS
from featsql.emit.binding import Binding, bind
from featsql.emit.relations import write_query
from featsql.front.columns import type_model
from featsql.front.declarations import read_declarations
from featsql.front.features import parse_feature_view
from featsql.front.header import read_template
from featsql.front.jinja import Rendering, render_all
from featsql.front.reaches import reaches
from featsql.front.sql import canonical_type, parse_model, read_sql
from featsql.front.tracing import trace_model
from featsql.front.translation import translate
from featsql.ir.graph import (
    BoundView,
    FeatureGraph,
    FeatureViewNode,
    ModelNode,
    Node,
    SeedNode,
    SourceNode,
    SqlNode,
    TableName,
    TrainingSetNode,
)
from featsql.ir.header import (
    ColumnDoc,
    Declarations,
    FeatureRef,
    FeatureViewConfig,
    Header,
    Kind,
    ModelConfig,
    ModelPatch,
    Name,
)
from featsql.ir.lineage import Lineage
from featsql.ir.model import Column, MacroFile, Parsed, Read, Rendered, Template, TemplateContext
from featsql.ir.plan import PointInTime
from featsql.ir.project import CompileInputs, ParsedProject, ProjectFiles
from featsql.ir.query import NodeQueries, Query, Reference
from featsql.ir.relational import Relation
from featsql.ir.statistics import Statistics
from featsql.plan.apart import taken_apart
from featsql.plan.counting import counting, read_statistics
from featsql.plan.lower import lower_history, lower_online, lower_training_set
from featsql.plan.names import OURS
from featsql.plan.rewrite import NOBODY_COUNTED, rewrite
from featsql.plan.strategies import STRATEGIES
from featsql.resolve.lineage import asked_beside, columns_read, connect
from featsql.resolve.names import NameTable, model_id, resolve_names
from featsql.resolve.nodes import NodeBuilder, Place, not_a_time, one_relation_each
from featsql.resolve.nodes import bind as bind_view
from featsql.resolve.patches import patch_of, with_patches

Timings = dict[str, float]
"""Seconds by stage, in the order in which stages ran."""


@dataclass(frozen=True, slots=True)
class RenderedProject:
    """Stages 1 and 2 of every file. `rendered[i]` belongs to `templates[i]`."""

    files: ProjectFiles
    templates: tuple[Template, ...]
    rendered: tuple[Rendered, ...]
    declarations: tuple[Declarations, ...]


def read_project(
    files: ProjectFiles, context: TemplateContext, timings: Timings | None = None
) -> tuple[RenderedProject, ParsedProject]:
    """Stages 1 to 3 of every file. Raises all errors of stage 1 at once, then all of stage 2, then all of stage 3."""
    timed = _Clock(timings)
    findings: list[Diagnostic] = []
    read = [read_template(file, files.settings, findings) for file in files.models]
    declarations = tuple(read_declarations(file, findings) for file in files.declarations)
    raise_errors(findings)
    templates = tuple(template for template in read if template)
    timed.lap("headers")
    macros = tuple(MacroFile(file) for file in files.macros)
    with Rendering(templates, replace(context, macros=macros)) as rendering:
        timed.lap("templates")
        # SQL is read while the worker is at the other templates
        parsed = [_parsed(t, r, files, findings) for t, r in zip(templates, rendering.ready, strict=True)]
        for number, late in rendering.late():
            parsed[number] = _parsed(templates[number], late, files, findings)
        rendered, problems = rendering.finish()
    raise_errors(problems)
    raise_errors(dict.fromkeys(findings))
    timed.lap("sql")
    project = RenderedProject(files, templates, tuple(r for r in rendered if r), declarations)
    return project, _collected(project, parsed)


def parse_project(project: RenderedProject) -> ParsedProject:
    """Stage 3 of every model, anew: typing leaves its marks on the trees."""
    findings: list[Diagnostic] = []
    pairs = zip(project.templates, project.rendered, strict=True)
    parsed = [_parsed(template, rendered, project.files, findings) for template, rendered in pairs]
    raise_errors(findings)
    return _collected(project, parsed)


def _collected(project: RenderedProject, parsed: Sequence[Parsed | None]) -> ParsedProject:
    return ParsedProject(project.files, project.templates, tuple(p for p in parsed if p), project.declarations, ())


def _parsed(template: Template, rendered: Rendered | None, files: ProjectFiles, findings: list[Diagnostic]) -> Parsed | None:
    """Stage 3 of one model; None for one that is not rendered, or is wrong."""
    if rendered is None:
        return None
    try:
        return _parse(template, rendered, files.settings.dialect)
    except FeatsqlError as error:
        findings.extend(error.diagnostics)
        return None


def _parse(template: Template, rendered: Rendered, dialect: str) -> Parsed:
    header = template.header
    source = read_sql(rendered, header.dialect.text if header.dialect else dialect)
    if isinstance(header.config, FeatureViewConfig):
        return parse_feature_view(source, header.config.windows)
    return parse_model(source)


def build_graph(
    project: ParsedProject, inputs: CompileInputs, timings: Timings | None = None
) -> tuple[FeatureGraph, tuple[Diagnostic, ...]]:
    """Stage 4: the feature graph and its warnings. Raises every name that is wrong, then everything else that is."""
    timed = _Clock(timings)
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
    findings += check_graph(graph, reaches(graph))
    findings += collect(graph, generic_kinds(patched.files.macros)).findings
    raise_errors(findings)
    timed.lap("checks")
    return graph, tuple(findings)


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
        inputs: dict[str, tuple[Column, ...] | None] = {}
        for read in parsed.reads:
            if read.kind != "table":
                node = nodes.get(self.names.node_id(read.marker))
                inputs[read.marker] = node.columns if node else None
        written = template.header.dialect.text if template.header.dialect else self.project.files.settings.dialect
        describe = self.inputs.describe if written == self.project.files.settings.dialect else None
        typed, found = type_model(parsed, inputs, describe)
        self.found.extend(found)
        parsed, typed = translate(parsed, typed, self.inputs.dialect, self.found)
        self._check_strategy(template)
        match template.header.kind:
            case Kind.FEATURE_VIEW:
                return builder.feature_view(template, parsed, typed)
            case Kind.TRAINING_SET:
                return builder.training_set(template, parsed, typed)
            case _:
                return builder.model(template, parsed, typed)

    def _check_strategy(self, template: Template) -> None:
        pinned = getattr(template.header.config, "strategy", None)
        if pinned and pinned.text not in STRATEGIES:
            hints = nearest(pinned.text, STRATEGIES) or (f"strategies: {', '.join(STRATEGIES)}",)
            self.found.append(Diagnostic("FS106", f"there is no strategy `{pinned}`", pinned.span, hints=hints))


@dataclass(slots=True)
class Compiler:
    """Stages 6 to 8 for the nodes of one graph. `root` is where the paths of sources start."""

    graph: FeatureGraph
    inputs: CompileInputs
    root: str
    amounts: dict[str, dict[str, Statistics]] = field(default_factory=dict)
    """What has been counted of training sets: by node, then by part of its plan. Nothing: the robust plan."""
    _by_name: dict[str, Node] = field(init=False)
    _queries: dict[str, NodeQueries] = field(init=False)
    _done: dict[str, Query] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {node.name.lower(): node for node in self.graph.nodes.values() if node.kind != "source"}
        self._queries = {}
        self._done = {}

    def queries(self, node: Node) -> NodeQueries:
        """Stages 6 to 8, once a node."""
        if node.id not in self._queries:
            self._queries[node.id] = self._compile(node)
        return self._queries[node.id]

    def _compile(self, node: Node) -> NodeQueries:
        match node:
            case ModelNode():
                return NodeQueries(self._model(node))
            case TrainingSetNode():
                plan = self.plans(node)[0]
                relations = rewrite(plan, self.amounts.get(node.id, NOBODY_COUNTED), self._cheap(plan), self.inputs.dialect)
                return NodeQueries(self.written(relations, node, *self._views(plan)))
            case FeatureViewNode():
                main, *online = (self.query(plan, node) for plan in self.plans(node))
                return NodeQueries(main, online[0] if online else None)
            case SeedNode() | SourceNode():
                return NodeQueries()

    def plans(self, node: Node) -> tuple[PointInTime, ...]:
        """Stage 6: a training set has one plan, a feature view one for its history and one for its online table."""
        match node:
            case TrainingSetNode():
                strategy = node.config.strategy.text if node.config.strategy else None
                bound = [(use, self._view(use.view)) for use in node.bound]
                spine = (node.parsed.text, node.spine_columns, node.spine_timestamp.text)
                return (lower_training_set(*spine, bound, strategy),)
            case FeatureViewNode():
                history = lower_history(node)
                return (history, lower_online(node, self.inputs.as_of_us)) if node.config.online else (history,)
            case _:
                return ()

    def query(self, plan: PointInTime, *readers: Node, more: Mapping[str, Binding] | None = None) -> Query:
        """Stages 7 and 8. `readers` are the nodes whose SQL the plan holds, beside those of its views."""
        relations = rewrite(plan, cheap=self._cheap(plan), dialect=self.inputs.dialect)
        return self.written(relations, *readers, *self._views(plan), more=more)

    def goes_by_amounts(self, node: TrainingSetNode) -> bool:
        """Does the plan depend on them? Latest rows alone are looked up in one way."""
        return any(part.windows for part in self.plans(node)[0].parts)

    def counting(self, node: TrainingSetNode) -> Query:
        """The query whose rows `counted` takes."""
        plan = self.plans(node)[0]
        return self.written(counting(plan), node, *self._views(plan))

    def counted(self, node: TrainingSetNode, rows: Iterable[Mapping[str, Any]]) -> None:
        """From now on the node's plan goes by these amounts."""
        self.amounts[node.id] = read_statistics(self.plans(node)[0], rows)
        self._queries.pop(node.id, None)

    def apart(self, node: Node, plan: PointInTime) -> tuple[tuple[str, Query], ...]:
        """Each relation of a plan of the node's as a query of its own, and the table that is to hold its rows for the next."""
        relations = taken_apart(rewrite(plan, self.amounts.get(node.id, NOBODY_COUNTED), dialect=self.inputs.dialect))
        return tuple((table, self.written((relation,), node, *self._views(plan))) for table, relation in relations)

    def _cheap(self, plan: PointInTime) -> frozenset[str]:
        """The views that do no more than read a table: reading it twice costs less than keeping what was read."""
        return frozenset(
            view.name for view in self._views(plan) if view.sql.is_plain and all(map(self._is_table, view.parsed.reads))
        )

    def _is_table(self, read: Read) -> bool:
        if read.kind == "source":
            source = self.graph.nodes[self._source_id(read.target)]
            return isinstance(source, SourceNode) and not source.table.path
        node = self._by_name.get(read.target.lower()) if read.kind == "ref" else None
        return isinstance(node, SeedNode) or (isinstance(node, ModelNode) and node.config.materialized == "table")

    def _views(self, plan: PointInTime) -> tuple[FeatureViewNode, ...]:
        return tuple(self._view(part.rows.view) for part in plan.parts)

    def written(self, relations: Sequence[Relation], *readers: Node, more: Mapping[str, Binding] | None = None) -> Query:
        """Stage 8. `readers` are the nodes whose SQL the relations hold. Raises FS409."""
        raise_errors(self._captured({r.name.lower() for r in relations}, readers))
        bindings = {marker: bound for node in readers for marker, bound in self._bindings(node)}
        return bind(self.text(relations), {**bindings, **(more or {})}, self.inputs.dialect)

    def text(self, relations: Sequence[Relation]) -> Text:
        return write_query(relations, DIALECTS[self.inputs.dialect], OURS)

    def inline(self, parsed: Parsed) -> Query:
        """A query that is no node."""
        known = {f"ref:{name}" for name in self._by_name} | {f"source:{n.name.lower()}" for n in self.graph.nodes.values()}
        unknown = [read for read in parsed.reads if read.kind != "table" and read.marker.lower() not in known]
        raise_errors(Diagnostic("FS401", f"there is no node `{read.target}`", read.span) for read in unknown)
        bindings = {read.marker: self.binding(read.kind, read.target) for read in parsed.reads if read.kind != "table"}
        return bind(parsed.text, bindings, self.inputs.dialect)

    def with_views_inside(self, query: Query) -> Query:
        """The query with the project's views in place of their names, as subqueries: none of them has to be there."""
        parts: list[Text | Reference] = []
        views = {node.relation: node for node in self.graph.nodes.values() if _is_view(node)}
        for part in query.parts:
            node = views.get(part.table) if isinstance(part, Reference) else None
            inner = self.queries(node).main if node else None
            if inner is None:
                parts.append(part)
            else:
                parts += [Text.generated("(\n"), *self.with_views_inside(inner).parts, Text.generated("\n)")]
        return Query(tuple(parts), query.dialect)

    def retrieval(
        self, frame: str, columns: tuple[Column, ...], timestamp: str, refs: Sequence[FeatureRef]
    ) -> tuple[PointInTime, Query]:
        """A training set whose spine is the table `frame`. Raises FS008, FS404, FS411 and the like."""
        findings: list[Diagnostic] = []
        views = {n.name.lower(): n for n in self._by_name.values() if isinstance(n, FeatureViewNode)}
        for ref in refs:
            if ref.view.text.lower() not in views:
                names = [view.name for view in views.values()]
                hints = nearest(ref.view.text, names) or ((f"feature views: {', '.join(names)}",) if names else ())
                findings.append(Diagnostic("FS401", f"there is no feature view `{ref.view}`", hints=hints))
        bound = [found for ref in refs if (found := bind_view(ref, views, columns, None, findings))]
        findings += [
            not_a_time(c.name, c.type) for c in columns if c.name.lower() == timestamp.lower() and c.type and not is_time(c.type)
        ]
        findings += _clashes(columns, bound)
        raise_errors(replace(d, span=None, labels=()) for d in findings)
        used = [(use, views[use.view.lower()]) for use in bound]
        spine = Text.generated(f"select * from {DIALECTS[self.inputs.dialect].quote(frame)}")
        plan = lower_training_set(spine, columns, timestamp, used, None)
        return plan, self.query(plan)

    def _captured(self, names: set[str], readers: Iterable[Node]) -> Iterator[Diagnostic]:
        """Tables read past the graph that a relation of ours, of the same name, would take the place of."""
        for node in readers:
            if not isinstance(node, ModelNode | FeatureViewNode | TrainingSetNode):
                continue
            for read in node.parsed.reads:
                if read.kind == "table" and read.target.strip('"').lower() in names:
                    message = f"`{read.target}` is also a name in the SQL that featsql writes here"
                    yield Diagnostic("FS409", message, read.span, hints=("declare it as a source, and read it by `source`",))
            upstream = (self.graph.nodes[parent] for parent in node.parents)
            yield from self._captured(names, (p for p in upstream if isinstance(p, ModelNode) and _is_ephemeral(p)))

    def _model(self, node: ModelNode) -> Query:
        if node.id not in self._done:
            self._done[node.id] = bind(node.parsed.text, dict(self._bindings(node)), self.inputs.dialect)
        return self._done[node.id]

    def _view(self, name: str) -> FeatureViewNode:
        node = self._by_name[name.lower()]
        assert isinstance(node, FeatureViewNode)
        return node

    def _bindings(self, node: Node) -> Iterator[tuple[str, Binding]]:
        if isinstance(node, ModelNode | FeatureViewNode | TrainingSetNode):
            for read in node.parsed.reads:
                if read.kind != "table":
                    yield read.marker, self.binding(read.kind, read.target)

    def binding(self, kind: str, target: str) -> Binding:
        dialect = DIALECTS[self.inputs.dialect]
        if kind == "source":
            source = self.graph.nodes[self._source_id(target)]
            assert isinstance(source, SourceNode)
            table = source.table
            if table.path and dialect.file_scan:
                return Text.generated(dialect.file_scan(absolute(table.path, self.root)))
            name = TableName(table.schema, table.identifier, table.database or None)
            return Reference(name, Text.generated(dialect.table(name)))
        node = self._by_name[target.lower()]
        if isinstance(node, ModelNode) and _is_ephemeral(node):
            return self._model(node)
        assert not isinstance(node, SourceNode)
        return Reference(node.relation, Text.generated(dialect.table(node.relation)))

    def _source_id(self, target: str) -> str:
        exact = f"source.{self.graph.project}.{target}"
        if exact in self.graph.nodes:
            return exact
        return next(node_id for node_id in self.graph.nodes if node_id.lower() == exact.lower())


def _is_ephemeral(node: ModelNode) -> bool:
    return node.config.materialized == "ephemeral"


def _is_view(node: Node) -> TypeGuard[ModelNode | FeatureViewNode]:
    return isinstance(node, FeatureViewNode) or (isinstance(node, ModelNode) and node.config.materialized == "view")


def parse_inline(sql: str, project: RenderedProject, context: TemplateContext) -> Parsed:
    """A query given on the command line: templated and read as a model, part of no graph."""
    file = SourceFile("--inline", sql)
    span = Span(file, 0, 0)
    template = Template("inline", Header(Kind.MODEL, ModelConfig(), span), file, 0)
    macros = tuple(MacroFile(file) for file in project.files.macros)
    rendered, problems = render_all((template,), replace(context, macros=macros))
    raise_errors(problems)
    assert rendered[0]
    return parse_model(read_sql(rendered[0], project.files.settings.dialect))


def absolute(path: str, root: str) -> str:
    """A source's path as the warehouse reads it: relative ones start at the project."""
    is_absolute = path.startswith("/") or path[1:3] in (":/", ":\\") or "://" in path
    return path if is_absolute else f"{root}/{path}"


def _clashes(columns: tuple[Column, ...], bound: Sequence[BoundView]) -> Iterator[Diagnostic]:
    seen = {c.name.lower() for c in columns}
    for use in bound:
        for name in (use.prefix + feature for feature in use.features):
            if name.lower() in seen:
                yield Diagnostic("FS311", f"two columns are named `{name}`", hints=("rename the spine's column",))
            seen.add(name.lower())


class _Clock:
    def __init__(self, timings: Timings | None) -> None:
        self.timings = timings
        self.at = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        if self.timings is not None:
            self.timings[stage] = self.timings.get(stage, 0.0) + now - self.at
        self.at = now
