"""Selection of nodes in dbt's words: selector text and a graph in, node ids out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.ir.graph import FeatureGraph, FeatureViewNode, Node, SeedNode, SourceNode
from featsql.resolve.selector_text import Criterion, Item, finding, parse_selectors


@dataclass(frozen=True, slots=True)
class Selection:
    """What selectors mean in one graph: `nodes`, sources too, and a finding for each selector that meant nothing."""

    nodes: frozenset[str]
    unmatched: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that an item is matched against."""

    graph: FeatureGraph
    results: Mapping[str, str]
    modified: frozenset[str] | None


def select(
    graph: FeatureGraph,
    selects: Sequence[str],
    excludes: Sequence[str],
    results: Mapping[str, str] | None = None,
    modified: frozenset[str] | None = None,
    allow_empty: bool = False,
) -> frozenset[str]:
    """Ids of the nodes that can be built (no sources) that `selects` name and `excludes` do not; no selects means all.

    Raises FS007 for text that is no selector and, without `allow_empty`, for each selector that matches nothing and
    for a selection of which nothing is left.
    """
    found = resolve_selection(graph, selects, excludes, results, modified)
    built = frozenset(node_id for node_id in found.nodes if graph.nodes[node_id].kind != "source")
    if allow_empty:
        return built
    if found.unmatched:
        raise FeatsqlError(*found.unmatched)
    if not built and (selects or excludes):
        raise FeatsqlError(_nothing_left(selects, found))
    return built


def resolve_selection(
    graph: FeatureGraph,
    selects: Sequence[str],
    excludes: Sequence[str],
    results: Mapping[str, str] | None = None,
    modified: frozenset[str] | None = None,
) -> Selection:
    """All nodes that the selectors mean, and which of the selectors meant nothing. Raises FS007 for bad text."""
    wanted, errors = parse_selectors(selects)
    unwanted, more = parse_selectors(excludes)
    if errors or more:
        raise FeatsqlError(*errors, *more)
    scene = _Scene(graph, results or {}, modified)
    unmatched: list[Diagnostic] = []
    nodes = _union(wanted, scene, unmatched) if wanted else frozenset(graph.nodes)
    return Selection(nodes - _union(unwanted, scene, unmatched), tuple(unmatched))


def named_selector(selectors: Mapping[str, str], name: str) -> str:
    """The text of a selector that featsql.yml names. Raises FS007 with the nearest name."""
    if name in selectors:
        return selectors[name]
    known = ", ".join(f"`{n}`" for n in sorted(selectors))
    note = f"featsql.yml names {known}" if selectors else "featsql.yml names no selectors"
    raise FeatsqlError(finding(f"no selector is named `{name}`", notes=(note,), hints=nearest(name, selectors)))


def _union(criteria: Iterable[Criterion], scene: _Scene, unmatched: list[Diagnostic]) -> frozenset[str]:
    return frozenset().union(*[_intersection(criterion, scene, unmatched) for criterion in criteria])


def _intersection(criterion: Criterion, scene: _Scene, unmatched: list[Diagnostic]) -> frozenset[str]:
    """Nodes in every item; a finding is added for items without a node or, if all have some, for the whole."""
    chosen: frozenset[str] | None = None
    empty = False
    for item in criterion.items:
        matched = frozenset(_matches(item, scene))
        if not matched:
            unmatched.append(_no_match(item, criterion, scene))
            empty = True
        nodes = _expand(item, matched, scene.graph)
        chosen = nodes if chosen is None else chosen & nodes
    assert chosen is not None, "a criterion has at least one item"
    if not chosen and not empty:
        unmatched.append(finding(f"no node is in every part of the selector `{criterion.text}`"))
    return chosen


def _expand(item: Item, matched: frozenset[str], graph: FeatureGraph) -> frozenset[str]:
    nodes = set(matched)
    if item.ancestors:
        nodes |= _spread(graph.dag.parents, matched, item.up)
    if item.descendants or item.around:
        nodes |= _spread(graph.dag.children, matched, item.down)
    if item.around:
        nodes |= _spread(graph.dag.parents, nodes, None)
    return frozenset(nodes)


def _spread(step: Callable[[str], Iterable[str]], start: Iterable[str], depth: int | None) -> frozenset[str]:
    """What `step` reaches from `start` within `depth` steps, in one walk however many nodes a wildcard found."""
    reached = frontier = frozenset(start)
    while frontier and (depth is None or depth > 0):
        frontier = frozenset(near for node_id in frontier for near in step(node_id)) - reached
        reached |= frontier
        depth = None if depth is None else depth - 1
    return reached


def _matches(item: Item, scene: _Scene) -> Iterable[str]:
    if item.method == "result":
        _need_results(item, scene)
    if item.method == "state" and scene.modified is None:
        message = f"`{item.text}` compares with an earlier manifest, and none is given"
        raise FeatsqlError(finding(message))
    matcher = _MATCHERS[item.method]
    return (node.id for node in scene.graph.nodes.values() if matcher(item.value, node, scene))


def _need_results(item: Item, scene: _Scene) -> None:
    if not scene.results:
        message = f"`{item.text}` looks at the results of the run before, and there are none"
        raise FeatsqlError(finding(message, hints=("run `featsql run` or `featsql build` first",)))


def _by_name(value: str, node: Node, scene: _Scene) -> bool:
    """Its name, `folder` or `folder.name` as in dbt, or of a feature view also `view.feature`."""
    if node.kind == "source":
        return False
    return fnmatchcase(node.name, value) or _by_feature(value, node) or _by_fqn(value, node, scene)


