"""How a node is computed: told from the compiler alone, or with what the warehouse counts and takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.compile import Compiler
from featsql.engines.base import Engine
from featsql.ir.explanation import Basis, ExplainedLookup, Explanation, Measured
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.ir.plan import PointInTime
from featsql.ir.query import Query
from featsql.plan.explain import Use, explained_parts, explained_relations
from featsql.plan.rewrite import NOBODY_COUNTED
from featsql.run.asking import answered, ask
from featsql.stages import find_node


@dataclass(frozen=True, slots=True)
class Planned:
    """What was asked for, and the plan that computes it."""

    name: str
    node: FeatureViewNode | TrainingSetNode
    plan: PointInTime
    query: Query
    uses: tuple[Use, ...]


def explain(compiler: Compiler, name: str) -> Explanation:
    """How the training set, feature view or `VIEW__online` of that name is computed, by what the last run counted."""
    planned = _planned(compiler, name)
    if not _goes_by_amounts(compiler, planned):
        return _explained(compiler, planned, "never_counted")
    return _explained(compiler, planned, "counted_before" if planned.node.id in compiler.amounts else "not_counted")


def analyze(engine: Engine, compiler: Compiler, name: str) -> Explanation:
    """The same by what is counted now, and with what each relation takes. Nothing that others see is written."""
    planned = _planned(compiler, name)
    basis: Basis = "never_counted"
    if isinstance(planned.node, TrainingSetNode) and _goes_by_amounts(compiler, planned):
        compiler.counted(planned.node, ask(engine, compiler.counting(planned.node), compiler).to_pylist())
        basis = "counted"
        planned = _planned(compiler, name)
    tables = [(table, compiler.with_views_inside(query)) for table, query in compiler.apart(planned.node, planned.plan)]
    return _with(_explained(compiler, planned, basis), answered(lambda: engine.measure(tables)))


def _goes_by_amounts(compiler: Compiler, planned: Planned) -> bool:
    return isinstance(planned.node, TrainingSetNode) and compiler.goes_by_amounts(planned.node)


def _planned(compiler: Compiler, name: str) -> Planned:
    """FS401 for what is not there, FS008 for what has no plan."""
    graph = compiler.graph
    wanted = name.removesuffix("__online")
    is_online = wanted != name and all(node.name != name for node in graph.nodes.values())
    node = find_node(graph, wanted if is_online else name)
    if not isinstance(node, FeatureViewNode | TrainingSetNode):
        message = f"`{name}` is a {node.kind}, and only feature views and training sets have a plan"
        hints = ("`featsql ls -s kind:feature_view kind:training_set` lists them",)
        raise FeatsqlError(Diagnostic("FS008", message, hints=hints))
    plans, queries = compiler.plans(node), compiler.queries(node)
    if isinstance(node, TrainingSetNode):
        uses = tuple(Use(graph.view(use.view), use.prefix) for use in node.bound)
    else:
        uses = (Use(node),)
    if is_online and queries.online is None:
        hint = f"`featsql explain {wanted}` tells what there is"
        if isinstance(node, FeatureViewNode):
            hint = "say `online: true` in its header"
        raise FeatsqlError(Diagnostic("FS008", f"`{wanted}` has no online table", hints=(hint,)))
    query = queries.online if is_online else queries.main
    assert query
    return Planned(name, node, plans[1] if is_online else plans[0], query, uses)


def _explained(compiler: Compiler, planned: Planned, basis: Basis) -> Explanation:
    amounts = compiler.amounts.get(planned.node.id, NOBODY_COUNTED)
    return Explanation(
        node=planned.name,
        relation=planned.plan.relation,
        basis=basis,
        parts=explained_parts(planned.plan, planned.uses, amounts, compiler.inputs.dialect),
        relations=explained_relations(planned.plan, amounts, compiler.inputs.dialect),
        sql=planned.query.sql,
    )


def _with(explanation: Explanation, found: tuple[Measured, ...]) -> Explanation:
    """Measures by relation, added up for lookups and for the whole."""
    relations = tuple(replace(r, measured=m) for r, m in zip(explanation.relations, found, strict=True))
    by_name = {r.name: m for r, m in zip(explanation.relations, found, strict=True)}
    parts = tuple(
        replace(part, lookups=tuple(_lookup_with(lookup, by_name) for lookup in part.lookups)) for part in explanation.parts
    )
    total = Measured(found[-1].rows, sum(measured.seconds for measured in found))
    return replace(explanation, parts=parts, relations=relations, measured=total)


def _lookup_with(lookup: ExplainedLookup, measures: dict[str, Measured]) -> ExplainedLookup:
    seconds = sum(measures[name].seconds for name in lookup.relations)
    return replace(lookup, measured=Measured(measures[lookup.name].rows, seconds))
