"""The state of a target looked at as a whole: taken out as a copy, and made to agree with what is there."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from featsql.ir.graph import TableName
from featsql.run.asking import answered
from featsql.run.journal import correct_results
from featsql.run.ledger import stands
from featsql.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Repaired:
    """`ended`: runs that had died. `forgotten`: relations that are not there any more, or hold other rows than were published.
    `results`: did run_results.json tell something else than the state?"""

    ended: tuple[str, ...]
    forgotten: tuple[str, ...]
    results: bool


def export(workspace: Workspace) -> dict[str, Any]:
    """All tables of the state, as JSON has it."""
    with workspace.engine("read") as engine:
        return answered(workspace.ledger(engine).export)


def repair(workspace: Workspace) -> Repaired:
    """End what dead runs left, as the next run would, and forget what is known of relations that others changed."""
    with workspace.engine("write") as engine:
        ledger = workspace.ledger(engine)
        run_id = secrets.token_hex(8)
        living = engine.living()
        engine.begin(run_id)
        engine.discard()
        if not ledger.version():
            return Repaired((), (), results=False)
        ended = answered(lambda: ledger.end_the_dead(living))
        known = ledger.generations().values()
        wrong = tuple(g.relation for g in known if not stands(engine, ledger.dialect, _named(g.relation), g.row_count))
        ledger.forget(wrong)
        last = ledger.last_run()
        path = workspace.target_path / "run_results.json"
        corrected = correct_results(path, last.run_id, last.results) if last else False
        return Repaired(ended, wrong, corrected)


def _named(relation: str) -> TableName:
    *database, schema, name = relation.split(".", 2)
    return TableName(schema, name, database[0] if database else None)
