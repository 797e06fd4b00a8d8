"""Serving equals training (R23, R24): each online table, as it is published, beside the training set of its entities at its t."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile, Span, Text
from featsql.compile import Compiler
from featsql.dialects import DIALECTS, Dialect
from featsql.emit.equality import differs
from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.ir.graph import FeatureViewNode
from featsql.ir.header import FeatureRef, Name
from featsql.ir.model import Column
from featsql.ir.query import Query, Reference
from featsql.ir.testing import Sample, Test, TestResult
from featsql.run.moments import as_of_us, moment_text
from featsql.run.suites.base import Bench, Suite

if TYPE_CHECKING:
    import pyarrow

SHOWN: Final = 20
_KIND: Final = "serving"
_AT: Final = "as_of_time"
_NOWHERE: Final = Span(SourceFile("serving test", ""), 0, 0)


def collect(bench: Bench, chosen: Sequence[str]) -> tuple[Test, ...]:
    """One for each online table of the chosen views."""
    graph = bench.compiler.graph
    views = (node for node_id in chosen if isinstance(node := graph.nodes[node_id], FeatureViewNode) and node.config.online)
    return tuple(
        Test(f"test.{graph.project}.{view.name}.{_KIND}", f"{_KIND}_{view.name}", _KIND, view.id, relation="online")
        for view in views
    )


def run(bench: Bench, tests: Sequence[Test]) -> Iterator[TestResult]:
    """In the warehouse: no row leaves it, but for a few that differ."""
    for test in tests:
        began = perf_counter()
        view = bench.compiler.graph.nodes[test.node]
        assert isinstance(view, FeatureViewNode)
        try:
            found = _judged(test, _Served(bench.engine(), bench.compiler, view))
        except Cancelled:
            raise KeyboardInterrupt from None
        except EngineError as error:
            diagnostic = Diagnostic("FS702", f"`{test.name}`: {error.message}", error.span)
            found = TestResult(test, "error", 0.0, None, error.message, diagnostics=(diagnostic,))
        yield replace(found, seconds=perf_counter() - began)


SUITE: Final = Suite(_KIND, collect, run, "asked")


def _judged(test: Test, served: _Served) -> TestResult:
    described = served.engine.columns(served.view.online_relation)
    if described is None:
        return TestResult(test, "skipped", 0.0, None, f"`{served.view.online_relation}` is not there: `featsql run` makes it")
    first, last, rows = served.times()
    if not rows:
        return TestResult(test, "skipped", 0.0, None, "the online table has no rows")
    if first != last:
        return TestResult(test, "fail", 0.0, 1, f"rows of several times, from {first} to {last}")
    t_us = as_of_us(first)
    at, trained, again = moment_text(t_us), served.trained(described), served.again(t_us)
    retyped = served.retyped(described, trained)
    if retyped:
        return TestResult(test, "fail", 0.0, len(retyped), f"other types than in a training set: {', '.join(retyped)}")
    cells, values = served.differing_values(trained)
    strays, entities = served.differing_entities(again)
    if not cells + strays:
        told = f"{rows * len(served.features):,} values of {rows:,} entities at {at} are those of a training set"
        return TestResult(test, "pass", 0.0, 0, told)
    wrong = [f"{cells:,} of {rows * len(served.features):,} values differ from a training set's"] if cells else []
    wrong += [f"{strays:,} entities are missing, or should be"] if strays else []
    columns = (*(k.name for k in served.view.keys), "feature", "online table", "training set")
    sample = Sample(columns, tuple([*values, *entities][:SHOWN]), cells + strays)
    query = served.paired(trained).around("select * from (\n", f"\n) as paired\nwhere {served.any_differs}").sql if cells else ""
    return TestResult(test, "fail", 0.0, cells + strays, f"at {at}: {', '.join(wrong)}", sample, query)


@dataclass(frozen=True, slots=True)
class _Served:
    """The online table of a view, and what it is compared with."""

    engine: Engine
    compiler: Compiler
    view: FeatureViewNode

    @property
    def features(self) -> tuple[Column, ...]:
        return tuple(Column(f.name, f.type) for f in self.view.features)

    @property
    def online(self) -> Reference:
        table = self.view.online_relation
        return Reference(table, Text.generated(self._dialect.table(table)))

    def times(self) -> tuple[Any, Any, int]:
        """The first and the last t of the table, and how many rows it has."""
        found = self._ask(self._sql(f"select min({_AT}), max({_AT}), count(*) from ", self.online))
        first, last, rows = (column[0].as_py() for column in found.columns)
        return first, last, int(rows)

    def trained(self, described: Sequence[Column]) -> Query:
        """The training set whose spine are the entities of the table at its t."""
        names = {key.name.lower() for key in self.view.keys} | {_AT}
        columns = tuple(c for c in described if c.name.lower() in names)
        items = ", ".join(self._quote(c.name) for c in columns)
        spine = Text.generated(f"select {items} from {self.online.text.value}")
        ref = FeatureRef(Name(self.view.name, _NOWHERE))
        return self.compiler.with_views_inside(self.compiler.asked_by(spine, columns, _AT, (ref,))[1])

    def again(self, t_us: int) -> Query:
        """The table as it would be computed now for its t."""
        compiler = self.compiler.at(t_us)
        made = compiler.queries(self.view).online
        assert made, "the view has an online table"
        return compiler.with_views_inside(made)

    def retyped(self, described: Sequence[Column], trained: Query) -> list[str]:
        """Features that have another type here than there."""
        there = {c.name.lower(): c.type for c in self.engine.described(trained)}
        here = {c.name.lower(): c.type for c in described}
        names = [feature.name for feature in self.features]
        return [
            f"`{n}` is {here.get(n.lower())}, not {there[n.lower()]}" for n in names if here.get(n.lower()) != there[n.lower()]
        ]

    def differing_values(self, trained: Query) -> tuple[int, list[tuple[str | None, ...]]]:
        """How many values are not the same, and some of them: the keys, the feature, one value, the other."""
        paired = self.paired(trained)
        counts = ", ".join(f"sum(case when {self._differs(i)} then 1 else 0 end)" for i in range(len(self.features)))
        found = self._ask(paired.around(f"select {counts} from (\n", "\n) as paired"))
        differing = [int(column[0].as_py() or 0) for column in found.columns]
        shown: list[tuple[str | None, ...]] = []
        for i, (feature, count) in enumerate(zip(self.features, differing, strict=True)):
            if count and len(shown) < SHOWN:
                columns = (*self._keys("k"), self._dialect.literal(feature.name), f"served_{i}", f"trained_{i}")
                shown += self._some(paired, columns, self._differs(i))
        return sum(differing), shown

    def differing_entities(self, again: Query) -> tuple[int, list[tuple[str | None, ...]]]:
        """How many entities are in the table alone, or should be in it, and some of them."""
        keys = [self._quote(key.name) for key in self.view.keys]
        on = " and ".join(f"served.{k} = again.{k}" for k in keys) or "true"
        names = "".join(f"coalesce(served.{k}, again.{k}) as k{i}, " for i, k in enumerate(keys))
        there = "case when {0}.here = 1 then '(the row)' end"
        paired = self._sql(
            f"select {names}{there.format('served')} as served, {there.format('again')} as again from (select *, 1 as here from ",
            self.online,
            ") as served full join (select *, 1 as here from (\n",
            again,
            f"\n) as now) as again on {on}",
        )
        alone = "served is null or again is null"
        found = self._ask(paired.around("select count(*) from (\n", f"\n) as paired where {alone}"))
        count = int(found.column(0)[0].as_py())
        columns = (*self._keys("k"), self._dialect.literal("(entity)"), "served", "again")
        return count, self._some(paired, columns, alone) if count else []

    def paired(self, trained: Query) -> Query:
        """Per entity its keys, and each feature as served and as trained."""
        keys = [self._quote(key.name) for key in self.view.keys]
        on = " and ".join(f"served.{k} = trained.{k}" for k in keys) or "true"
        items = [f"served.{k} as k{i}" for i, k in enumerate(keys)]
        for i, feature in enumerate(self.features):
            name = self._quote(feature.name)
            items += [f"served.{name} as served_{i}", f"trained.{name} as trained_{i}"]
        return self._sql(
            f"select {', '.join(items)} from ", self.online, " as served join (\n", trained, f"\n) as trained on {on}"
        )

    @property
    def any_differs(self) -> str:
        return " or ".join(f"({self._differs(i)})" for i in range(len(self.features)))

    def _differs(self, number: int) -> str:
        return differs(f"served_{number}", f"trained_{number}", self.features[number].type)

    def _some(self, paired: Query, columns: Sequence[str], where: str) -> list[tuple[str | None, ...]]:
        items = ", ".join(f"cast({column} as varchar)" for column in columns)
        found = self._ask(paired.around(f"select {items} from (\n", f"\n) as paired where {where} order by 1 limit {SHOWN}"))
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def _keys(self, prefix: str) -> tuple[str, ...]:
        return tuple(f"{prefix}{i}" for i in range(len(self.view.keys)))

    def _sql(self, *parts: str | Query | Reference) -> Query:
        flat: list[Text | Reference] = []
        for part in parts:
            flat += [Text.generated(part)] if isinstance(part, str) else part.parts if isinstance(part, Query) else [part]
        return Query(tuple(flat), self.compiler.inputs.dialect)

    @property
    def _dialect(self) -> Dialect:
        return DIALECTS[self.compiler.inputs.dialect]

    def _quote(self, name: str) -> str:
        return self._dialect.quote(name)

    def _ask(self, query: Query) -> pyarrow.Table:
        return self.engine.query(query)
