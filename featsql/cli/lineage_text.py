"""What `featsql lineage` prints: a tree for people; JSON, mermaid and dot for programs and pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from featsql.artifacts import edge_json, row_edge_json
from featsql.base.dag import Dag
from featsql.cli.harmless import one_line
from featsql.cli.paragraphs import bold, dim
from featsql.ir.graph import FeatureGraph
from featsql.ir.lineage import ROWS, ColumnId, Edge, Lineage

_LONGEST: Final = 90


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a column, or a whole node where there is none; `up` and `down` say which ways to go."""

    node: str
    column: str | None
    up: bool
    down: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One line between two names, with what is said of it."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    graph: FeatureGraph
    lineage: Lineage
    asked: Asked

    def name(self, column: ColumnId) -> str:
        node = self.graph.nodes.get(column.node)
        return f"{node.name if node else column.node}.{column.column}"

    @property
    def title(self) -> str:
        node = self.graph.nodes[self.asked.node]
        return f"{node.name}.{self.asked.column}" if self.asked.column else node.name

    def edges(self) -> tuple[Edge, ...]:
        """Of a column: every edge on a way into it or out of it."""
        start = ColumnId(self.asked.node, self.asked.column or ROWS)
        up = self.lineage.upstream(start) if self.asked.up else ()
        return (*up, *(self.lineage.downstream(start) if self.asked.down else ()))

    def node_links(self) -> tuple[Link, ...]:
        dag = self.graph.dag
        up = list(_links(self.asked.node, dag.parents, "up")) if self.asked.up else []
        down = list(_links(self.asked.node, dag.children, "down")) if self.asked.down else []
        return tuple(dict.fromkeys((*up, *down)))

    def links(self) -> tuple[Link, ...]:
        """Between names as a user writes them."""
        if self.asked.column is None:
            names = {node_id: node.name for node_id, node in self.graph.nodes.items()}
            return tuple(Link(names[link.source], names[link.target]) for link in self.node_links())
        return tuple(Link(self.name(e.source), self.name(e.target), shortened(e)) for e in self.edges())


def as_tree(drawing: Drawing) -> Iterator[str]:
    """Lines: what it comes from, then what it goes into. What was told above is not told again."""
    node = drawing.graph.nodes[drawing.asked.node]
    yield f"{bold(one_line(drawing.title))}  {dim(node.kind.replace('_', ' '))}"
    if drawing.asked.up:
        yield dim("from")
        yield from _branches(drawing, "up") if drawing.asked.column else _node_branches(drawing, "up")
        yield from _rows(drawing) if drawing.asked.column is None else ()
    if drawing.asked.down:
        yield dim("into")
        yield from _branches(drawing, "down") if drawing.asked.column else _node_branches(drawing, "down")


def as_json(drawing: Drawing) -> str:
    asked = drawing.asked
    content: dict[str, object] = {"node": asked.node, "column": asked.column}
    if asked.column is None:
        content["edges"] = [{"source": link.source, "target": link.target} for link in drawing.node_links()]
    else:
        content["edges"] = [edge_json(edge) for edge in drawing.edges()]
        content["origins"] = [
            {"node": o.node, "column": o.column} for o in drawing.lineage.origins(ColumnId(asked.node, asked.column)) if asked.up
        ]
    content["rows"] = [row_edge_json(edge) for edge in drawing.lineage.rows if edge.target == asked.node and asked.up]
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_mermaid(drawing: Drawing) -> str:
    links = drawing.links()
    numbers = _numbers(drawing, links)
    lines = ["flowchart LR", *(f'  n{number}["{_entities(name)}"]' for name, number in numbers.items())]
    for link in links:
        label = f'|"{_entities(link.label)}"|' if link.label else ""
        lines.append(f"  n{numbers[link.source]} -->{label} n{numbers[link.target]}")
    lines.append(f"  style n{numbers[drawing.title]} stroke-width:3px")
    return "\n".join(lines)


def as_dot(drawing: Drawing) -> str:
    links = drawing.links()
    lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];", f"  {_quoted(drawing.title)} [penwidth=2];"]
    for link in links:
        label = f" [label={_quoted(link.label)}]" if link.label else ""
        lines.append(f"  {_quoted(link.source)} -> {_quoted(link.target)}{label};")
    return "\n".join([*lines, "}"])


