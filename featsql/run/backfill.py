"""Backfilled feature views: the points of the grid that are not there yet, met with those that are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.emit.intervals import Stretch
from featsql.emit.merging import Filled, Leaving
from featsql.ir.graph import FeatureViewNode
from featsql.ir.header import Backfill
from featsql.ir.model import Column
from featsql.ir.plan import GridAsks
from featsql.ir.query import ChangeTable, CreateTable, NodeSteps, Query
from featsql.plan.grid import grid_from, points
from featsql.run.changes import Changes
from featsql.run.incremental import Asked
from featsql.run.moments import moment_text

_TIME = "as_of_time"


@dataclass(frozen=True, slots=True)
class Grids:
    """Backfills, for one run."""

    changes: Changes
    asked: Asked

    def steps(self, view: FeatureViewNode, config: Backfill, steps: NodeSteps) -> NodeSteps:
        table = view.backfill_relation
        others = tuple(step for step in steps.steps if step.target != table)
        existing = None if self.asked.full_refresh else self.changes.engine.columns(table)
        latest = self._latest(view) if existing else None
        grid = self._grid(view, config, latest)
        if existing is not None and latest is not None and not grid.count:
            return replace(steps, steps=others, note="no new points")
        query = self.changes.compiler.backfill(view, grid)
        if existing is not None and latest is not None:
            self._check_columns(view, existing, self.changes.engine.described(query))
            return replace(steps, steps=(*others, self._grown(view, grid, query, existing)), note=_note(grid))
        return replace(steps, steps=(*others, CreateTable(table, query)), note=_note(grid))

    def first_missing(self, view: FeatureViewNode, config: Backfill) -> int | None:
        """From where on a run without `--from` has something to compute; None where the view has no row."""
        existing = None if self.asked.full_refresh else self.changes.engine.columns(view.backfill_relation)
        latest = self._latest(view) if existing else None
        if latest is not None:
            return latest + config.every_us - config.lookback_us
        return config.start_us if config.start_us is not None else self._earliest(view)

    def _check_columns(self, view: FeatureViewNode, existing: Sequence[Column], came: Sequence[Column]) -> None:
        """FS706: features that were not there at the points before have to be computed there too."""
        there, new = ({(c.name.lower(), c.type) for c in columns} for columns in (existing, came))
        if there != new:
            differing = sorted({name for name, _ in there ^ new})
            message = f"`{view.backfill_relation}` does not have the features of `{view.name}`: {', '.join(differing)}"
            hints = (f"compute all points: `featsql run -s {view.name} --full-refresh`",)
            raise FeatsqlError(Diagnostic("FS706", message, view.header.span, hints=hints))

    def _grown(self, view: FeatureViewNode, grid: GridAsks, query: Query, existing: Sequence[Column]) -> ChangeTable:
        changes, dialect = self.changes, self.changes.dialect
        came, _ = changes.beside(view.backfill_relation, "changes", query)
        end_us = grid.first_us + grid.count * grid.every_us
        leaving = Leaving((), Stretch(grid.first_us, end_us).condition(f"kept.{_TIME}", dialect))
        columns = [Filled(c.name, f"kept.{dialect.quote(c.name)}", f"changes.{dialect.quote(c.name)}") for c in existing]
        return changes.grown(view.backfill_relation, came, columns, leaving)

    def _latest(self, view: FeatureViewNode) -> int | None:
        dialect = self.changes.dialect
        sql = f'select max({dialect.epoch_us(f"t.{_TIME}", "TIMESTAMP")}) from "ref:there" as t'
        return self._microseconds(self.changes.query(sql, there=self.changes.there(view.backfill_relation)))

    def _earliest(self, view: FeatureViewNode) -> int | None:
        entities = self.changes.compiler.earliest(view)
        return self._microseconds(entities.around("select min(known_us) from (\n", "\n) as entities"))

    def _microseconds(self, query: Query) -> int | None:
        found = self.changes.engine.query(query).column(0)[0].as_py()
        return None if found is None else int(found)

    def _grid(self, view: FeatureViewNode, config: Backfill, latest: int | None) -> GridAsks:
        """The points to compute: those that the command names, else those that are not there, and `lookback` before them."""
        as_of_us = self.changes.compiler.inputs.as_of_us
        stretch = self.asked.stretch or Stretch()
        end_us = as_of_us if stretch.end_us is None else stretch.end_us - 1
        if stretch.start_us is not None:
            self._check_gap(view, config, latest, stretch.start_us)
            return points(stretch.start_us, end_us, config.every_us)
        if latest is not None:
            return points(latest + config.every_us - config.lookback_us, end_us, config.every_us)
        return grid_from(config, self._earliest(view) if config.start_us is None else None, end_us)

    def _check_gap(self, view: FeatureViewNode, config: Backfill, latest: int | None, start_us: int) -> None:
        """FS008: points that are left out now would never be computed, since later runs go on from the latest one."""
        if latest is not None and start_us > latest + config.every_us:
            message = f"`{view.backfill_relation}` ends at {moment_text(latest)}: `--from` would leave a gap"
            hints = (f"begin there: `--from {moment_text(latest)}`",)
            raise FeatsqlError(Diagnostic("FS008", message, view.header.span, hints=hints))


def _note(grid: GridAsks) -> str:
    first = moment_text(grid.first_us).removesuffix("+00:00")
    if grid.count == 1:
        return f"1 point, {first}"
    return f"{grid.count:,} points from {first}" if grid.count else "no points"
