"""Snapshots: the state of a table, met with the history that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.emit.history import There, first_state, later_state
from featsql.emit.merging import Filled, Leaving, nothing
from featsql.ir.graph import IS_DELETED, VALID_FROM, VALID_TO, SnapshotNode
from featsql.ir.model import Column
from featsql.ir.query import CreateTable, NodeSteps, Reference
from featsql.run.changes import Changes
from featsql.run.moments import moment_text


@dataclass(frozen=True, slots=True)
class Histories:
    """Snapshots."""

    changes: Changes

    def steps(self, node: SnapshotNode, steps: NodeSteps) -> NodeSteps:
        changes, dialect = self.changes, self.changes.dialect
        at_us = changes.compiler.inputs.as_of_us
        state, _ = changes.beside(node.relation, "now", changes.compiler.rows(node))
        selected = changes.engine.described(changes.query('select * from "ref:state" as state', state=state))
        node = replace(node, columns=selected)
        changes.unique(state, node.config.unique_key, node.name, may_be_null=False)
        existing = changes.engine.columns(node.relation)
        if existing is None:
            return replace(steps, steps=(CreateTable(node.relation, first_state(node, state, at_us, dialect)),))
        self._check(node, existing, selected)
        self._check_time(node, at_us)
        columns = [c for c in existing if c.name.lower() not in (VALID_FROM, VALID_TO, IS_DELETED)]
        names = {c.name.lower() for c in columns}
        columns += [c for c in selected if c.name.lower() not in names]
        there = There(changes.there(node.relation), frozenset(c.name.lower() for c in existing))
        came, rows = changes.beside(node.relation, "changes", later_state(node, state, there, columns, at_us, dialect))
        if not rows:
            return replace(steps, steps=(), note="nothing changed")
        filled = [self._filled(Column(c, None), there) for c in node.own_columns]
        filled = [*(self._filled(c, there) for c in columns), *filled]
        keys = (*(name.text for name in node.config.unique_key), VALID_FROM)
        step: CreateTable = changes.grown(node.relation, came, filled, Leaving(keys))
        if any(column.name.lower() not in there.columns for column in filled):
            step = CreateTable(node.relation, step.query)
        return replace(steps, steps=(step,), note=self._note(came, rows))

    def _filled(self, column: Column, there: There) -> Filled:
        name = self.changes.dialect.quote(column.name)
        empty = "false" if column.name == IS_DELETED else nothing(column, self.changes.dialect)
        kept = f"kept.{name}" if column.name.lower() in there.columns else empty
        return Filled(column.name, kept, f"changes.{name}")

    def _note(self, came: Reference, rows: int) -> str:
        asked = f'select count(*) from "ref:came" as came where came.{VALID_TO} is null'
        new = self.changes.number(self.changes.query(asked, came=came))
        return f"{new:,} new, {rows - new:,} ended"

    def _check(self, node: SnapshotNode, existing: tuple[Column, ...], selected: tuple[Column, ...]) -> None:
        """FS706 where the table is no history, or one of columns of other types. New columns are added, old ones stay."""
        by_name = {c.name.lower(): c for c in existing}
        if VALID_FROM not in by_name or VALID_TO not in by_name:
            message = f"`{node.relation}` is there and is no history: it has no `{VALID_FROM}` and `{VALID_TO}`"
            raise FeatsqlError(Diagnostic("FS706", message, node.header.span, hints=("give the snapshot another `alias`",)))
        found = [(by_name[c.name.lower()], c) for c in selected if c.name.lower() in by_name]
        other = [f"`{new.name}` was {old.type} and is {new.type}" for old, new in found if old.type != new.type]
        if other:
            message = f"`{node.name}`: {', '.join(other)}"
            hint = "cast it in the SELECT list to the type that the history has"
            raise FeatsqlError(Diagnostic("FS706", message, node.header.span, hints=(hint,)))

    def _check_time(self, node: SnapshotNode, at_us: int) -> None:
        """FS707 where the history goes on beyond the time of this run: a version would end before it began."""
        if node.config.strategy != "check":
            return
        dialect = self.changes.dialect
        latest = " union all ".join(
            f'select {dialect.epoch_us(column, "TIMESTAMP")} as us from "ref:there" as t' for column in (VALID_FROM, VALID_TO)
        )
        found = self.changes.number(
            self.changes.query(f"select max(us) from ({latest}) as times", there=self.changes.there(node.relation))
        )
        if found > at_us:
            message = (
                f"`{node.name}`: its history goes on until {moment_text(found)}, the time of this run is {moment_text(at_us)}"
            )
            hint = "leave `--as-of` out, or set the clock of this machine"
            raise FeatsqlError(Diagnostic("FS707", message, node.header.span, hints=(hint,)))
