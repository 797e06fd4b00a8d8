"""Nodes that need not be built again: what they are made of is what their tables were made of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from featsql.base.fingerprint import fingerprint
from featsql.compile import Compiler, absolute
from featsql.engines.base import Engine, EngineError
from featsql.front.settled import is_settled
from featsql.ir.graph import (
    FeatureViewNode,
    ModelNode,
    Node,
    SeedNode,
    SnapshotNode,
    SourceNode,
    SqlNode,
    TableName,
    TrainingSetNode,
)
from featsql.ir.query import ChangeTable, CreateTable, LoadSeed, NodeResult, NodeSteps
from featsql.run.chunks import goes_by_time
from featsql.run.ledger import Generation, Ledger, count, stands

if TYPE_CHECKING:
    from featsql.compile import Fingerprints


@dataclass(slots=True)
class Reuse:
    """For one run. `inputs` of a node: a hash of all that decides its rows, None where that is more than featsql can see:
    a table that no source declares, a random number, the clock."""

    engine: Engine
    ledger: Ledger
    compiler: Compiler
    marks: Mapping[str, Fingerprints]
    surroundings: str
    """What decides rows beside the project: the versions, and the settings of the warehouse."""
    run_id: str
    force: bool = False
    in_parts: bool = False
    """The run computes some stretch of time, and leaves the rest as it is."""
    _held: Mapping[str, Generation] = field(init=False)
    _contents: dict[str, str | None] = field(default_factory=dict)
    """Of sources and of what this run has looked at or built, by node."""
    _inputs: dict[str, str | None] = field(default_factory=dict)
    _made: dict[str, Generation] = field(default_factory=dict)
    """What this run has built and not published yet, by relation."""

    def __post_init__(self) -> None:
        self._held = self.ledger.generations()

    def reused(self, steps: NodeSteps) -> NodeResult | None:
        """What there is to tell of a node whose relations are what a build would make; None: it has to be built."""
        node = self.compiler.graph.nodes[steps.node_id]
        began = time.perf_counter()
        inputs = self._inputs[node.id] = self._inputs_of(node)
        if self.force or inputs is None or self._is_asked_for_a_part(node):
            return None
        held = [self._held.get(str(step.target)) for step in steps.steps]
        if not all(each and each.inputs == inputs for each in held) or not self._is_there(steps):
            return None
        if _stores(node) and held[0]:
            self._contents[node.id] = held[0].content
        rows = next((each.row_count for each in reversed(held) if each and each.row_count is not None), None)
        relations = tuple(str(step.target) for step in steps.steps)
        return NodeResult(node.id, node.name, node.kind, "reused", time.perf_counter() - began, "current", rows, relations)

    def built(self, steps: NodeSteps, done: NodeSteps) -> None:
        """Note what a node was built of. `steps` as they were planned, `done` as they were done: fewer where nothing came."""
        node = self.compiler.graph.nodes[steps.node_id]
        inputs = "" if self._is_asked_for_a_part(node) else self._inputs.get(node.id) or ""
        changed = {step.target: step for step in done.steps}
        marks = self.marks[node.id]
        for step in steps.steps:
            there = self._held.get(str(step.target))
            content = inputs if inputs and not _keeps_rows(node) else f"{self.run_id} {node.id}"
            if step.target not in changed and there:
                content = there.content
            is_whole = isinstance(step, CreateTable | LoadSeed) and not isinstance(changed.get(step.target), ChangeTable)
            counted = count(self.engine, self.ledger.dialect, step.target) if is_whole else None
            self._made[str(step.target)] = Generation(
                str(step.target), node.id, self.run_id, marks.rows, marks.rest, inputs, content, counted, datetime.now(UTC)
            )
            if _stores(node):
                self._contents[node.id] = content

    def generations(self, published: set[str]) -> list[Generation]:
        """Of the relations of these nodes."""
        return [made for made in self._made.values() if made.node in published]

    def _inputs_of(self, node: Node) -> str | None:
        own = self._definition(node)
        if own is None:
            return None
        moment = ""
        if isinstance(node, FeatureViewNode) and (node.config.online or node.config.backfill):
            moment = str(self.compiler.inputs.as_of_us)
        parents = [] if isinstance(node, SeedNode | SourceNode) else list(node.parents)
        contents = [self._content(self.compiler.graph.nodes[parent]) for parent in parents]
        if None in contents:
            return None
        return fingerprint([self.surroundings, own, moment, [[p, c] for p, c in zip(parents, contents, strict=True)]])

    def _definition(self, node: Node) -> str | None:
        """What is written of a node, None where that does not settle it."""
        if isinstance(node, SqlNode):
            for parsed in filter(None, (node.parsed, node.parsed.again)):
                if any(read.kind == "table" for read in parsed.reads):
                    return None
                if not is_settled(parsed.text.value, self.compiler.inputs.dialect):
                    return None
        return self.marks[node.id].rows

    def _content(self, node: Node) -> str | None:
        """What a node that is read holds now, None where that cannot be told."""
        if node.id not in self._contents:
            self._contents[node.id] = self._content_of(node)
        return self._contents[node.id]

    def _content_of(self, node: Node) -> str | None:
        match node:
            case SourceNode():
                return self._source(node)
            case FeatureViewNode():
                # whoever reads it reads its definition: never its online table
                return self._through(node)
            case ModelNode() if node.config.materialized in ("view", "ephemeral"):
                return self._through(node)
            case _:
                held = self._held.get(str(node.relation))
                return held.content or None if held else None

    def _through(self, node: ModelNode | FeatureViewNode) -> str | None:
        """A view holds what its definition makes of what it reads."""
        own = self._definition(node)
        contents = [self._content(self.compiler.graph.nodes[parent]) for parent in node.parents]
        return None if own is None or None in contents else fingerprint([own, contents])

    def _source(self, node: SourceNode) -> str | None:
        table = node.table
        scan = self.ledger.dialect.file_scan
        named = TableName(table.schema, table.identifier, table.database or None)
        try:
            return self.engine.content(scan(absolute(table.path, self.compiler.root)) if table.path and scan else named)
        except EngineError:
            # the build says what is wrong with it, at its place
            return None

    def _is_there(self, steps: NodeSteps) -> bool:
        counts = ((step.target, self._held[str(step.target)].row_count) for step in steps.steps)
        return all(stands(self.engine, self.ledger.dialect, table, rows) for table, rows in counts)

    def _is_asked_for_a_part(self, node: Node) -> bool:
        return self.in_parts and goes_by_time(self.compiler, node.id)


def _stores(node: Node) -> bool:
    """Does its own relation hold rows? Views hold what their definition makes of others'."""
    return isinstance(node, SeedNode | SnapshotNode | TrainingSetNode) or (
        isinstance(node, ModelNode) and node.config.materialized in ("table", "incremental")
    )


def _keeps_rows(node: Node) -> bool:
    """Are its rows what runs before have left, rather than a function of what it reads?"""
    return isinstance(node, SnapshotNode) or (isinstance(node, ModelNode) and node.config.materialized == "incremental")
