"""`featsql diff`: a project beside what it was, node by node, and its features value by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from featsql.base.spans import Text
from featsql.compile import Compiler, Fingerprints
from featsql.datatests.distribution import is_number, psi
from featsql.dialects import DIALECTS
from featsql.dialects.base import literal
from featsql.emit.equality import differs
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.changes import Changes, ColumnChange, NodeChange, Standing, Values
from featsql.ir.graph import FeatureViewNode, TrainingSetNode
from featsql.ir.query import Query
from featsql.ir.testing import Sample
from featsql.project.past import checkout
from featsql.project.states import read_manifest
from featsql.workspace import AsOf, Workspace

SHOWN: Final = 5
_PERCENTS: Final = tuple(range(101))
_THEN, _NOW = "featsql_then", "featsql_now"


@dataclass(frozen=True, slots=True)
class _Node:
    name: str
    kind: str
    marks: Fingerprints
    columns: Mapping[str, str | None] | None


@dataclass(frozen=True, slots=True)
class _Side:
    """A project as it is or was. `compiler` None: nothing but its manifest is there."""

    nodes: Mapping[str, _Node]
    compiler: Compiler | None = None


def compare(workspace: Workspace, against: str, *, with_values: bool, as_of: AsOf = None) -> Changes:
    """`against`: a folder with a manifest, or whatever git knows a commit by; of a commit, values are computed and compared.

    Nothing is written. Models that differ are computed inside the queries, the others are read where they stand.
    """
    if (Path(against) / "manifest.json").is_file():
        now = _side(workspace, workspace.compiler(as_of))
        return Changes(against, tuple(_standings(now, _of_manifest(Path(against)), workspace)))
    with _then(workspace, against, as_of) as then:
        now = _side(workspace, workspace.compiler(as_of))
        found = tuple(_standings(now, then, workspace))
        if with_values and any(_has_values(now, then, node) for node in found):
            with workspace.opened("read", as_of) as (engine, compiler):
                now = _side(workspace, compiler)
                found = tuple(_valued(engine, now, then, found, node) for node in found)
        return Changes(against, found)


@contextmanager
def _then(workspace: Workspace, ref: str, as_of: AsOf) -> Iterator[_Side]:
    """The project of a commit. Its sources are those of today: paths start where the project stands now."""
    settings = workspace.settings
    own = (*settings.model_paths, *settings.macro_paths, *settings.seed_paths, *settings.test_paths)
    with checkout(workspace.root, ref, [workspace.target_path, *(workspace.root / path for path in own)]) as folder:
        past = workspace.elsewhere(folder)
        yield _side(past, replace(past.compiler(as_of), root=workspace.root.as_posix()))


def _side(workspace: Workspace, compiler: Compiler) -> _Side:
    marks = workspace.fingerprints()
    nodes = {
        node.id: _Node(
            node.name, node.kind, marks[node.id], None if node.columns is None else {c.name: c.type for c in node.columns}
        )
        for node in compiler.graph.nodes.values()
    }
    return _Side(nodes, compiler)


def _of_manifest(folder: Path) -> _Side:
    manifest = read_manifest(folder)
    entries: dict[str, Any] = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    return _Side({node_id: _entry(entry) for node_id, entry in entries.items()})


def _entry(entry: Mapping[str, Any]) -> _Node:
    marks = entry.get("fingerprints") or {"rows": "", "rest": ""}
    columns = {name: column.get("type") for name, column in entry.get("columns", {}).items()}
    kind, name = str(entry["resource_type"]), str(entry["name"])
    shown = f"{entry['source_name']}.{name}" if kind == "source" else name
    return _Node(shown, kind, Fingerprints(marks["rows"], marks["rest"]), columns or None)


def _standings(now: _Side, then: _Side, workspace: Workspace) -> Iterator[NodeChange]:
    """In the order of the graph, then what is gone."""
    dag = workspace.graph.dag
    other = {i for i, node in now.nodes.items() if i not in then.nodes or then.nodes[i].marks.rows != node.marks.rows}
    for node_id, node in now.nodes.items():
        standing: Standing
        if node_id not in then.nodes:
            standing = "new"
        elif node_id in other:
            standing = "meaning"
        elif other & dag.ancestors(node_id):
            standing = "downstream"
        elif then.nodes[node_id].marks.rest != node.marks.rest:
            standing = "text"
        else:
            continue
        yield _change(node_id, node, then.nodes.get(node_id), standing)
    for node_id, node in then.nodes.items():
        if node_id not in now.nodes:
            yield NodeChange(node_id, node.name, node.kind, "gone")


def _change(node_id: str, node: _Node, before: _Node | None, standing: Standing) -> NodeChange:
    if before is None or before.columns is None or node.columns is None:
        return NodeChange(node_id, node.name, node.kind, standing)
    was, now = before.columns, node.columns
    retyped = tuple((c, was[c] or "?", now[c] or "?") for c in now if c in was and was[c] and now[c] and was[c] != now[c])
    added, removed = tuple(c for c in now if c not in was), tuple(c for c in was if c not in now)
    return NodeChange(node_id, node.name, node.kind, standing, added, removed, retyped)


def _has_values(now: _Side, then: _Side, node: NodeChange) -> bool:
    kinds = ("feature_view", "training_set")
    return (
        node.standing in ("meaning", "downstream") and node.kind in kinds and now.nodes[node.id].kind == then.nodes[node.id].kind
    )


def _valued(engine: Engine, now: _Side, then: _Side, all_changes: Sequence[NodeChange], node: NodeChange) -> NodeChange:
    if not _has_values(now, then, node):
        return node
    assert now.compiler and then.compiler
    inside = [change.id for change in all_changes if change.standing != "text"]
    try:
        pair = _Pair(engine, now.compiler, then.compiler, node.id, inside)
        return replace(node, values=pair.values())
    except Cancelled:
        raise KeyboardInterrupt from None
    except EngineError as error:
        return replace(node, unknown=error.message)


@dataclass(slots=True)
class _Pair:
    """One feature view or training set, as it was and as it is, over the same sources."""

    engine: Engine
    now: Compiler
    then: Compiler
    node_id: str
    inside: Sequence[str]
    _rows: dict[str, Any] = field(default_factory=dict)
    """What both sides gave (Arrow tables), computed once: the comparison reads it as tables."""

    def values(self) -> Values:
        """Of a feature view: one row an entity at the time t of online tables. Of a training set: one a row of its spine."""
        joined, keys, columns = self._joined()
        wrong = [_differs(number, type_name) for number, (_, type_name) in enumerate(columns)]
        row = self._counted(joined, columns, wrong)
        before, after, both = (int(value or 0) for value in row[:3])
        found: list[ColumnChange] = []
        for (name, _), (changed, known, known_now, was, now) in zip(columns, _fives(row[3:]), strict=True):
            shares = (1 - int(known) / before if before else 0.0, 1 - int(known_now) / after if after else 0.0)
            moved = psi([float(p) for p in was], [float(p) for p in now]) if changed and was and now else None
            found.append(ColumnChange(name, int(changed or 0), *shares, moved))
        return Values(before, after, both, tuple(found), self._sample(joined, keys, wrong, found))

    def _counted(self, joined: Query, columns: Sequence[tuple[str, str | None]], wrong: Sequence[str]) -> list[Any]:
        """Rows before, now and in both; of each column those that differ, those known before and now, percentiles."""
        items = ["count(was_there)", "count(is_there)", "sum(case when was_there = 1 and is_there = 1 then 1 else 0 end)"]
        percents = ", ".join(str(percent / 100) for percent in _PERCENTS)
        for number, (_, type_name) in enumerate(columns):
            was, now = f"was_{number}", f"now_{number}"
            items += [f"sum(case when {wrong[number]} then 1 else 0 end)", f"count({was})", f"count({now})"]
            # elsewhere a percentile each would be a sort each
            has_psi = is_number(type_name) and self.now.inputs.dialect == "duckdb"
            items += [f"quantile_disc(cast({c} as double), [{percents}])" if has_psi else "null" for c in (was, now)]
        found = self.engine.query(joined.around(f"select {', '.join(items)} from (\n", "\n) as pair"), self._rows)
        return [column[0].as_py() for column in found.columns]

    def _joined(self) -> tuple[Query, list[str], list[tuple[str, str | None]]]:
        """Both sides side by side; the names of what identifies a row, and the columns that both have."""
        now, keys = self._side(self.now)
        then, _ = self._side(self.then)
        self._rows = {_THEN: self.engine.query(then), _NOW: self.engine.query(now)}
        was = {c.name.lower(): c.type for c in self.engine.frame_columns(self._rows[_THEN])}
        not_features = {key.lower() for key in keys} | {"event_time", "as_of_time"}
        columns: list[tuple[str, str | None]] = []
        items = [f"coalesce(now.{self._q(k)}, was.{self._q(k)}) as key_{i}" for i, k in enumerate(keys)]
        for column in self.engine.frame_columns(self._rows[_NOW]):
            if column.name.lower() not in was or column.name.lower() in not_features:
                continue
            is_same = was[column.name.lower()] == column.type
            name, number = self._q(column.name), len(columns)
            shape = "{0}.{1} as {0}_{2}" if is_same else "cast({0}.{1} as varchar) as {0}_{2}"
            items += [shape.format(side, name, number) for side in ("was", "now")]
            columns.append((column.name, column.type if is_same else None))
        items += ["was.there as was_there", "now.there as is_there"]
        on = " and ".join(f"was.{self._q(k)} is not distinct from now.{self._q(k)}" for k in keys) or "true"
        text = f"select {', '.join(items)}\nfrom (select *, 1 as there from {self._q(_THEN)}) as was\n"
        text += f"full join (select *, 1 as there from {self._q(_NOW)}) as now on {on}"
        return Query((Text.generated(text),), now.dialect), keys, columns

    def _side(self, compiler: Compiler) -> tuple[Query, list[str]]:
        node = compiler.graph.nodes[self.node_id]
        if isinstance(node, FeatureViewNode):
            return compiler.with_views_inside(compiler.online(node), self.inside), [key.name for key in node.keys]
        assert isinstance(node, TrainingSetNode)
        main = compiler.queries(node).main
        assert main, "a training set has a query"
        keys = [column.name for column in node.spine_columns or ()]
        listed = ", ".join(self._q(key) for key in keys)
        numbered = main.around(
            f"select *, row_number() over (partition by {listed} order by {listed}) as _n from (\n", "\n) as numbered"
        )
        return compiler.with_views_inside(numbered, self.inside), [*keys, "_n"]

    def _sample(self, joined: Query, keys: Sequence[str], wrong: Sequence[str], found: Sequence[ColumnChange]) -> Sample | None:
        changed = [(number, column.name) for number, column in enumerate(found) if column.changed][:SHOWN]
        if not changed:
            return None
        shown = [(i, key) for i, key in enumerate(keys) if key.lower() in self._identity()]
        selects: list[str] = []
        for number, name in changed:
            items = [*(f"key_{i}" for i, _ in shown), literal(name), f"was_{number}", f"now_{number}"]
            listed = ", ".join(f"cast({item} as varchar) as c{i}" for i, item in enumerate(items))
            some = f"select {listed} from pair where {wrong[number]} order by {_numbers(items)} limit {SHOWN}"
            selects.append(f"select * from ({some}) as some_{len(selects)}")
        table = self.engine.query(joined.around("with pair as (\n", f"\n)\n{' union all '.join(selects)}"), self._rows)
        rows = tuple(zip(*(values.to_pylist() for values in table.columns), strict=True))
        return Sample((*(key for _, key in shown), "feature", "before", "now"), rows, sum(column.changed for column in found))

    def _identity(self) -> set[str]:
        """What tells people which row it is: keys, and of a training set the time."""
        node = self.now.graph.nodes[self.node_id]
        if isinstance(node, TrainingSetNode):
            return {column.lower() for use in node.bound for column in use.on} | {node.spine_timestamp.text.lower()}
        return {key.name.lower() for key in node.keys} if isinstance(node, FeatureViewNode) else set()

    def _q(self, name: str) -> str:
        return DIALECTS[self.now.inputs.dialect].quote(name)


def _fives(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + 5] for start in range(0, len(values), 5))


def _numbers(items: Sequence[object]) -> str:
    return ", ".join(str(number) for number in range(1, len(items) + 1))


def _differs(number: int, type_name: str | None) -> str:
    """Of a row that is in both."""
    return f"was_there = 1 and is_there = 1 and {differs(f'was_{number}', f'now_{number}', type_name)}"
