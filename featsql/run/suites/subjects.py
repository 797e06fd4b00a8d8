"""A feature view or training set under test: what is asked of it, and its answers in one world after another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from featsql.base.spans import SourceFile, Span, Text
from featsql.dialects.duckdb import DUCKDB
from featsql.emit.binding import bind
from featsql.ir.graph import FeatureViewNode, TableName, TrainingSetNode
from featsql.ir.header import FeatureRef, Name
from featsql.ir.model import Column
from featsql.ir.query import Query
from featsql.run.suites.comparison import Compared, compare
from featsql.run.suites.laboratory import Laboratory
from featsql.run.suites.worlds import stamp

ASKED_KEYS: Final = 400
ASKED_ROWS: Final = 2_000
BEFORE_US: Final = (0, 3_600_000_000, 86_400_000_000)
"""A value at any time up to t has to stay: asked at t, an hour and a day before."""
_ROW: Final = "spine row"
_AT: Final = "as_of_time"
_NOWHERE: Final = Span(SourceFile("leakage test", ""), 0, 0)


@dataclass(slots=True)
class Subject:
    laboratory: Laboratory
    node: FeatureViewNode | TrainingSetNode
    number: int
    t_us: int = 0
    _query: Query | None = field(default=None)

    @property
    def sees_now(self) -> bool:
        """Does a row that becomes known at t count as known? For a training set: in any of its views."""
        views = [self.node] if isinstance(self.node, FeatureViewNode) else [self._view(u.view) for u in self.node.bound]
        return any(view.config.closed.sees_now for view in views)

    @property
    def keys(self) -> tuple[str, ...]:
        if isinstance(self.node, FeatureViewNode):
            return (*(k.name for k in self.node.keys), _AT)
        return (_ROW, _AT)

    def prepare(self, t_us: int) -> bool:
        """Choose what is asked, in the world that is; False when there is nothing to ask."""
        self.t_us = t_us
        asks = self._of_view(self.node) if isinstance(self.node, FeatureViewNode) else self._of_spine(self.node)
        self.laboratory.sandbox.keep(self._table("asks"), asks)
        if self._query is None:
            self._query = self._compiled()
        found = self.laboratory.sandbox.query(f"select count(*) from {DUCKDB.table(self._table('asks'))}")
        return bool(found.column(0)[0].as_py())

    def answer(self, name: str) -> None:
        """Keep the answers of this world under a name."""
        assert self._query
        self.laboratory.sandbox.keep(self._table(name), self._query)
        online = self._online()
        if online:
            self.laboratory.sandbox.keep(self._table(f"{name}_online"), online)

    def compared(self) -> Compared:
        """The answers kept as `base` and as `other`."""
        found = self._compare("base", "other")
        return found + self._compare("base_online", "other_online") if self._online() else found

    def _compare(self, one: str, other: str) -> Compared:
        sandbox, table = self.laboratory.sandbox, self._table(one)
        described = sandbox.columns(Query((Text.generated(f"select * from {DUCKDB.table(table)}"),), "duckdb"))
        keys = self.keys
        kept = {key.lower() for key in keys} | {c.lower() for c in self._spine_names()}
        columns = [c for c in described if c.name.lower() not in kept]
        return compare(sandbox, table, self._table(other), keys, columns)

    def _spine_names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.node.spine_columns or ()) if isinstance(self.node, TrainingSetNode) else ()

    def _of_view(self, view: FeatureViewNode) -> Query:
        """Some entities, also such as appear after t, each at a few times."""
        history = self.laboratory.compiler.queries(view).main
        assert history
        names = ", ".join(DUCKDB.quote(k.name) for k in view.keys)
        times = ", ".join(stamp(self.t_us - before) for before in BEFORE_US)
        if not names:
            return Query((Text.generated(f"select unnest([{times}]) as {_AT}"),), "duckdb")
        chosen = Text.generated(f"select {names}, unnest([{times}]) as {_AT} from (select distinct {names} from (\n")
        inside = self.laboratory.compiler.with_views_inside(history)
        end = Text.generated(f"\n) as history order by hash({names}), {names} limit {ASKED_KEYS}) as entities")
        return Query((chosen, *inside.parts, end), "duckdb")

    def _of_spine(self, node: TrainingSetNode) -> Query:
        """The last rows of the spine up to t."""
        compiler = self.laboratory.compiler
        reads = (read for read in node.parsed.reads if read.kind != "table")
        bindings = {read.marker: compiler.binding(read.kind, read.target) for read in reads}
        bound = bind(node.parsed.text, bindings, "duckdb")
        at = f"cast({DUCKDB.quote(node.spine_timestamp.text)} as timestamp)"
        start = f"select *, row_number() over (order by {_AT}) as {DUCKDB.quote(_ROW)} from (select *, {at} as {_AT} from (\n"
        end = f"\n) as spine where {at} <= {stamp(self.t_us)} order by all desc limit {ASKED_ROWS}) as latest"
        rows = self.laboratory.compiler.with_views_inside(bound)
        ordered = end.replace("order by all desc", f"order by {at} desc, hash(spine)")
        return Query((Text.generated(start), *rows.parts, Text.generated(ordered)), "duckdb")

    def _compiled(self) -> Query:
        compiler, sandbox = self.laboratory.compiler, self.laboratory.sandbox
        table = self._table("asks")
        columns = sandbox.columns(Query((Text.generated(f"select * from {DUCKDB.table(table)}"),), "duckdb"))
        if isinstance(self.node, FeatureViewNode):
            made = compiler.retrieval(table.name, columns, _AT, (FeatureRef(Name(self.node.name, _NOWHERE)),))[1]
        else:
            spine = replace(self.node.parsed, text=Text.generated(f"select * from {DUCKDB.table(table)}"), reads=())
            node = replace(self.node, parsed=spine, spine_columns=tuple(Column(c.name, c.type) for c in columns))
            made = compiler.query(compiler.plans(node)[0])
        return compiler.with_views_inside(made)

    def _online(self) -> Query | None:
        if not isinstance(self.node, FeatureViewNode) or not self.node.config.online:
            return None
        compiler = self.laboratory.at(self.t_us)
        made = compiler.queries(self.node).online
        return compiler.with_views_inside(made) if made else None

    def _view(self, name: str) -> FeatureViewNode:
        return self.laboratory.graph.view(name)

    def _table(self, name: str) -> TableName:
        return TableName("main", f"featsql_poison_{self.number}_{name}")