def _by_feature(value: str, node: Node) -> bool:
    view, dot, feature = value.rpartition(".")
    if not dot or not isinstance(node, FeatureViewNode) or not fnmatchcase(node.name, view):
        return False
    return any(fnmatchcase(f.name, feature) for f in node.features)


def _by_fqn(value: str, node: Node, scene: _Scene) -> bool:
    if node.kind == "source":
        return False
    if fnmatchcase(node.name, value):
        return True
    folders = _path(node).split("/")[1:-1]
    wanted = value.split(".")
    if len(wanted) > 1 and fnmatchcase(scene.graph.project, wanted[0]):
        return _starts(wanted[1:], (*folders, node.name)) or _starts(wanted, (*folders, node.name))
    return _starts(wanted, (*folders, node.name))


def _starts(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    return len(wanted) <= len(parts) and all(map(fnmatchcase, parts, wanted))


def _by_path(value: str, node: Node, _: _Scene) -> bool:
    """The file itself, or a folder above it; `*` stays inside one folder's name, `**` does not."""
    return _path_matches(_clean_path(value), tuple(_path(node).split("/")))


def _clean_path(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.replace("\\", "/").split("/") if part not in ("", "."))


def _path_matches(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    if not pattern:
        return True
    if pattern[0] == "**":
        return any(_path_matches(pattern[1:], parts[skip:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _path_matches(pattern[1:], parts[1:])


def _by_file(value: str, node: Node, _: _Scene) -> bool:
    name = _path(node).rpartition("/")[2]
    return fnmatchcase(name, value) or fnmatchcase(name.rpartition(".")[0], value)


def _by_tag(value: str, node: Node, _: _Scene) -> bool:
    return any(fnmatchcase(tag, value) for tag in _tags(node))


def _by_kind(value: str, node: Node, _: _Scene) -> bool:
    return fnmatchcase(node.kind, value)


def _by_entity(value: str, node: Node, _: _Scene) -> bool:
    return any(fnmatchcase(entity, value) for entity in _entities(node))


def _by_owner(value: str, node: Node, _: _Scene) -> bool:
    return any(fnmatchcase(owner, value) for owner in _owners(node))


def _by_source(value: str, node: Node, _: _Scene) -> bool:
    """`source:shop` is all of its tables, `source:shop.orders` one."""
    if not isinstance(node, SourceNode):
        return False
    return any(fnmatchcase(name, value) for name in (node.table.source, node.table.id))


def _by_state(value: str, node: Node, scene: _Scene) -> bool:
    return scene.modified is not None and node.id in scene.modified and fnmatchcase("modified", value)


def _by_result(value: str, node: Node, scene: _Scene) -> bool:
    status = scene.results.get(node.id)
    return status is not None and fnmatchcase(status, value)


_MATCHERS: Mapping[str, Callable[[str, Node, _Scene], bool]] = {
    "name": _by_name,
    "fqn": _by_fqn,
    "path": _by_path,
    "file": _by_file,
    "tag": _by_tag,
    "kind": _by_kind,
    "entity": _by_entity,
    "owner": _by_owner,
    "source": _by_source,
    "state": _by_state,
    "result": _by_result,
}


def _path(node: Node) -> str:
    return node.table.name.span.file.path if isinstance(node, SourceNode) else node.file.path


def _tags(node: Node) -> tuple[str, ...]:
    if isinstance(node, SeedNode):
        return ()
    return node.table.tags if isinstance(node, SourceNode) else node.header.tags


def _owners(node: Node) -> tuple[str, ...]:
    if isinstance(node, SeedNode):
        return ()
    owner = node.table.owner if isinstance(node, SourceNode) else node.header.owner
    return (owner,) if owner else ()


def _entities(node: Node) -> tuple[str, ...]:
    return tuple(e.text for e in node.config.entities) if isinstance(node, FeatureViewNode) else ()


def _no_match(item: Item, criterion: Criterion, scene: _Scene) -> Diagnostic:
    where = f" in `{criterion.text}`" if len(criterion.items) > 1 else ""
    message = f"the selector `{item.text}`{where} matches nothing"
    return finding(message, hints=nearest(item.value, _candidates(item, scene)))


def _candidates(item: Item, scene: _Scene) -> frozenset[str]:
    """What the value of such an item could have been."""
    nodes = scene.graph.nodes.values()
    match item.method:
        case "name" | "fqn":
            view = item.value.rpartition(".")[0]
            names = {n.name for n in nodes if n.kind != "source"}
            features = {f"{n.name}.{f.name}" for n in nodes if isinstance(n, FeatureViewNode) for f in n.features}
            return frozenset(names | features if view else names)
        case "path":
            return frozenset(folder for n in nodes for folder in _folders(_path(n)))
        case "file":
            return frozenset(_path(n).rpartition("/")[2] for n in nodes)
        case "tag":
            return frozenset(tag for n in nodes for tag in _tags(n))
        case "entity":
            return frozenset(scene.graph.entities)
        case "owner":
            return frozenset(owner for n in nodes for owner in _owners(n))
        case "source":
            tables = [n.table for n in nodes if isinstance(n, SourceNode)]
            return frozenset({t.source for t in tables} | {t.id for t in tables})
        case _:
            return frozenset()


def _folders(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts) + 1))


def _nothing_left(selects: Sequence[str], found: Selection) -> Diagnostic:
    if found.nodes:
        shown = " ".join(selects)
        message = f"`{shown}` selects only sources, which are read and never built"
        return finding(message, hints=("put `+` behind a source to select what reads it",))
    return finding("nothing is left to do: the exclusions take away all that is selected")
