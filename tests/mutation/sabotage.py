"""A bug, put into the compiler of this process for a while; and where in a plan it would change something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from featsql.base.spans import Text
from featsql.compile import compiler
from featsql.dialects import DIALECTS
from featsql.emit.relations import write_query
from featsql.plan.names import OURS
from featsql.plan.rewrite import rewrite

from .bug import Bug
from .tree import rewritten

_REWRITE, _WRITE_QUERY = rewrite, write_query


@dataclass(frozen=True, slots=True)
class Call:
    """Stage 7 as it was called: a logical plan, and what else is known."""

    plan: Any
    others: tuple[Any, ...]
    named: dict[str, Any]

    def relations(self) -> Any:
        return _REWRITE(self.plan, *self.others, **self.named)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """While it lasts, everything that this process compiles has the bug."""

    def broken_rewrite(plan: Any, *others: Any, **named: Any) -> Any:
        broken = _changed(bug, "plan", plan)
        return _changed(bug, "relations", _REWRITE(broken, *others, **named))

    def broken_write_query(relations: Any, *others: Any) -> Text:
        text = _WRITE_QUERY(relations, *others)
        changed = bug.change(text.value) if bug.stage == "text" else text.value
        return text if changed == text.value else Text.generated(changed)

    with ExitStack() as stack:
        stack.enter_context(patch.object(compiler, "rewrite", broken_rewrite))
        stack.enter_context(patch.object(compiler, "write_query", broken_write_query))
        if bug.stage == "dialect":
            stack.enter_context(patch.dict(DIALECTS, {name: bug.change(dialect) for name, dialect in DIALECTS.items()}))
        yield


@contextmanager
def recorded(calls: list[Call]) -> Iterator[None]:
    """While it lasts, the calls of stage 7 are kept."""

    def recording_rewrite(plan: Any, *others: Any, **named: Any) -> Any:
        calls.append(Call(plan, others, named))
        return calls[-1].relations()

    with patch.object(compiler, "rewrite", recording_rewrite):
        yield


def places(bug: Bug, calls: Sequence[Call]) -> int:
    """How many places of the plans the bug changes."""
    return sum(_places(bug, call) for call in calls)


def _places(bug: Bug, call: Call) -> int:
    if bug.stage == "plan":
        return _count(bug, call.plan)
    relations = call.relations()
    if bug.stage == "relations":
        return _count(bug, relations)
    text = _sql(relations)
    if bug.stage == "text":
        return int(bug.change(text) != text)
    with planted(bug):
        return int(_sql(relations) != text)


def _sql(relations: Any) -> str:
    return _WRITE_QUERY(relations, DIALECTS["duckdb"], OURS).value


def _changed(bug: Bug, stage: str, tree: Any) -> Any:
    if bug.stage != stage:
        return tree
    changed, _ = rewritten(tree, bug.change)
    return bug.change(changed) if isinstance(changed, tuple) else changed


def _count(bug: Bug, tree: Any) -> int:
    changed, count = rewritten(tree, bug.change)
    return count + int(isinstance(changed, tuple) and bug.change(changed) != changed)
