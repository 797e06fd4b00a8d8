"""Incremental models: new rows, met with the table that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.emit.intervals import Stretch
from featsql.emit.merging import Filled, Leaving, merged, nothing
from featsql.ir.graph import ModelNode
from featsql.ir.header import Incremental, Intervals
from featsql.ir.model import Column
from featsql.ir.query import CreateTable, NodeSteps
from featsql.run.changes import Changes
from featsql.run.moments import moment_text


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command says of incremental models. `stretch`: the times whose intervals are to be taken anew."""

    full_refresh: bool = False
    stretch: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Growing:
    """Incremental models, for one run."""

    changes: Changes
    asked: Asked

    def steps(self, node: ModelNode, config: Incremental, steps: NodeSteps) -> NodeSteps:
        existing = None if self.asked.full_refresh else self.changes.engine.columns(node.relation)
        if existing is None:
            whole = self.changes.compiler.whole(node, _rounded(self.asked.stretch, config.intervals))
            return replace(steps, steps=(CreateTable(node.relation, whole),))
        stretch = self._stretch(node, config.intervals, existing) if config.intervals else Stretch()
        query = self.changes.compiler.changes(node, stretch)
        assert query
        meeting = _Meeting(tuple(existing), self.changes.engine.described(query))
        self._check_columns(node, config, meeting)
        came, rows = self.changes.beside(node.relation, "changes", query)
        if config.strategy == "merge":
            self.changes.unique(came, config.unique_key, node.name, may_be_null=True)
        if not rows and not config.intervals and not meeting.differs:
            return replace(steps, steps=(), note="nothing new")
        dialect = self.changes.dialect
        time = f"kept.{dialect.quote(config.intervals.timestamp.text)}" if config.intervals else ""
        condition = stretch.condition(time, dialect) if config.intervals else ""
        leaving = Leaving(tuple(name.text for name in config.unique_key), condition)
        columns = [self._filled(c, meeting) for c in meeting.columns(config.on_schema_change)]
        if meeting.differs:
            whole = merged(self.changes.there(node.relation), came, columns, leaving, dialect)
            return replace(steps, steps=(CreateTable(node.relation, whole),), note=_note(rows, stretch))
        return replace(steps, steps=(self.changes.grown(node.relation, came, columns, leaving),), note=_note(rows, stretch))

    def _stretch(self, node: ModelNode, intervals: Intervals, existing: Sequence[Column]) -> Stretch:
        """What the command says; else from the last interval that is there, and `lookback` before it, on.

        A row of a time to come does not keep out what comes before it.
        """
        asked = _rounded(self.asked.stretch, intervals)
        if asked.start_us is not None:
            return asked
        dialect = self.changes.dialect
        name = intervals.timestamp.text
        known = next((c.type for c in existing if c.name.lower() == name.lower()), None)
        us = dialect.epoch_us(f"t.{dialect.quote(name)}", known)
        at_us = self.changes.compiler.inputs.as_of_us
        sql = f'select max({us}) from "ref:there" as t where {us} <= {at_us}'
        latest = self.changes.engine.query(self.changes.query(sql, there=self.changes.there(node.relation))).column(0)[0].as_py()
        if latest is None:
            return asked
        return replace(asked, start_us=latest // intervals.length_us * intervals.length_us - intervals.lookback_us)

    def _check_columns(self, node: ModelNode, config: Incremental, meeting: _Meeting) -> None:
        """FS706 for a difference that `on_schema_change` does not allow."""
        told = [f"`{c.name}` is new" for c in meeting.added] + [f"`{c.name}` is no longer selected" for c in meeting.removed]
        if config.on_schema_change != "fail":
            told = []
        if config.on_schema_change != "sync":
            told += [f"`{new.name}` was {old.type} and is {new.type}" for old, new in meeting.retyped]
        if told:
            hints = ("`on_schema_change: append` adds columns, `sync` follows the SELECT", "or build all of it: `--full-refresh`")
            message = f"`{node.name}`: {', '.join(told)}"
            raise FeatsqlError(Diagnostic("FS706", message, node.header.span, hints=hints))

    def _filled(self, column: Column, meeting: _Meeting) -> Filled:
        """A column of the table to be, of both sides by its name."""
        dialect = self.changes.dialect
        old, new = meeting.old(column.name), meeting.new(column.name)
        empty = nothing(column, dialect)
        kept = f"kept.{dialect.quote(old.name)}" if old else empty
        if old and new and old.type != new.type and new.type:
            kept = f"cast({kept} as {dialect.type_name(new.type)})"
        return Filled(column.name, kept, f"changes.{dialect.quote(new.name)}" if new else empty)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The columns of a table and those of the rows that come."""

    there: tuple[Column, ...]
    came: tuple[Column, ...]

    def old(self, name: str) -> Column | None:
        return next((c for c in self.there if c.name.lower() == name.lower()), None)

    def new(self, name: str) -> Column | None:
        return next((c for c in self.came if c.name.lower() == name.lower()), None)

    @property
    def added(self) -> list[Column]:
        return [c for c in self.came if not self.old(c.name)]

    @property
    def removed(self) -> list[Column]:
        return [c for c in self.there if not self.new(c.name)]

    @property
    def retyped(self) -> list[tuple[Column, Column]]:
        pairs = ((old, self.new(old.name)) for old in self.there)
        return [(old, new) for old, new in pairs if new and new.type != old.type]

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.retyped)

    def columns(self, policy: str) -> list[Column]:
        """Those of the table to be: what was there keeps its place, and stays unless the table follows the SELECT."""
        return [c for c in self.there if policy != "sync" or self.new(c.name)] + self.added


def _rounded(stretch: Stretch | None, intervals: Intervals | None) -> Stretch:
    """Whole intervals: the rest of one that is taken anew would be lost."""
    if stretch is None or intervals is None:
        return Stretch()
    length = intervals.length_us
    start = None if stretch.start_us is None else stretch.start_us // length * length
    end = None if stretch.end_us is None else -(-stretch.end_us // length) * length
    return Stretch(start, end)


def _note(rows: int, stretch: Stretch) -> str:
    said = f"{rows:,} taken in"
    if stretch.start_us is not None:
        said += f", from {moment_text(stretch.start_us).removesuffix('+00:00')}"
    return said if stretch.end_us is None else f"{said} to {moment_text(stretch.end_us).removesuffix('+00:00')}"
