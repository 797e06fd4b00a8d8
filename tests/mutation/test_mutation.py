"""Every bug that is put into the compiler on purpose is noticed by some executed case, or by the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from .bugs import BUGS
from .tree import rewritten, walk
from .witnesses import Bench, Finding, a_bench


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with a_bench() as made:
        yield made


def test_every_seeded_bug_is_caught(bench: Bench, record_property: Callable[[str, object], None]) -> None:
    findings = [bench.find(bug) for bug in BUGS]
    caught = [finding for finding in findings if finding.by]
    poison = [finding for finding in caught if finding.bug.is_poison]
    record_property(
        "figure",
        f"mutation check: {len(caught)} of {len(findings)} seeded bugs caught, {len(poison)} of them show the future",
    )
    missed = [_told(finding) for finding in findings if not finding.by]
    assert not missed, "not caught:\n" + "\n".join(missed)


def _told(finding: Finding) -> str:
    if not finding.places:
        return f"  {finding.bug.name}: changes nothing in any plan"
    refused = f", SQL refused by {finding.refused[:1]}" if finding.refused else ""
    return f"  {finding.bug.name}: {finding.places} places, {finding.tried} cases{refused}"


def test_there_are_enough_bugs_of_every_kind() -> None:
    names = [bug.name for bug in BUGS]
    assert len(names) == len(set(names)) >= 40
    assert sum(bug.is_poison for bug in BUGS) >= 10
    assert {bug.stage for bug in BUGS} == {"plan", "relations", "text", "dialect"}


def test_a_tree_that_nothing_changes_stays_the_same() -> None:
    from featsql.ir.relational import Binary, Col, Number

    tree = (Binary("<", Col("a", "x"), Number(1)), Binary("+", Number(1), Number(2)))
    assert rewritten(tree, lambda node: node) == (tree, 0)
    changed, count = rewritten(tree, lambda node: Number(7) if node == Number(1) else node)
    assert changed == (Binary("<", Col("a", "x"), Number(7)), Binary("+", Number(7), Number(2))) and count == 2
    assert len(list(walk(tree))) == 6
