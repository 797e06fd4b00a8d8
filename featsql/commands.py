"""`run`, `build`, `seed` and `test`: what they do to the target of a workspace."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from time import perf_counter
from typing import cast

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.fingerprint import fingerprint
from featsql.base.lengths import duration_us
from featsql.base.release import release
from featsql.compile import Compiler
from featsql.emit.intervals import Stretch
from featsql.engines.base import Engine
from featsql.ir.query import RunResult
from featsql.run.asking import answered
from featsql.run.books import Books
from featsql.run.changing import changing_first, one_after_the_other
from featsql.run.chunks import first_missing, goes_by_time, in_parts
from featsql.run.counting import counting_first, save_amounts
from featsql.run.events import ChunkPublished, Listener, Warned
from featsql.run.gate import Gate, gate_of
from featsql.run.incremental import Asked
from featsql.run.journal import results_journal
from featsql.run.moments import as_of_us, moment_text
from featsql.run.reuse import Reuse
from featsql.run.runner import Journal, Runner, Work, carried_views
from featsql.run.testing import Tester, Testing, run_tests, save_memory, suites_named
from featsql.workspace import AsOf, Command, Selection, Workspace


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How nodes are built. `as_of`: the time of online tables, now where none is given."""

    as_of: AsOf = None
    fail_fast: bool = False
    full_refresh: bool = False
    empty: bool = False
    start: AsOf = None
    end: AsOf = None
    """Of intervals and grids: what lies from `start` up to `end`, which is left out, is computed anew."""
    chunk: str | None = None
    """A duration: compute no more of a time at once, and publish it."""
    store_failures: bool = False
    force: bool = False
    """Build also what is current."""
    wait: str | None = None
    """A duration: how long to wait for another run that holds the target."""
    rest: str | None = None
    rest_end: AsOf = None
    """Of one part of a run in parts: how long they are, and the end of the last, for a run that has to take it up."""


@dataclass(frozen=True, slots=True)
class TestOptions:
    """`only`: sorts of tests, such as `unit` and `data`; none named: all but those that have to be."""

    only: Sequence[str] = ()
    as_of: AsOf = None
    fail_fast: bool = False
    store_failures: bool = False


def chosen(workspace: Workspace, command: Command, selection: Selection) -> tuple[str, ...]:
    """The selected nodes that the command builds, in order. FS007 where that is none of those that are named."""
    run = ("model", "feature_view", "training_set", "snapshot")
    kinds = {"run": run, "seed": ("seed",), "snapshot": ("snapshot",)}.get(command)
    selected = workspace.select(selection)
    found = tuple(n for n in selected if kinds is None or workspace.graph.nodes[n].kind in kinds)
    if not found and (selection.select or selection.selector) and not selection.allow_empty:
        message = f"nothing that is selected can be done by `{command}`"
        raise FeatsqlError(Diagnostic("FS007", message, hints=("`featsql build` does both seeds and models",)))
    return found


def build(workspace: Workspace, command: Command, selection: Selection, options: BuildOptions, listener: Listener) -> RunResult:
    """Compute what is selected beside what is there, and publish it at once; `build` publishes what its tests find right."""
    if options.empty:
        raise FeatsqlError(Diagnostic("FS009", "`--empty` is not available in this version"))
    nodes = chosen(workspace, command, selection)
    if options.chunk:
        return _build_in_chunks(workspace, command, nodes, selection, options, listener)
    return _build(workspace, command, nodes, selection, options, listener)


