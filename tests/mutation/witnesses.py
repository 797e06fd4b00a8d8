"""Who notices: the executed cases of tests/pit under every strategy, then a crowd of rows, then random cases of the oracle."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import duckdb

from featsql import FeatsqlError, Project
from featsql.plan.strategies import STRATEGIES
from tests.metamorphic.lab import Answers, Features, run, scenes
from tests.metamorphic.scene import Scene, crowded
from tests.oracle.campaign import find_mismatches
from tests.oracle.cases import Case as OracleCase
from tests.oracle.draw import draw_case
from tests.oracle.lattice import CASES_PER_PROJECT
from tests.pit.case import Case, load_all
from tests.pit.text_table import same_rows
from tests.pit.workbench import Variant, connect, lay_out, machine_time_zone, read, spelled

from .bug import Bug
from .sabotage import Call, places, planted, recorded

STRATEGY_NAMES: tuple[str | None, ...] = (None, *STRATEGIES)
ORACLE_SEED, ORACLE_PROJECTS = 1, 2
CROWD_SCENES = 2


@dataclass
class Witness:
    """One executed case under one strategy, as a project that is laid out once and run for each bug."""

    case: Case
    strategy: str | None
    folder: Path
    project: Project = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        lay_out(self.case, Variant("mutation", self.strategy, rows_reversed=False, threads=2), self.folder)

    @property
    def name(self) -> str:
        return f"{self.case.name} ({self.strategy or 'automatic'})"

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """What the case asks of stage 7. Without a bug it comes out as it should: else it proves nothing."""
        found: list[Call] = []
        self.project = Project(self.folder)
        with recorded(found):
            verdict = self.verdict()
        assert verdict == "as expected", f"{self.name}: {verdict} without any bug"
        return tuple(found)

    def finding(self, bug: Bug) -> Finding:
        changed = places(bug, self.calls)
        if not changed:
            return Finding(bug, "", 0, 0, ())
        with planted(bug):
            verdict = self.verdict()
        refused = () if verdict in ("different", "as expected") else (f"{self.name}: {verdict}",)
        return Finding(bug, self.name if verdict == "different" else "", changed, 1, refused)

    def verdict(self) -> str:
        """`as expected`; `different`; or `refused`, when the warehouse does not even take the SQL."""
        with machine_time_zone(self.case.session_time_zone):
            try:
                result = self.project.run(as_of=self.case.as_of, force=True)
            except FeatsqlError as error:
                return f"refused: {error}"
        if not result.ok:
            return f"refused: {[node.message for node in result.results if node.status != 'success']}"
        try:
            return "as expected" if self._is_as_expected() else "different"
        except duckdb.Error as error:
            return f"refused: {error}"

    def _is_as_expected(self) -> bool:
        with connect(self.folder) as connection:
            for relation, expected in self.case.expect:
                found = read(connection, relation)
                kinds = [(c.type, f.type) for c, f in zip(expected.columns, found.columns, strict=False)]
                if found.names != expected.names or any(t and spelled(connection, t) != kind for t, kind in kinds):
                    return False
                if not same_rows(expected, found, in_order=self.case.ordered):
                    return False
        return True


CROWD_FEATURES = tuple(
    (f"f{n}", f"{aggregate} over {window}")
    for n, (aggregate, window) in enumerate(
        product(("count(amount)", "sum(price)", "max(amount)", "min(status)"), ("near", "far", "back", "ever"))
    )
)


@dataclass
class Crowd:
    """Scenes with hundreds of rows an entity, for bugs that fewer do not reach; what is right is what a range join says."""

    given: list[Scene]
    calls: list[Call] = field(default_factory=list)

    @cached_property
    def expected(self) -> list[dict[int, Features]]:
        with recorded(self.calls):
            answers = run(self.given)
        right = [answer["range_join"] for answer in answers]
        assert _are_all(answers, right), "the crowd: strategies differ without any bug"
        return right

    def finding(self, bug: Bug) -> Finding:
        expected = self.expected
        changed = places(bug, self.calls)
        if not changed:
            return Finding(bug, "", 0, 0, ())
        try:
            with planted(bug):
                found = run(self.given)
        except (AssertionError, FeatsqlError) as error:
            return Finding(bug, "", changed, 1, (f"the crowd: {error}",))
        return Finding(bug, "" if _are_all(found, expected) else "the crowd", changed, 1, ())


def _are_all(answers: list[Answers], expected: list[dict[int, Features]]) -> bool:
    return all(answer == right for each, right in zip(answers, expected, strict=True) for answer in each.values())


@dataclass(frozen=True)
class Finding:
    """What became of one bug."""

    bug: Bug
    by: str
    """Who noticed it first; empty when nobody did."""
    places: int
    tried: int
    refused: tuple[str, ...]


class Bench:
    """All witnesses, made as they are called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cases = tuple(case for case in load_all() if case.error is None)
        self._witnesses: dict[tuple[str, str | None], Witness] = {}
        self._oracle = Oracle()
        drawn = scenes("bugs in a crowd", lambda scene: not scene.is_late, CROWD_SCENES)
        self._crowd = Crowd([crowded(scene).computing(*CROWD_FEATURES) for scene in drawn])

    def find(self, bug: Bug, strategies: tuple[str | None, ...] = STRATEGY_NAMES) -> Finding:
        """Call one witness after the other, until one sees other rows than it should."""
        findings: list[Finding] = []
        for finding in self._findings(bug, strategies):
            findings.append(finding)
            if finding.by:
                break
        changed, tried = (sum(values) for values in zip(*((f.places, f.tried) for f in findings), strict=True))
        refused = tuple(each for finding in findings for each in finding.refused)
        return Finding(bug, findings[-1].by, changed, tried, refused)

    def _findings(self, bug: Bug, strategies: tuple[str | None, ...]) -> Iterator[Finding]:
        is_free = strategies == STRATEGY_NAMES
        if is_free and "crowd" in bug.likely:
            yield self._crowd.finding(bug)
        for witness in self._in_order(bug, strategies):
            yield witness.finding(bug)
        if is_free:
            yield self._crowd.finding(bug)
            yield from self._oracle.findings(bug)

    def _in_order(self, bug: Bug, strategies: tuple[str | None, ...]) -> Iterator[Witness]:
        """The likely topics and cases first, in the order given; of them all, the automatic choice before pinned strategies."""
        likely = [[case for case in self._cases if case.name.startswith(each)] for each in bug.likely]
        first = list(dict.fromkeys(case.name for cases in likely for case in cases))
        by_name = {case.name: case for case in self._cases}
        for names in (first, [name for name in by_name if name not in first]):
            for name in names:
                yield self._witness(by_name[name], strategies[0])
            for name in names:
                for strategy in strategies[1:]:
                    yield self._witness(by_name[name], strategy)

    def _witness(self, case: Case, strategy: str | None) -> Witness:
        key = (case.name, strategy)
        if key not in self._witnesses:
            self._witnesses[key] = Witness(case, strategy, self._folder / f"{len(self._witnesses)}")
        return self._witnesses[key]