def shortened(edge: Edge) -> str:
    """The expression on one line; nothing for a column that is handed on as it is."""
    if edge.how == "copy" and not edge.expression.startswith("as of "):
        return ""
    words = " ".join(edge.expression.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


def _branches(drawing: Drawing, way: str) -> Iterator[str]:
    assert drawing.asked.column is not None
    lineage = drawing.lineage
    seen: set[ColumnId] = set()
    waiting: list[tuple[int, Edge]] = []

    def spread(column: ColumnId, depth: int) -> None:
        edges = lineage.inputs(column) if way == "up" else lineage.uses(column)
        waiting.extend((depth, edge) for edge in reversed(edges))

    spread(ColumnId(drawing.asked.node, drawing.asked.column), 1)
    if not waiting:
        yield "  " + dim("nothing")
    while waiting:
        depth, edge = waiting.pop()
        column = edge.source if way == "up" else edge.target
        again = column in seen and bool(lineage.inputs(column) if way == "up" else lineage.uses(column))
        yield _edge_line(drawing, edge, column, depth) + (dim("  (as above)") if again else "")
        if column not in seen:
            seen.add(column)
            spread(column, depth + 1)


def _edge_line(drawing: Drawing, edge: Edge, column: ColumnId, depth: int) -> str:
    name = drawing.name(column)
    if column.column == ROWS:
        name = f"rows of {name.removesuffix('.' + ROWS)}"
    said = [f"{edge.how}:" if edge.how in ("aggregate", "condition") else "", shortened(edge)]
    place = str(edge.steps[0].span) if edge.steps and edge.steps[0].span else ""
    tail = "  ".join(part for part in (" ".join(filter(None, said)), place) if part)
    return "  " * depth + one_line(name) + (dim("  " + one_line(tail)) if tail else "")


def _rows(drawing: Drawing) -> Iterator[str]:
    """What decides which rows the asked node has."""
    said: dict[str, list[str]] = {}
    for edge in drawing.lineage.rows:
        if edge.target == drawing.asked.node:
            roles = said.setdefault(drawing.name(edge.source), [])
            if edge.role not in roles:
                roles.append(edge.role)
    if said:
        yield dim("rows by")
        yield from (f"  {one_line(name)}{dim('  ' + ', '.join(roles))}" for name, roles in said.items())


def _node_branches(drawing: Drawing, way: str) -> Iterator[str]:
    dag: Dag = drawing.graph.dag
    step = dag.parents if way == "up" else dag.children
    seen: set[str] = set()
    waiting = [(1, node_id) for node_id in reversed(tuple(step(drawing.asked.node)))]
    if not waiting:
        yield "  " + dim("nothing")
    while waiting:
        depth, node_id = waiting.pop()
        node = drawing.graph.nodes[node_id]
        again = node_id in seen and bool(tuple(step(node_id)))
        yield "  " * depth + one_line(node.name) + dim(f"  {node.kind.replace('_', ' ')}{'  (as above)' if again else ''}")
        if node_id not in seen:
            seen.add(node_id)
            waiting.extend((depth + 1, near) for near in reversed(tuple(step(node_id))))


def _links(start: str, step: Callable[[str], tuple[str, ...]], way: str) -> Iterator[Link]:
    seen = {start}
    waiting = [start]
    for node_id in waiting:
        for near in step(node_id):
            yield Link(near, node_id) if way == "up" else Link(node_id, near)
            if near not in seen:
                seen.add(near)
                waiting.append(near)


def _numbers(drawing: Drawing, links: tuple[Link, ...]) -> dict[str, int]:
    names = dict.fromkeys((drawing.title, *(name for link in links for name in (link.source, link.target))))
    return {name: number for number, name in enumerate(names)}


def _entities(text: str) -> str:
    """Mermaid reads character references, and nothing of ours shall end a label."""
    return "".join(c if c.isalnum() or c in " ._,()*+-/=" else f"#{ord(c)};" for c in one_line(text))


def _quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