def _build_in_chunks(
    workspace: Workspace, command: Command, nodes: Sequence[str], selection: Selection, options: BuildOptions, listener: Listener
) -> RunResult:
    """One run after the other, each over the next part of the time; the first one that fails is the last. FS008."""
    length_us = _duration_us("--chunk", options.chunk or "")
    asked, now_us = _asked(options), as_of_us(options.as_of)
    stretch = asked.stretch or Stretch()
    end_us = now_us + 1 if stretch.end_us is None else stretch.end_us
    start_us = stretch.start_us
    if start_us is None:
        with workspace.opened("write", moment_text(now_us)) as (engine, compiler):
            start_us = first_missing(engine, compiler, nodes, asked)
    parts = in_parts(stretch, min(start_us if start_us is not None else end_us, end_us), end_us, length_us)
    began, results = perf_counter(), []
    for number, part in enumerate(parts, 1):
        bounds = [None if us is None else moment_text(us) for us in (part.start_us, part.end_us)]
        once = replace(options, chunk=None, as_of=moment_text(now_us), start=bounds[0], end=bounds[1])
        if number < len(parts):
            once = replace(once, rest=options.chunk, rest_end=None if stretch.end_us is None else moment_text(stretch.end_us))
        if number > 1:
            once = replace(once, full_refresh=False)
            nodes = [node for node in nodes if goes_by_time(workspace.compiler(None), node)]
        results.append(_build(workspace, command, nodes, selection, once, listener))
        if not results[-1].ok:
            break
        left = (perf_counter() - began) / number * (len(parts) - number)
        reached = moment_text(min(part.end_us or now_us, now_us)).removesuffix("+00:00")
        listener(ChunkPublished(number, len(parts), reached, left))
    found = tuple(result for each in results for result in each.results)
    return RunResult(found, perf_counter() - began, results[-1].run_id, tuple(test for each in results for test in each.tests))


def _build(
    workspace: Workspace, command: Command, nodes: Sequence[str], selection: Selection, options: BuildOptions, listener: Listener
) -> RunResult:
    moment = moment_text(as_of_us(options.as_of))
    known = workspace.warnings
    with workspace.engine("write", _seconds(options.wait)) as engine:
        compiler = workspace.with_tables_of(engine, moment)
        later = tuple(w for w in workspace.warnings if w not in known)
        if later:
            listener(Warned(later))
        run_id = secrets.token_hex(8)
        work = _work(workspace, compiler, engine, command, nodes, run_id, options)
        told = {
            **asdict(options),
            "as_of": moment,
            "vars": workspace.variables_mark,
            "select": [*selection.select],
            "exclude": [*selection.exclude],
        }
        books = answered(lambda: _books(workspace, compiler, engine, work, told, options))
        work = replace(work, book=books)
        gate = _gate(workspace, compiler, engine, work, selection, options) if command == "build" else None
        workspace.write_manifest(workspace.manifest_of(compiler).texts)
        journal = _journal(workspace, command, selection, moment, run_id)
        with _remembering(workspace, compiler, gate):
            return Runner(engine, replace(work, gate=gate), journal, listener).run()


def retry(workspace: Workspace, listener: Listener) -> RunResult | None:
    """Do what the last command that built something did not get done, as it was asked to; None where all of it is done. FS709."""
    with workspace.engine("read") as engine:
        ledger = workspace.ledger(engine)
        ledger.version()
        last = ledger.last_run()
    if last is None:
        hint = "`featsql build` builds the project"
        raise FeatsqlError(Diagnostic("FS709", f"no run of `{workspace.settings.name}` is known there", hints=(hint,)))
    names = {field.name for field in fields(BuildOptions)}
    options = BuildOptions(**{key: value for key, value in last.options.items() if key in names})
    left = [node for node in last.nodes if last.results.get(node) not in ("success", "reused")]
    if options.rest:
        start = options.start if left or options.start is None else options.end
        # what is behind the part that is done was never begun
        full_refresh = options.full_refresh and bool(left)
        options = replace(options, chunk=options.rest, start=start, end=options.rest_end, rest=None, rest_end=None)
        options, left = replace(options, full_refresh=full_refresh), list(last.nodes)
    there = [workspace.graph.nodes[node].name for node in left if node in workspace.graph.nodes]
    if not there:
        return None
    if last.options.get("vars") != workspace.variables_mark:
        message = f"the last `{last.command}` was given other `--vars`"
        raise FeatsqlError(Diagnostic("FS008", message, hints=("give `retry` the same: they are not kept, they may be secrets",)))
    return build(workspace, cast(Command, last.command), Selection(select=there), options, listener)


def test(workspace: Workspace, selection: Selection, options: TestOptions, listener: Listener) -> RunResult:
    """Test what the target has now. Unit tests open no warehouse."""
    suites = suites_named(options.only)
    nodes = workspace.select(selection, include_sources=True)
    run_id = secrets.token_hex(8)
    moment = moment_text(as_of_us(options.as_of))
    target = workspace.target.name
    testing = Testing(nodes, suites, run_id, target, workspace.memory_path, options.fail_fast, options.store_failures)
    file = "sources.json" if options.only == ("freshness",) else "run_results.json"
    journal = _journal(workspace, "test", selection, moment, run_id, file)
    tester = Tester(listener, lambda tests, elapsed: journal((), elapsed, tests), options.fail_fast)
    bench = workspace.bench(workspace.compiler(moment))
    return run_tests(testing, bench, lambda mode: workspace.opened(mode, moment), tester)


