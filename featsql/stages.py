"""Any stage of any node, as text: where a wrong answer first becomes wrong."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.spans import SourceFile, Span, Text
from featsql.compile import Compiler, RenderedProject
from featsql.ir.graph import FeatureGraph, Node, SourceNode
from featsql.materialize.steps import steps_of
from featsql.plan.rewrite import rewrite


def find_node(graph: FeatureGraph, name: str) -> Node:
    """The node of that name. FS401 with the nearest one."""
    names = {node.name: node for node in graph.nodes.values()}
    if name in names:
        return names[name]
    raise FeatsqlError(Diagnostic("FS401", f"there is no node `{name}`", hints=nearest(name, names)))


def show_stage(stage: str, name: str, project: RenderedProject, graph: FeatureGraph, compiler: Compiler) -> str:
    node = find_node(graph, name)
    if stage == "graph":
        return shown(node)
    if stage == "steps":
        return shown(steps_of(node, compiler.queries(node), compiler.root).steps)
    if isinstance(node, SourceNode):
        raise FeatsqlError(Diagnostic("FS008", f"`{name}` is a source: it has only the stage `graph`"))
    at = next((i for i, t in enumerate(project.templates) if t.name == name), None)
    if at is None:
        raise FeatsqlError(Diagnostic("FS008", f"`{name}` is a seed: it has the stages `graph` and `steps`"))
    template, rendered = project.templates[at], project.rendered[at]
    match stage:
        case "header":
            return shown(template.header)
        case "template":
            return template.file.text[template.body_start :]
        case "rendered":
            return rendered.text.value
        case "parsed":
            parsed = getattr(node, "parsed", None)
            return shown((parsed.reads, parsed.view) if parsed else None)
        case "plan":
            return "\n\n".join(shown(plan) for plan in compiler.plans(node)) or "a plain model has no plan of its own"
        case "relations":
            return (
                "\n\n".join(shown(rewrite(plan, dialect=compiler.inputs.dialect)) for plan in compiler.plans(node))
                or "a plain model is one relation"
            )
        case "sql":
            made = compiler.queries(node)
            return "\n;\n\n".join(query.sql for query in (made.main, made.online, made.backfill, made.changes) if query)
    raise FeatsqlError(Diagnostic("FS008", f"there is no stage `{stage}`"))


def shown(thing: object, indent: str = "") -> str:
    """Data as an indented outline: names and values, places as `file:line:column`."""
    deeper = indent + "  "
    match thing:
        case Text():
            return repr(thing.value)
        case Span():
            return str(thing)
        case SourceFile():
            return thing.path
        case tuple() | list():
            if not thing:
                return "()"
            return "".join(f"\n{indent}- {shown(item, deeper)}" for item in thing)
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            if not fields(thing):
                return type(thing).__name__
            lines = [
                f"\n{deeper}{f.name}: {shown(value, deeper)}"
                for f in fields(thing)
                if f.repr and (value := getattr(thing, f.name)) not in (None, (), "")
            ]
            return type(thing).__name__ + "".join(lines)
    return str(thing) if not isinstance(thing, str) else thing
