"""What a run records is what a run did: every way to end is played through with a warehouse made of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from featsql.base.spans import SourceFile, Span, Text
from featsql.engines.base import Cancelled, EngineError, PublishError
from featsql.ir.graph import TableName
from featsql.ir.query import CreateTable, CreateView, LoadSeed, NodeResult, NodeSteps, Query, RunResult, Step
from featsql.run.events import Event, NodeFinished, NodeStarted, Published, RunFinished, RunStarted
from featsql.run.runner import Runner, Work, carried_views


@dataclass
class FakeEngine:
    """Builds whatever it is told to, except for what `refuses` names; `log` is what it did."""

    refuses: Mapping[str, BaseException] = field(default_factory=dict)
    cannot_show: str = ""
    log: list[str] = field(default_factory=list)
    visible: list[str] = field(default_factory=list)

    def version(self) -> str:
        return "fake 1"

    def begin(self, run_id: str) -> None:
        self.log.append("begin")

    def build(self, step: Step) -> int | None:
        name = step.target.name
        self.log.append(f"build {name}")
        if name in self.refuses:
            raise self.refuses[name]
        return None if isinstance(step, CreateView) else 7

    def publish(self, steps: Sequence[Step], records: Sequence[str] = ()) -> None:
        for step in steps:
            if step.target.name == self.cannot_show:
                raise PublishError(step, EngineError("in the way"))
        self.visible = [step.target.name for step in steps]
        self.log.append("publish")

    def record(self, statements: Sequence[str]) -> None:
        assert not statements, "a run without a book notes nothing"

    def discard(self) -> None:
        self.log.append("discard")


def table(name: str, *parents: str) -> NodeSteps:
    step = CreateTable(TableName("main", name), Query((Text("select 1"),), "duckdb"))
    return NodeSteps(name, name, "model", f"table main.{name}", (step,), parents)


def view(name: str, *parents: str) -> NodeSteps:
    step = CreateView(TableName("main", name), Query((Text("select 1"),), "duckdb"))
    return NodeSteps(name, name, "model", f"view main.{name}", (step,), parents)


@dataclass
class Played:
    engine: FakeEngine
    runner: Runner
    journals: list[tuple[NodeResult, ...]]
    events: list[Event]

    def run(self) -> RunResult:
        return self.runner.run()

    @property
    def recorded(self) -> dict[str, str]:
        """What the journal said last."""
        return {result.name: result.status for result in self.journals[-1]}


def play(
    *chosen: NodeSteps, engine: FakeEngine | None = None, carried: tuple[NodeSteps, ...] = (), fail_fast: bool = False
) -> Played:
    engine = engine or FakeEngine()
    files = {node.node_id: SourceFile(f"models/{node.name}.sql", "one\ntwo\n") for node in chosen}
    work = Work("run", "0badcafe", "dev", chosen, carried, files, fail_fast)
    journals: list[tuple[NodeResult, ...]] = []
    events: list[Event] = []
    runner = Runner(engine, work, lambda results, _, __=(): journals.append(results), events.append)  # type: ignore[arg-type]
    return Played(engine, runner, journals, events)


def statuses(result: RunResult) -> dict[str, str]:
    return {r.name: r.status for r in result.results}


def test_all_is_built_before_any_of_it_is_visible() -> None:
    played = play(view("a"), table("b", "a"))
    result = played.run()
    assert result.ok
    assert played.engine.log == ["begin", "build a", "build b", "publish"]
    assert played.engine.visible == ["a", "b"]
    assert [r.rows for r in result.results] == [None, 7]
    assert [r.relations for r in result.results] == [("main.a",), ("main.b",)]


def test_events_tell_the_story_in_order() -> None:
    played = play(view("a"), table("b", "a"))
    played.run()
    kinds = [RunStarted, NodeStarted, NodeFinished, NodeStarted, NodeFinished, Published, RunFinished]
    assert [type(event) for event in played.events] == kinds


def test_only_what_depends_on_a_failure_is_skipped() -> None:
    engine = FakeEngine({"a": EngineError("no such column")})
    played = play(table("a"), table("child", "a"), table("grandchild", "child"), table("other"), engine=engine)
    result = played.run()
    assert statuses(result) == {"a": "error", "child": "skipped", "grandchild": "skipped", "other": "success"}
    assert {r.message for r in result.results if r.status == "skipped"} == {"`a` failed"}
    assert engine.visible == ["other"]
    assert not result.ok


def test_fail_fast_skips_everything_behind_the_first_failure() -> None:
    engine = FakeEngine({"b": EngineError("no")})
    played = play(table("a"), table("b"), table("c"), engine=engine, fail_fast=True)
    result = played.run()
    assert statuses(result) == {"a": "success", "b": "error", "c": "skipped"}
    assert result.results[2].message == "the run stops at its first failure"
    assert engine.visible == ["a"]
    assert "build c" not in engine.log


def test_a_node_of_two_relations_is_done_whole_or_not_at_all() -> None:
    both = NodeSteps("a", "a", "feature_view", "a + online", (*view("a").steps, *table("a__online").steps), ())
    played = play(both, engine=FakeEngine({"a__online": EngineError("overflow")}))
    assert statuses(played.run()) == {"a": "error"}
    assert played.engine.visible == []


def test_when_one_relation_cannot_be_shown_none_is() -> None:
    played = play(table("a"), table("b"), engine=FakeEngine(cannot_show="b"))
    result = played.run()
    assert statuses(result) == {"a": "skipped", "b": "error"}
    first, second = result.results
    assert (first.message, first.rows, first.relations) == ("not published: `b` failed", None, ())
    assert "in the way" in second.message
    assert played.engine.visible == []
    assert played.engine.log[-1] == "discard"
    assert played.recorded == {"a": "skipped", "b": "error"}


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Cancelled("stopped")])
def test_an_interrupted_run_says_so_of_every_node(stop: BaseException) -> None:
    played = play(table("a"), table("b"), table("c"), engine=FakeEngine({"b": stop}))
    with pytest.raises(KeyboardInterrupt):
        played.run()
    assert played.recorded == {"a": "interrupted", "b": "interrupted", "c": "interrupted"}
    assert [r.message for r in played.journals[-1]] == ["built, not published", "not done", "not done"]
    assert played.engine.visible == []
    assert played.engine.log[-1] == "discard"


def test_a_failure_before_the_interruption_stays_a_failure() -> None:
    played = play(table("a"), table("b"), engine=FakeEngine({"a": EngineError("no"), "b": KeyboardInterrupt()}))
    with pytest.raises(KeyboardInterrupt):
        played.run()
    assert played.recorded == {"a": "error", "b": "interrupted"}


def test_a_bug_of_ours_leaves_nothing_behind_either() -> None:
    played = play(table("a"), table("b"), engine=FakeEngine({"b": ZeroDivisionError()}))
    with pytest.raises(ZeroDivisionError):
        played.run()
    assert played.engine.log[-1] == "discard"
    assert played.recorded == {"a": "interrupted", "b": "interrupted"}


def test_the_journal_is_written_after_each_node() -> None:
    played = play(table("a"), table("b"))
    played.run()
    assert [len(results) for results in played.journals] == [1, 2, 2]


def test_a_view_that_is_not_chosen_is_built_for_those_that_read_it_and_not_shown() -> None:
    played = play(table("t", "v"), carried=(view("v", "w"), view("w")))
    result = played.run()
    assert statuses(result) == {"t": "success"}
    assert played.engine.log == ["begin", "build w", "build v", "build t", "publish"]
    assert played.engine.visible == ["t"]


def test_a_carried_view_comes_behind_the_chosen_node_that_it_reads() -> None:
    played = play(table("a"), table("t", "v"), carried=(view("v", "a"),))
    played.run()
    assert played.engine.log == ["begin", "build a", "build v", "build t", "publish"]


def test_a_failure_reaches_through_carried_views() -> None:
    played = play(table("a"), table("t", "v"), carried=(view("v", "a"),), engine=FakeEngine({"a": EngineError("no")}))
    assert statuses(played.run()) == {"a": "error", "t": "skipped"}
    assert "build v" not in played.engine.log


def test_a_carried_view_that_fails_is_told_by_what_reads_it() -> None:
    refuses = {"v": EngineError("no"), "t": EngineError("v is not there", missing=True)}
    played = play(table("t", "v"), carried=(view("v"),), engine=FakeEngine(refuses))
    (result,) = played.run().results
    assert result.status == "error"
    assert result.diagnostics[0].code == "FS704"


def test_views_are_carried_through_views_and_no_further() -> None:
    others = [view("v", "w"), view("w", "t2"), table("t2", "x"), view("x"), view("unread")]
    found = carried_views([table("t", "v")], others)
    assert {node.name for node in found} == {"v", "w"}


def test_of_a_feature_view_only_its_view_is_carried() -> None:
    both = NodeSteps("a", "a", "feature_view", "a + online", (*view("a").steps, *table("a__online").steps), ())
    (found,) = carried_views([table("t", "a")], [both])
    assert [step.target.name for step in found.steps] == ["a"]


@pytest.mark.parametrize(
    ("error", "code", "place"),
    [
        (EngineError("no"), "FS702", "models/a.sql:1:1"),
        (EngineError("gone", missing=True), "FS704", "models/a.sql:1:1"),
        (EngineError("bad", span=Span(SourceFile("models/x.sql", "abc\ndef"), 5, 6)), "FS702", "models/x.sql:2:2"),
    ],
)
def test_an_error_of_the_warehouse_has_a_place(error: EngineError, code: str, place: str) -> None:
    (result,) = play(table("a"), engine=FakeEngine({"a": error})).run().results
    (diagnostic,) = result.diagnostics
    assert (diagnostic.code, str(diagnostic.span)) == (code, place)
    assert diagnostic.code in result.message


def test_an_error_in_a_seed_points_at_its_line() -> None:
    seed = NodeSteps("s", "s", "seed", "seed main.s", (LoadSeed(TableName("main", "s"), "/p/s.csv", ()),), ())
    (result,) = play(seed, engine=FakeEngine({"s": EngineError("too many values", line=2)})).run().results
    (diagnostic,) = result.diagnostics
    assert (diagnostic.code, str(diagnostic.span), diagnostic.span and diagnostic.span.text) == (
        "FS410",
        "models/s.sql:2:1",
        "two",
    )


def test_nothing_to_do_is_done() -> None:
    played = play()
    assert played.run().ok
    assert not any(isinstance(event, Published) for event in played.events)