def _duration_us(option: str, given: str) -> int:
    """FS008 for what is no duration."""
    length_us = duration_us(given)
    if not length_us:
        hint = "a number and a unit, such as `30d` or `12h`"
        raise FeatsqlError(Diagnostic("FS008", f"`{option} {given}` is not a duration", hints=(hint,)))
    return length_us


def _seconds(wait: str | None) -> float:
    return _duration_us("--wait", wait) / 1e6 if wait else 0.0


def _asked(options: BuildOptions) -> Asked:
    """FS008 for times that are none, or none together."""
    start, end = (None if moment is None else as_of_us(moment) for moment in (options.start, options.end))
    if start is not None and end is not None and start >= end:
        raise FeatsqlError(Diagnostic("FS008", "`--from` has to be before `--to`"))
    if start is not None and options.full_refresh:
        hint = "without `--from`, `--full-refresh` computes all times"
        raise FeatsqlError(Diagnostic("FS008", "`--full-refresh` would leave nothing before `--from`", hints=(hint,)))
    return Asked(options.full_refresh, None if start is None and end is None else Stretch(start, end))


def _work(
    workspace: Workspace,
    compiler: Compiler,
    engine: Engine,
    command: Command,
    nodes: Sequence[str],
    run_id: str,
    options: BuildOptions,
) -> Work:
    asked = _asked(options)
    graph = compiler.graph
    steps = workspace.steps(nodes, compiler)
    others = workspace.steps([n for n in graph.nodes if n not in set(nodes)], compiler)
    files = {n.id: n.file for n in graph.nodes.values() if n.kind != "source"}
    prepared = one_after_the_other(counting_first(engine, compiler), changing_first(engine, compiler, asked))
    target = workspace.target.name
    return Work(command, run_id, target, steps, carried_views(steps, others), files, options.fail_fast, prepared, dag=graph.dag)


def _books(
    workspace: Workspace, compiler: Compiler, engine: Engine, work: Work, told: dict[str, object], options: BuildOptions
) -> Books:
    """The state of the target, opened for a run, which it knows from now on."""
    ledger, run_id = workspace.ledger(engine), work.run_id
    ledger.begin(run_id, work.command, [node.node_id for node in work.chosen], told)
    ledger.end_the_dead({run_id, *engine.living()})
    compiler.amounts.update({node: found for node, found in ledger.amounts().items() if node not in compiler.amounts})
    force = options.force or options.full_refresh
    in_parts = _asked(options).stretch is not None
    surroundings = fingerprint([release(), engine.version(), repr(workspace.target.config.get("settings"))])
    reuse = Reuse(engine, ledger, compiler, workspace.fingerprints(), surroundings, run_id, force, in_parts)
    return Books(ledger, reuse, run_id, compiler.amounts)


def _gate(
    workspace: Workspace, compiler: Compiler, engine: Engine, work: Work, selection: Selection, options: BuildOptions
) -> Gate:
    judged = workspace.select(selection, include_sources=True)
    bench = replace(workspace.bench(compiler), store_all=options.store_failures)
    return gate_of(bench, engine, judged, [node.node_id for node in work.chosen])


def _journal(
    workspace: Workspace, which: str, selection: Selection, moment: str, run_id: str, file: str = "run_results.json"
) -> Journal:
    named: dict[str, object] = {"select": list(selection.select), "exclude": list(selection.exclude)}
    arguments = {"which": which, **named, "as_of": moment}
    return results_journal(workspace.target_path / file, workspace.target, run_id, arguments)


@contextmanager
def _remembering(workspace: Workspace, compiler: Compiler, gate: Gate | None) -> Iterator[None]:
    """What was counted, and what tests remember, is kept whatever comes of the run."""
    known: Mapping[str, object] = dict(compiler.amounts)
    target = workspace.target.name
    try:
        yield
    finally:
        save_memory(workspace.memory_path, target, gate.bench.memory if gate else {})
        if compiler.amounts != known:
            save_amounts(workspace.amounts_path, target, compiler.amounts, compiler.graph)
            workspace.write_manifest(workspace.manifest_of(compiler).texts)