class Oracle:
    """Random cases, in projects as the oracle's own tests have them."""

    def __init__(self) -> None:
        indices = range(ORACLE_PROJECTS * CASES_PER_PROJECT)
        cases = [draw_case(ORACLE_SEED, index) for index in indices]
        self._projects = [cases[start : start + CASES_PER_PROJECT] for start in indices[::CASES_PER_PROJECT]]
        self._calls: dict[int, list[Call]] = {}

    def findings(self, bug: Bug) -> Iterator[Finding]:
        for number, cases in enumerate(self._projects):
            if number not in self._calls:
                self._calls[number] = _calls_without_a_bug(cases)
            changed = places(bug, self._calls[number])
            if changed:
                with planted(bug):
                    mismatches = find_mismatches(cases)
                wrong = [f"oracle, case {m.case.index} (`{m.relation}`)" for m in mismatches if m.kind == "different"]
                yield Finding(bug, (*wrong, "")[0], changed, 1, ())


def _calls_without_a_bug(cases: list[OracleCase]) -> list[Call]:
    calls: list[Call] = []
    with recorded(calls):
        mismatches = find_mismatches(cases)
    assert not mismatches, f"the oracle: {mismatches[0].text} without any bug"
    return calls


@contextmanager
def a_bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="featsql-mutation-") as folder:
        yield Bench(Path(folder))
